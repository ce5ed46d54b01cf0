"""What a replay says to people about one file. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from agent.model import Flag
from agent.watch.contract import Hazard, Phase
from agent.watch.telling import level_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.watch.vigil import Alarm

_FLAGS = {
    Flag.GOOD: "good",
    Flag.SUSPECT: "suspect",
    Flag.FAIL: "fail",
    Flag.MISSING: "missing",
    Flag.NOT_EVALUATED: "not evaluated",
}
_HAZARDS = {Hazard.ACID: "acid drainage", Hazard.GROUND: "unstable ground"}


class Gone(NamedTuple):
    """What came of one file.

    Attributes:
        file: as it was named.
        rows: how many there are.
        channels: of how many names.
        span_s: the first and the last time, seconds since 1970; None without rows.
        flags: how many rows have which.
        alarms: in the order in which they were told.
        sees_from: since when each hazard could be seen; without those that are still being learned.
        notes: what else is to be said, a line each.
    """

    file: str
    rows: int
    channels: int
    span_s: tuple[float, float] | None
    flags: Mapping[int, int]
    alarms: Sequence[Alarm]
    sees_from: Mapping[Hazard, float]
    notes: Sequence[str] = ()


def lines(gone: Gone) -> list[str]:
    """A paragraph: rows, flags, alarms, what could be seen since when."""
    if gone.span_s is None:
        return [f"{gone.file}: no rows"]
    first_s, last_s = gone.span_s
    days = (last_s - first_s) / 86_400
    counted = [f"{gone.flags[flag]} {word}" for flag, word in _FLAGS.items() if gone.flags.get(flag)]
    seen = [
        f"{word} {f'from {_day(gone.sees_from[hazard])} on' if hazard in gone.sees_from else 'never'}"
        for hazard, word in _HAZARDS.items()
    ]
    span = f"{_day(first_s)} to {_day(last_s)} ({days:.0f} days)"
    return [
        f"{gone.file}: {gone.rows} rows of {gone.channels} channels, {span}",
        f"  flags   {', '.join(counted)}",
        f"  alarms  {_alarms(gone.alarms)}",
        f"  learned enough to see {', '.join(seen)}",
        *(f"  {note}" for note in gone.notes),
    ]


def _alarms(alarms: Sequence[Alarm]) -> str:
    """Incidents by their highest level: `2 acid_drainage red, 1 subsidence yellow, 4 sensor_fault blue`."""
    highest: dict[str, Alarm] = {}
    for alarm in alarms:
        if alarm.finding.phase is not Phase.CLEARED:
            best = highest.get(alarm.id)
            if best is None or alarm.finding.level > best.finding.level:
                highest[alarm.id] = alarm
    found = Counter((each.finding.hazard, each.finding.level) for each in highest.values())
    ordered = sorted(found.items(), key=lambda each: (list(Hazard).index(each[0][0]), -each[0][1]))
    return ", ".join(f"{n} {hazard} {level_word(level)}" for (hazard, level), n in ordered) or "none"


def _day(utc_s: float) -> str:
    return f"{datetime.fromtimestamp(utc_s, UTC):%Y-%m-%d}"
