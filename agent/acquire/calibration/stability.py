"""Whether a signal has come to rest, so that a calibration may rest on it. Pure.

It has when over a whole window its drift (the slope of the least-squares line) and its spread (the standard
deviation) are both within limits. A signal that never does is refused at a deadline: whoever waits must not
wait for ever, and a calibration of a drifting electrode is worse than none.
"""

from __future__ import annotations

from collections import deque
from statistics import fmean, linear_regression, stdev
from typing import NamedTuple

_S_PER_MIN = 60.0
# A look takes a second at the least, and a deadline ends the measurement: more than this never comes.
_MOST = 2000


class Limits(NamedTuple):
    """When a signal counts as being at rest, in its own unit.

    Attributes:
        drift_per_min: the steepest slope, either way.
        spread: the largest standard deviation.
        window_s: over how long, in seconds of the station's clock.
        least: over how many readings.
        share: of the reading itself, which is the limit of drift and spread where it is more.
    """

    drift_per_min: float
    spread: float
    window_s: float = 45.0
    least: int = 6
    share: float = 0.0

    def at(self, value: float) -> tuple[float, float]:
        """The limits of drift and spread for a signal that lies at `value`."""
        share = self.share * abs(value)
        return max(self.drift_per_min, share), max(self.spread, share)


class Rest(NamedTuple):
    """A signal at rest: its mean over the window, and how it came there.

    `settled_s` is how long after the first reading it stayed near that mean, `taken_s` how long it all took.
    """

    value: float
    spread: float
    drift_per_min: float
    n: int
    taken_s: float
    settled_s: float


class Trend(NamedTuple):
    """How a signal does at the moment. `held_s` is how much of the window has been seen."""

    value: float
    spread: float
    drift_per_min: float
    held_s: float


class Gate:
    """Takes readings in the order of time, and opens when they are at rest."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all: deque[tuple[float, float]] = deque(maxlen=_MOST)
        self._window: deque[tuple[float, float]] = deque(maxlen=_MOST)

    @property
    def pace_s(self) -> float:
        """The time between two of its readings; 0 before the second."""
        if len(self._all) < 2:  # noqa: PLR2004 - from one to the next
            return 0.0
        return (self._all[-1][0] - self._all[0][0]) / (len(self._all) - 1)

    def add(self, at_s: float, value: float) -> None:
        """A reading. One that is not later than the one before tells nothing new."""
        if self._all and at_s <= self._all[-1][0]:
            return
        self._all.append((at_s, value))
        self._window.append((at_s, value))
        # The window reaches back to its full length, whatever the pace of the instrument.
        edge_s = at_s - self._limits.window_s
        while len(self._window) > self._limits.least and self._window[1][0] <= edge_s:
            self._window.popleft()

    def trend(self) -> Trend | None:
        """How it does. None before the second reading."""
        if len(self._window) < 2:  # noqa: PLR2004 - a line takes two points
            return None
        times_s, values = zip(*self._window, strict=True)
        slope, _ = linear_regression(times_s, values)
        return Trend(fmean(values), stdev(values), slope * _S_PER_MIN, times_s[-1] - times_s[0])

    def rest(self) -> Rest | None:
        """The signal at rest; None as long as it is not."""
        trend = self.trend()
        if trend is None or not self._is_calm(trend):
            return None
        first_s, last_s = self._all[0][0], self._all[-1][0]
        return Rest(
            value=trend.value,
            spread=trend.spread,
            drift_per_min=trend.drift_per_min,
            n=len(self._window),
            taken_s=last_s - first_s,
            settled_s=self._settled_s(trend) - first_s,
        )

    def _is_calm(self, trend: Trend) -> bool:
        limits = self._limits
        drift_per_min, spread = limits.at(trend.value)
        is_long = trend.held_s >= limits.window_s and len(self._window) >= limits.least
        return is_long and abs(trend.drift_per_min) <= drift_per_min and trend.spread <= spread

    def _settled_s(self, trend: Trend) -> float:
        """The time of the first reading from which on all lie near the mean."""
        # Three minutes of the drift that is allowed: of an electrode 3 mV, 0.05 pH. And four standard
        # deviations: noise alone must not look like settling.
        near = max(3 * self._limits.drift_per_min, 4 * trend.spread)
        settled_s = self._all[-1][0]
        for at_s, value in reversed(self._all):
            if abs(value - trend.value) > near:
                break
            settled_s = at_s
        return settled_s
