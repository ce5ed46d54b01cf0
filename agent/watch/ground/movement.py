"""Does it move? Crack gauges and tiltmeters: velocity over a day or hours, where its inverse points. Pure.

Before many slopes fail, 1/velocity falls on a straight line that meets zero at failure (Fukuzono 1985;
Voight 1988; Rose and Hungr 2007), so a line is fitted when movement grows, and its time told only when it
fits. The day's breathing of rock and steel drops out of a difference of 24 hours; what is fast is seen in
six. What steps once and rests was touched: a notice, never an alarm.
"""

from __future__ import annotations

from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from agent.model import Severity
from agent.watch.contract import HOUR, Assessment, Role
from agent.watch.ground.sick import Gate, Nerve
from agent.watch.measures.history import History
from agent.watch.measures.robust import median, quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.watch.contract import Block

_DAY_H = 24
_KEPT_H = 15 * _DAY_H
_LEARNING_H = 5 * _DAY_H
_NO_HABIT_YET_H = 4 * _DAY_H
_RESTLESS_SHARE, _RESTLESS_TIMES = 0.95, 3.0
_HALF_SHARE = 0.2  # of a movement that each half of its time must show, or it was one step
_STEP_SHARE = 0.6  # of a day's movement within an hour: touched
_FIT_POINTS, _FIT_EVERY_H = 6, 12
_FITS = 0.8
_FAILS_WITHIN_D = 4.0


class Span(NamedTuple):
    """A velocity over so many hours, between medians of `median_h`; told from so many times amber."""

    hours: int
    median_h: int
    times: float


_SPANS = (Span(_DAY_H, 5, 0.0), Span(6, 3, 5.0))


class Scale(NamedTuple):
    """What counts as movement: amber, and five times as much orange, in the unit of the role per day."""

    amber: float
    unit: str
    nerve: Nerve


SCALES = {
    # Active mining subsidence moves 50 mm a month; open pits act on millimetres a day for days.
    Role.CRACK: Scale(2.0, "mm", Nerve(50.0, inf)),
    Role.TILT: Scale(0.05, "deg", Nerve(2.0, inf)),
}
_LEVELS = {Severity.BLUE: 0.6, Severity.YELLOW: 1.0, Severity.ORANGE: 5.0, Severity.RED: 25.0}
"""From so many times amber."""


class Forecast(NamedTuple):
    """When inverse velocity meets zero, in days from now, and how well the line fits (r squared)."""

    days: float
    fit: float


class Moved(NamedTuple):
    """How fast: per day, over so many hours; `share` of amber, which is `threshold` per day."""

    share: float
    velocity: float
    over_h: int
    threshold: float


class Track:
    """One gauge's fortnight, hour by hour.

    Args:
        scale: of its role.
        evidence: times what is asked for amber by default.
    """

    def __init__(self, scale: Scale, evidence: float = 1.0) -> None:
        self.scale = scale
        self._evidence = evidence
        self._values = History(_KEPT_H)
        self._first: int | None = None
        self._now = -1
        self._restless = dict.fromkeys(_SPANS, 0.0)

    def add(self, hour: int, value: float | None) -> None:
        """The next hour."""
        if self._first is None:
            if value is None:
                return
            self._first = hour
        self._values.add(hour, value)
        self._now = hour
        if hour % _DAY_H == 0:
            self._restless = {span: self._habit(span, hour - _NO_HABIT_YET_H) for span in _SPANS}

    @property
    def ready(self) -> bool:
        """Whether it has seen enough to speak."""
        return self._first is not None and self._now - self._first >= _LEARNING_H

    def threshold(self, span: Span = _SPANS[0]) -> float:
        """Per day: what is amber on this site."""
        restless = self._restless[span] * _DAY_H / span.hours
        return self._evidence * max(self.scale.amber, _RESTLESS_TIMES * restless)

    def velocity(self, ago_h: int = 0, span: Span = _SPANS[0]) -> float | None:
        """Per day, up to some hours ago. None when unknown."""
        return self._velocity(self._now - ago_h, span.hours, span.median_h)

    def moved(self) -> Moved | None:
        """The span that shows most. None when none is known, or it stepped once and rests."""
        found = [self._moved(span) for span in _SPANS]
        return max((each for each in found if each), key=lambda each: each.share, default=None)

    def _moved(self, span: Span) -> Moved | None:
        whole, half_h = self.velocity(0, span), span.hours // 2
        if whole is None:
            return None
        for ago_h in (0, half_h):
            half = self._velocity(self._now - ago_h, half_h, span.median_h)
            if half is None or half * whole <= 2.0 * _HALF_SHARE * whole * whole:
                return None
        threshold = self.threshold(span)
        share = abs(whole) / threshold
        return Moved(share, whole, span.hours, threshold) if share >= span.times else None

    @property
    def stepped(self) -> bool:
        """Whether the last day's movement was made within an hour."""
        whole = self.velocity()
        if whole is None or abs(whole) < self.threshold():
            return False
        hourly = self._values.known(self._now - _DAY_H, self._now)
        greatest = max((abs(after - before) for before, after in pairwise(hourly)), default=0.0)
        return greatest >= _STEP_SHARE * abs(whole)

    def forecast(self) -> Forecast | None:
        """When it would fail if it went on growing like this. None when it does not, or no line fits."""
        points = []
        for back in range(_FIT_POINTS):
            speed = self.velocity(back * _FIT_EVERY_H)
            if speed is None or abs(speed) < 0.5 * self.threshold():
                return None
            points.append((-back * _FIT_EVERY_H / _DAY_H, 1.0 / abs(speed)))
        offset, slope, fit = _line(points)
        if slope >= 0.0 or fit < _FITS:
            return None
        # A velocity over a day stands for its middle.
        return Forecast(max(0.0, -offset / slope - 0.5), fit)

    def _velocity(self, hour: int, over_h: int, median_h: int) -> float | None:
        now, before = self._level(hour, median_h), self._level(hour - over_h, median_h)
        return None if now is None or before is None else (now - before) * _DAY_H / over_h

    def _level(self, hour: int, median_h: int) -> float | None:
        values = self._values.known(hour - median_h + 1, hour)
        return median(values) if values else None

    def _habit(self, span: Span, last: int) -> float:
        changes = []
        for hour in range(last - _KEPT_H, last, 3):
            now, before = self._values.at(hour), self._values.at(hour - span.hours)
            if now is not None and before is not None:
                changes.append(abs(now - before))
        return quantile(changes, _RESTLESS_SHARE) if len(changes) >= _DAY_H // 2 else 0.0


def _line(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Least squares: where it is at 0, its slope, r squared."""
    n = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    xx = sum((x - mean_x) ** 2 for x, _ in points)
    yy = sum((y - mean_y) ** 2 for _, y in points)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in points)
    slope = xy / xx
    return mean_y - slope * mean_x, slope, xy * xy / (xx * yy) if yy else 0.0


class Movement:
    """All gauges of a station.

    Args:
        evidence: times what is asked for amber by default.
    """

    def __init__(self, evidence: float = 1.0) -> None:
        self._evidence = evidence
        self._hour: int | None = None
        self._gates: dict[tuple[Role, str], Gate] = {}
        self._seen: dict[tuple[Role, str], list[float]] = {}
        self._tracks: dict[tuple[Role, str], Track] = {}
        self._touched: frozenset[str] = frozenset()
        self._asked: list[Assessment] = []
        self.share = 0.0
        """Of the evidence that amber needs, of the gauge that has most of it."""
        self.moving: tuple[str, ...] = ()
        """Gauges that have enough for amber."""
        self.heard: frozenset[str] = frozenset()
        """Gauges that could be judged in the last full hour."""

    def add(self, block: Block) -> Sequence[Assessment]:
        """The next block. Returns what is asked for since the last full hour."""
        hour = block.number // HOUR
        if self._hour is not None and hour != self._hour:
            self._close(self._hour)
        self._hour = hour
        for role, scale in SCALES.items():
            for name, cell in block.of(role).items():
                key = role, name
                gate = self._gates.get(key) or self._gates.setdefault(key, Gate(scale.nerve))
                value = gate.add(cell.value, held=cell.held)
                if value is not None:
                    self._seen.setdefault(key, []).append(value)
        return self._asked

    @property
    def learning(self) -> bool:
        """Whether no gauge has been seen for long enough to speak."""
        return not any(track.ready for track in self._tracks.values())

    @property
    def sick(self) -> dict[str, str]:
        """What ails gauges now, by channel."""
        touched = dict.fromkeys(sorted(self._touched), "touched")
        return touched | {name: gate.fault for (_, name), gate in self._gates.items() if gate.fault}

    def _close(self, hour: int) -> None:
        seen, self._seen = self._seen, {}
        self._asked, self.share, self.moving, touched, heard = [], 0.0, (), set(), set()
        for key in self._gates:
            role, name = key
            track = self._tracks.get(key) or self._tracks.setdefault(key, Track(SCALES[role], self._evidence))
            values = seen.get(key)
            track.add(hour, median(values) if values else None)
            if not track.ready or values is None:
                continue
            heard.add(name)
            if track.stepped:
                touched.add(name)
            moved = None if name in touched else track.moved()
            if moved is not None:
                self.share = max(self.share, moved.share)
                if moved.share >= 1.0:
                    self.moving += (name,)
                if moved.share >= _LEVELS[Severity.BLUE]:
                    self._asked.append(_assessment(track, moved, name))
        self._touched, self.heard = frozenset(touched), frozenset(heard)


def _assessment(track: Track, moved: Moved, name: str) -> Assessment:
    unit, forecast = track.scale.unit, track.forecast()
    level = max(level for level, times in _LEVELS.items() if moved.share >= times)
    velocity = f"velocity_{unit}_per_d"
    evidence = {
        velocity: moved.velocity,
        f"{velocity}_from": _LEVELS[level] * moved.threshold,
        "over_h": float(moved.over_h),
    }
    words = "It moves steadily and not in one step, by more than it does by itself."
    if forecast:
        evidence |= {
            "inverse_velocity_zero_in_d": forecast.days,
            "inverse_velocity_zero_in_d_from": _FAILS_WITHIN_D,
            "inverse_velocity_fit": forecast.fit,
            "inverse_velocity_fit_from": _FITS,
        }
        words += " It moves faster every day, as slopes do before they fail."
        if forecast.days <= _FAILS_WITHIN_D:
            level = Severity.RED
    return Assessment(
        level,
        min(0.99, 1.0 - 0.5**moved.share),
        {name: round(value, 4) for name, value in evidence.items()},
        words,
        "Keep people off and below the slope; look at cracks, bulges and springs; read the gauge by hand.",
        name,
        "accelerating_movement" if forecast else "movement",
        (name,),
    )
