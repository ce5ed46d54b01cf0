"""What a replay says to people about one file. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from agent.events.levels import level_word
from agent.model import Flag
from agent.replay import whatif
from agent.replay.incident import incidents
from agent.replay.rates import rate_lines, together
from agent.watch.contract import Hazard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agent.replay.calm import Rate
    from agent.replay.life import Life
    from agent.watch.plan import Plan
    from agent.watch.vigil import Alarm

_FLAGS = {
    Flag.GOOD: "good",
    Flag.SUSPECT: "suspect",
    Flag.FAIL: "fail",
    Flag.MISSING: "missing",
    Flag.NOT_EVALUATED: "not evaluated",
}
_SHOWN = 8
_HAZARDS = {Hazard.ACID: "acid drainage", Hazard.GROUND: "unstable ground"}


class Gone(NamedTuple):
    """What came of one file.

    Attributes:
        file: as it was named.
        rows: how many there are.
        channels: of how many names.
        span_s: the first and the last time, seconds since 1970; None without rows.
        flags: how many rows have which.
        lives: the detectors' run through it; with another plan a second one.
        notes: what else is to be said, a line each.
        unknown: channels whose names say nothing.
        is_whole: whether it was read to its end.
    """

    file: str
    rows: int
    channels: int
    span_s: tuple[float, float] | None
    flags: Mapping[int, int]
    lives: Sequence[Life]
    notes: Sequence[str]
    unknown: Sequence[str] = ()
    is_whole: bool = True

    @property
    def counted(self) -> Counted:
        """What is counted over all files."""
        rates = [life.calm.rates(life.alarms) if life.calm else [] for life in self.lives]
        return Counted(self.rows, rates, [life.plan for life in self.lives], self.is_whole)


class Counted(NamedTuple):
    """Of one file: rows, how near the calm came to each threshold, by plan; the plans; whether it is all."""

    rows: int
    rates: Sequence[Sequence[Rate]]
    plans: Sequence[Plan]
    is_whole: bool


def lines(gone: Gone) -> list[str]:
    """A paragraph: rows, flags, alarms, what could be seen since when."""
    if gone.span_s is None:
        return [f"{gone.file}: no rows"]
    first_s, last_s = gone.span_s
    days = (last_s - first_s) / 86_400
    counted = [f"{gone.flags[flag]} {word}" for flag, word in _FLAGS.items() if gone.flags.get(flag)]
    life = gone.lives[0]
    seen = {word: life.sees_from.get(hazard) for hazard, word in _HAZARDS.items()}
    seen["a slow decline of the water"] = life.decline_from
    learned = ", ".join(f"{word} {_since(since)}" for word, since in seen.items())
    span = f"{_day(first_s)} to {_day(last_s)} ({days:.0f} days)"
    return [
        f"{gone.file}: {gone.rows} rows of {gone.channels} channels, {span}",
        f"  flags   {', '.join(counted)}",
        f"  alarms  {_alarms(gone.lives[0].alarms)}",
        f"  learned enough to see {learned}",
        *(f"  {note}" for note in gone.notes),
        *_comparison(gone.lives),
        *_rate_lines(gone.counted.rates, gone.counted.plans),
    ]


def unknown_lines(gone: Gone, known: Iterable[str]) -> list[str]:
    """Which channels nobody knows; and, where any are given, the known names."""
    if not gone.unknown:
        return []
    names = ", ".join(gone.unknown[:_SHOWN]) + (", ..." if len(gone.unknown) > _SHOWN else "")
    told = [f"{gone.file}: not evaluated (flag 2) and not watched, for the names say nothing: {names}"]
    listed = ", ".join(known)
    return (
        [*told, f"help: known are {listed}; another probe of the same has _2, _p3 behind it"]
        if listed
        else told
    )


def lines_of_all(done: Sequence[Counted], took_s: float) -> list[str]:
    """All files together: the rates, and how fast it went."""
    lines = []
    if len(done) > 1:
        by_plan = [together(rates) for rates in zip(*(each.rates for each in done), strict=True)]
        found = _rate_lines(by_plan, done[0].plans)
        lines = [f"all {len(done)} stations together", *found] if found else []
    rows = sum(each.rows for each in done)
    return [*lines, f"{rows} rows in {took_s:.1f} s, {rows / took_s:.0f} a second"]


def _comparison(lives: Sequence[Life]) -> list[str]:
    """Of two plans."""
    if len(lives) == 1:
        return []
    now, then = lives
    return whatif.lines(whatif.compare(now.alarms, then.alarms))


def _rate_lines(by_plan: Sequence[Sequence[Rate]], plans: Sequence[Plan]) -> list[str]:
    """A table for each plan; nothing where nobody asked."""
    return [
        line
        for rates, plan, title in zip(by_plan, plans, ("as it is", "what if"), strict=False)
        if rates
        for line in rate_lines(rates, plan, title)
    ]


def _alarms(alarms: Sequence[Alarm]) -> str:
    """Incidents by their highest level: `2 acid_drainage red, 1 subsidence yellow, 4 sensor_fault blue`."""
    found = Counter((each.hazard, each.level) for each in incidents(alarms))
    ordered = sorted(found.items(), key=lambda each: (list(Hazard).index(each[0][0]), -each[0][1]))
    return ", ".join(f"{n} {hazard} {level_word(level)}" for (hazard, level), n in ordered) or "none"


def _since(utc_s: float | None) -> str:
    return "not, for want of instruments or of time" if utc_s is None else f"from {_day(utc_s)} on"


def _day(utc_s: float) -> str:
    return f"{datetime.fromtimestamp(utc_s, UTC):%Y-%m-%d}"
