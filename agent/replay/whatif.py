"""Two plans for one history, side by side: how many alarms, how high, and how much earlier or later. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from agent.events.levels import level_word
from agent.replay.incident import incidents
from agent.watch.contract import Hazard

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.model import Severity
    from agent.replay.incident import Incident
    from agent.watch.vigil import Alarm

_NEVER_S = float("inf")


class Pair(NamedTuple):
    """The same incident under two plans; None where one does not tell of it."""

    now: Incident | None
    then: Incident | None

    @property
    def later_h(self) -> float | None:
        """How much later somebody is called, in hours; None unless both call."""
        now_s, then_s = (each and each.amber_s for each in self)
        return None if now_s is None or then_s is None else (then_s - now_s) / 3600


class Comparison(NamedTuple):
    """Of one history.

    Attributes:
        counts: incidents by hazard and highest level: as it is, and with the other plan.
        pairs: the incidents of the hazards, in the order of their times.
    """

    counts: dict[tuple[Hazard, Severity], tuple[int, int]]
    pairs: list[Pair]


def compare(now: Iterable[Alarm], then: Iterable[Alarm]) -> Comparison:
    """What was told as it is, and what would be."""
    mine, other = incidents(now), incidents(then)
    numbers = [Counter((each.hazard, each.level) for each in some) for some in (mine, other)]
    keys = sorted(numbers[0] | numbers[1], key=lambda key: (list(Hazard).index(key[0]), -key[1]))
    pairs = [
        pair
        for hazard in Hazard
        if hazard is not Hazard.SENSOR
        for pair in _paired(
            [each for each in mine if each.hazard is hazard],
            [each for each in other if each.hazard is hazard],
        )
    ]
    return Comparison({key: (numbers[0][key], numbers[1][key]) for key in keys}, pairs)


def _paired(mine: Sequence[Incident], other: Sequence[Incident]) -> list[Pair]:
    """Each with the first of the other side that stood at the same time, and is nobody's yet."""
    left = list(other)
    pairs = []
    for each in mine:
        partner = next((one for one in left if _overlap(each, one)), None)
        if partner is not None:
            left.remove(partner)
        pairs.append(Pair(each, partner))
    pairs += [Pair(None, one) for one in left]
    return sorted(pairs, key=_raised_s)


def _raised_s(pair: Pair) -> float:
    return min(each.raised_s for each in pair if each is not None)


def _overlap(one: Incident, other: Incident) -> bool:
    ends = [_NEVER_S if each.cleared_s is None else each.cleared_s for each in (one, other)]
    return max(one.raised_s, other.raised_s) <= min(ends)


def lines(found: Comparison) -> list[str]:
    """For people: a table of counts, and one of incidents."""
    told = [f"  {'incidents by highest level':<34}{'as it is':>10}{'what if':>10}"]
    told += [
        f"  {f'{hazard} {level_word(level)}':<34}{now:>10}{then:>10}"
        for (hazard, level), (now, then) in found.counts.items()
    ]
    if len(told) == 1:
        told.append("  none with either")
    if found.pairs:
        told.append(f"  {'hazard':<16}{'as it is':<26}{'what if':<26}somebody is called")
        told += [_line(pair) for pair in found.pairs]
    return told


def _line(pair: Pair) -> str:
    hazard = next(each.hazard for each in pair if each is not None)
    return f"  {hazard:<16}{_said(pair.now):<26}{_said(pair.then):<26}{_difference(pair)}"


def _said(incident: Incident | None) -> str:
    if incident is None:
        return "not told"
    at_s = incident.raised_s if incident.amber_s is None else incident.amber_s
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M} {level_word(incident.level)}"


def _difference(pair: Pair) -> str:
    later_h = pair.later_h
    if later_h is None:
        now, then = (each is not None and each.amber_s is not None for each in pair)
        return "only as it is" if now else "only then" if then else "by neither"
    if not later_h:
        return "at the same time"
    return f"{abs(later_h):.1f} h {'later' if later_h > 0 else 'earlier'}"
