"""The recent past of a channel in one summary: how many, mean, spread, lowest, highest. Pure.

A queue of two stacks: what leaves is never subtracted, so no spike that has passed through leaves a rounding
error behind, and a constant has a spread of exactly nothing. Amortised, a sample costs the same for any
length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.quality.numbers import row, rows

if TYPE_CHECKING:
    from agent.acquire.quality.contract import State

# A window is remembered in so many grains at the most. What is asked for more often shares a grain, and then
# the older end of a window is known to one grain only: a two-hundredth of its length.
GRAINS = 200
_MOST = GRAINS + 3  # one cut at each end, and one where the two stacks meet


class Summary(NamedTuple):
    """What is known of samples in a row. `squares` is the sum of squared distances from the mean."""

    begin_s: float
    samples: float
    mean: float
    squares: float
    low: float
    high: float

    @property
    def spread(self) -> float:
        """Highest minus lowest."""
        return self.high - self.low

    @property
    def variance(self) -> float:
        """Of these values themselves (divided by their number)."""
        return self.squares / self.samples


def joined(older: Summary, newer: Summary) -> Summary:
    """Both as one (Chan, Golub and LeVeque 1979)."""
    begin_s, older_samples, older_mean, older_squares, older_low, older_high = older
    _, newer_samples, newer_mean, newer_squares, newer_low, newer_high = newer
    samples = older_samples + newer_samples
    step = newer_mean - older_mean
    return Summary(
        begin_s,
        samples,
        older_mean + step * newer_samples / samples,
        older_squares + newer_squares + step * step * older_samples * newer_samples / samples,
        min(older_low, newer_low),
        max(older_high, newer_high),
    )


class Window:
    """Samples in order of time; they come at one end, and go at the other.

    Args:
        length_s: how long it will be kept by whoever drops what is older; sets how fine its grains are.
    """

    def __init__(self, *, length_s: float) -> None:
        self._grain_s = length_s / GRAINS
        # The older grains, oldest last, each joined with all of this list that is newer.
        self._older: list[Summary] = []
        self._newer: list[Summary] = []  # oldest first, each by itself ...
        self._all_newer: Summary | None = None  # ... and all of them joined

    def begin_s(self, grain: int = 0) -> float | None:
        """When the oldest grain begins, or the one behind it (1), ...; None where there is none."""
        if grain < len(self._older):
            return self._older[-1 - grain].begin_s
        grain -= len(self._older)
        return self._newer[grain].begin_s if grain < len(self._newer) else None

    def add(self, t_s: float, value: float) -> None:
        """The newest sample."""
        one = Summary(t_s, 1, value, 0.0, value, value)
        newer = self._newer
        if newer and t_s - newer[-1].begin_s < self._grain_s:
            newer[-1] = joined(newer[-1], one)
        else:
            newer.append(one)
        self._all_newer = one if self._all_newer is None else joined(self._all_newer, one)

    def summary(self) -> Summary | None:
        """Of everything that is held."""
        if not self._older:
            return self._all_newer
        return self._older[-1] if self._all_newer is None else joined(self._older[-1], self._all_newer)

    def drop(self) -> None:
        """Let the oldest grain go; there must be one."""
        if not self._older:
            while self._newer:
                grain = self._newer.pop()
                self._older.append(joined(grain, self._older[-1]) if self._older else grain)
            self._all_newer = None
        self._older.pop()

    def clear(self) -> None:
        """Let all go."""
        self._older.clear()
        self._newer.clear()
        self._all_newer = None

    def state(self) -> State:
        """Both stacks, and the newer one joined: lists of numbers in the order of `Summary`."""
        all_newer = None if self._all_newer is None else list(self._all_newer)
        return [[list(each) for each in self._older], [list(each) for each in self._newer], all_newer]

    def restore(self, state: State) -> None:
        """Go on from there, to the last bit. Raises ValueError."""
        if not isinstance(state, list | tuple) or len(state) != 3:  # noqa: PLR2004 - as in `state`
            raise ValueError(f"the three parts of a window were expected, not {state!r:.60}")
        older, newer, all_newer = state
        width = len(Summary._fields)
        self._older = [Summary(*each) for each in rows(older, width, _MOST)]
        self._newer = [Summary(*each) for each in rows(newer, width, _MOST)]
        self._all_newer = None if all_newer is None else Summary(*row(all_newer, width))
        if (self._all_newer is None) is bool(self._newer):
            raise ValueError("a window's newer part does not go with the sum of it")
