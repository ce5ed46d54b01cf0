"""Does it move? Crack gauges and tiltmeters: velocity over a day, and where its inverse points. Pure.

Before many slopes fail, 1/velocity falls on a straight line that meets zero at failure (Fukuzono 1985;
Voight 1988; Rose and Hungr 2007), so a line is fitted when movement grows, and its time told only when it
fits. The day's breathing of rock and steel drops out of a difference of 24 hours. What steps once and rests
was touched.
"""

from __future__ import annotations

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
_MEDIAN_H = 5
_RESTLESS_SHARE, _RESTLESS_TIMES = 0.95, 3.0
_HALF_SHARE = 0.2  # of a day's movement that each of its halves must show, or it was one step
_FIT_POINTS, _FIT_EVERY_H = 6, 12
_FITS = 0.8
_FAILS_WITHIN_D = 4.0


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


class Track:
    """One gauge's fortnight, hour by hour."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self._values = History(_KEPT_H)
        self._first: int | None = None
        self._now = -1
        self._restless = 0.0

    def add(self, hour: int, value: float | None) -> None:
        """The next hour."""
        if self._first is None:
            if value is None:
                return
            self._first = hour
        self._values.add(hour, value)
        self._now = hour
        if hour % _DAY_H == 0:
            self._restless = self._habit(hour - _NO_HABIT_YET_H)

    @property
    def ready(self) -> bool:
        """Whether it has seen enough to speak."""
        return self._first is not None and self._now - self._first >= _LEARNING_H

    @property
    def threshold(self) -> float:
        """Per day: what is amber on this site."""
        return max(self.scale.amber, _RESTLESS_TIMES * self._restless)

    def velocity(self, ago_h: int = 0, over_h: int = _DAY_H) -> float | None:
        """Per day, over the hours up to some hours ago. None when unknown."""
        now, before = self._level(self._now - ago_h), self._level(self._now - ago_h - over_h)
        return None if now is None or before is None else (now - before) * _DAY_H / over_h

    def share(self) -> float:
        """Of an amber alarm: 1 is one. What stepped once and rests is none."""
        whole = self.velocity()
        halves = self.velocity(0, _DAY_H // 2), self.velocity(_DAY_H // 2, _DAY_H // 2)
        if whole is None or None in halves:
            return 0.0
        steady = all(half * whole > 2.0 * _HALF_SHARE * whole * whole for half in halves if half is not None)
        return abs(whole) / self.threshold if steady else 0.0

    def forecast(self) -> Forecast | None:
        """When it would fail if it went on growing like this. None when it does not, or no line fits."""
        points = []
        for back in range(_FIT_POINTS):
            speed = self.velocity(back * _FIT_EVERY_H)
            if speed is None or abs(speed) < 0.5 * self.threshold:
                return None
            points.append((-back * _FIT_EVERY_H / _DAY_H, 1.0 / abs(speed)))
        offset, slope, fit = _line(points)
        if slope >= 0.0 or fit < _FITS:
            return None
        # A velocity over a day stands for its middle.
        return Forecast(max(0.0, -offset / slope - 0.5), fit)

    def _level(self, hour: int) -> float | None:
        values = self._values.known(hour - _MEDIAN_H + 1, hour)
        return median(values) if values else None

    def _habit(self, last: int) -> float:
        changes = []
        for hour in range(last - _KEPT_H, last, 3):
            now, before = self._values.at(hour), self._values.at(hour - _DAY_H)
            if now is not None and before is not None:
                changes.append(abs(now - before))
        return quantile(changes, _RESTLESS_SHARE) if len(changes) >= _DAY_H // 2 else self._restless


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
    """All gauges of a station."""

    def __init__(self) -> None:
        self._hour: int | None = None
        self._gates: dict[tuple[Role, str], Gate] = {}
        self._seen: dict[tuple[Role, str], list[float]] = {}
        self._tracks: dict[tuple[Role, str], Track] = {}
        self._asked: list[Assessment] = []

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
                value = gate.add(cell.value)
                if value is not None:
                    self._seen.setdefault(key, []).append(value)
        return self._asked

    def _close(self, hour: int) -> None:
        seen, self._seen = self._seen, {}
        self._asked = []
        for key in self._gates:
            role, name = key
            track = self._tracks.get(key) or self._tracks.setdefault(key, Track(SCALES[role]))
            values = seen.get(key)
            track.add(hour, median(values) if values else None)
            asked = _judge(track, name) if track.ready else None
            if asked:
                self._asked.append(asked)


def _judge(track: Track, name: str) -> Assessment | None:
    share = track.share()
    if share < _LEVELS[Severity.BLUE]:
        return None
    speed, unit, forecast = track.velocity() or 0.0, track.scale.unit, track.forecast()
    level = max(level for level, times in _LEVELS.items() if share >= times)
    evidence = {f"velocity_{unit}_per_d": speed, f"amber_from_{unit}_per_d": track.threshold}
    words = f"It moves by {abs(speed):.2g} {unit} a day, steadily and not in one step."
    if forecast:
        evidence |= {"inverse_velocity_zero_in_d": forecast.days, "inverse_velocity_fit": forecast.fit}
        words += f" It moves faster every day; inverse velocity meets zero in {forecast.days:.1f} days."
        if forecast.days <= _FAILS_WITHIN_D:
            level = Severity.RED
    return Assessment(
        level,
        min(0.99, 1.0 - 0.5**share),
        evidence,
        words,
        "Keep people off and below the slope; look at cracks, bulges and springs; read the gauge by hand.",
        name,
        "accelerating_movement" if forecast else "movement",
    )
