"""From settings to the tests of one channel: the configuration over the standard of its quantity. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.quality.attenuated import Attenuated, Measure
from agent.acquire.quality.climatology import Climatology, Season
from agent.acquire.quality.flat_line import FlatLine
from agent.acquire.quality.fouling import Fouling
from agent.acquire.quality.gap import Gap
from agent.acquire.quality.learned.traits import TRAITS
from agent.acquire.quality.panel import Panel
from agent.acquire.quality.rate import Rate
from agent.acquire.quality.reading import Limits
from agent.acquire.quality.spike import Method, Spike
from agent.acquire.quality.standard import standard

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from agent.acquire.quality.contract import Test

HOUR_S = 3600.0
# Two values on end may be lost before the next is too far away to compare with; the rest is for its delay.
GAP_PERIODS = 3.3


class Pace(NamedTuple):
    """How a channel is sampled; what is further apart than `longest_gap_s` is not compared."""

    period_s: float
    longest_gap_s: float


def settings(
    quantity: str, given: Mapping[str, Any], beside: Collection[str] = (), period_s: float = 0.0
) -> dict[str, Any]:
    """What is asked of a channel: `given` by the configuration over the standard of its quantity.

    A table of the configuration replaces the standard one as a whole; `off` takes tests away. `beside`: the
    other quantities of the same instrument. `period_s`: how often it is read, in seconds.
    """
    off = given.get("off", ())
    learns: dict[str, Any] = {"learned": {}} if quantity in TRAITS else {}
    wanted = {"gap": {}, "syntax": None, **learns, **standard(quantity, beside, period_s), **given}
    return {name: table for name, table in wanted.items() if name not in off and name != "off"}


def panel(asked: Mapping[str, Any], period_s: float, learned: Test | None = None) -> Panel:
    """The tests that remember, of a channel read every `period_s` seconds, with the one that learns."""
    pace = Pace(period_s, asked.get("longest_gap_s") or GAP_PERIODS * period_s)
    tests = {name: make(asked[name], pace) for name, make in _TESTS.items() if name in asked}
    return Panel(tests if learned is None else {**tests, "learned": learned})


def _gap(_table: Mapping[str, Any], pace: Pace) -> Test:
    return Gap(longest_s=pace.longest_gap_s)


def _spike(table: Mapping[str, Any], pace: Pace) -> Test:
    method = Method(table.get("method", Method.DIFFERENTIAL))
    return Spike(
        suspect=table["suspect"], fail=table.get("fail"), method=method, longest_gap_s=pace.longest_gap_s
    )


def _rate(table: Mapping[str, Any], pace: Pace) -> Test:
    # The step is allowed once in every period: what noise and resolution make of two values in a row.
    step_per_s = table.get("step", 0.0) / pace.period_s
    suspect, fail = table["suspect_per_h"], table.get("fail_per_h")
    return Rate(
        suspect_per_s=suspect / HOUR_S + step_per_s,
        fail_per_s=None if fail is None else fail / HOUR_S + step_per_s,
        longest_gap_s=pace.longest_gap_s,
        may_return=True,
    )


def _flat_line(table: Mapping[str, Any], pace: Pace) -> Test:
    suspect_s = max(table["suspect_h"] * HOUR_S, table.get("values", 2) * pace.period_s)
    fail_h = table.get("fail_h")
    return FlatLine(
        suspect_s=suspect_s,
        fail_s=None if fail_h is None else max(fail_h * HOUR_S, suspect_s),
        tolerance=table.get("tolerance", 0.0),
        may_stay_at=table.get("may_stay_at", ()),
        # A bad line does not wake a stuck probe: only when most of the time is unknown the run is, too.
        longest_gap_s=max(pace.longest_gap_s, suspect_s / 2),
    )


def _attenuated(table: Mapping[str, Any], pace: Pace) -> Test:
    return Attenuated(
        suspect=table["suspect"],
        fail=table.get("fail"),
        window_s=table["window_h"] * HOUR_S,
        measure=Measure(table.get("measure", Measure.STD)),
        longest_gap_s=max(pace.longest_gap_s, table["window_h"] * HOUR_S / 2),
    )


def _seasons(tables: list[Mapping[str, Any]], _pace: Pace) -> Test:
    return Climatology(seasons=[_season(table) for table in tables])


def _season(table: Mapping[str, Any]) -> Season:
    fail = table.get("fail")
    first_month, last_month = table.get("months", (1, 12))
    first_hour, last_hour = table.get("hours", (0, 23))
    return Season(
        suspect=Limits(*table["suspect"]),
        fail=None if fail is None else Limits(*fail),
        months=(first_month, last_month),
        hours=(first_hour, last_hour),
    )


def _fouling(table: Mapping[str, Any], _pace: Pace) -> Test:
    return Fouling(rise=table["rise"], for_s=table["for_h"] * HOUR_S)


_TESTS: dict[str, Callable[[Any, Pace], Test]] = {
    "gap": _gap,
    "spike": _spike,
    "rate": _rate,
    "flat_line": _flat_line,
    "attenuated": _attenuated,
    "seasons": _seasons,
    "fouling": _fouling,
}
