"""The trigger-action-response plan of a site: what its owner may set. Everything else is learned. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.model import Severity
from agent.watch.contract import DAY, HOUR

if TYPE_CHECKING:
    from agent.config import schema_watch

_ONE_MAY_MISS = 4  # of so many blocks that must ask, and one more


class Hold(NamedTuple):
    """How a finding comes, grows and goes.

    Attributes:
        evidence: times the evidence that is asked by default for amber; above 1 later and surer.
        on: of the last `of` blocks, so many must ask for a level or a higher one before it is taken.
        of: see `on`.
        off: so many quiet blocks in a row clear it.
        below: a block is quiet when nothing is asked for, not even blue, and the evidence is below this share
            of what is asked (hysteresis).
        latches: from this level on it stands until a person closes it. None: never.
        by_count: so many channels at blue, at yellow, at orange make the next level; empty: they do not
            (the rule for tailings ponds in China is 4, 3, 2).
    """

    evidence: float = 1.0
    on: int = 1
    of: int = 1
    off: int = 12 * HOUR
    below: float = 1.0
    latches: Severity | None = None
    by_count: tuple[int, ...] = ()


class Plan(NamedTuple):
    """Of one site. The default of `ph_low` is that of 40 CFR 434 and GB 20426-2006."""

    ph_low: float = 6.0
    acid_drainage: Hold = Hold(off=2 * DAY, latches=Severity.RED)
    subsidence: Hold = Hold(off=2 * DAY, latches=Severity.RED)
    sensor_fault: Hold = Hold(on=HOUR, of=HOUR + 1, off=6 * HOUR)


def plan_of(tables: schema_watch.Watch) -> Plan:
    """What the `watch` tables of a configuration say."""
    return Plan(
        tables.ph_low,
        _hazard(tables.acid_drainage),
        _hazard(tables.subsidence)._replace(by_count=tuple(tables.subsidence.by_count or ())),
        _hold(tables.sensor_fault),
    )


def _hazard(table: schema_watch.Alarm) -> Hold:
    latches = None if table.latch == "never" else Severity[table.latch.upper()]
    return _hold(table)._replace(evidence=table.evidence, below=table.clear_below, latches=latches)


def _hold(table: schema_watch.Alarm | schema_watch.SensorAlarm) -> Hold:
    on = max(1, round(table.confirm_h * HOUR))
    return Hold(on=on, of=on + on // _ONE_MAY_MISS, off=max(1, round(table.clear_h * HOUR)))
