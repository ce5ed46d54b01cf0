"""A rain gauge as a neighbour: it judges nothing, and tells the others when it rains. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.acquire.quality.contract import Outcome
from agent.acquire.quality.numbers import row
from agent.acquire.quality.verdict import NOT_EVALUATED

if TYPE_CHECKING:
    from agent.acquire.quality.contract import Sample, State
    from agent.acquire.quality.learned.scene import Scene

_NOTHING = Outcome(NOT_EVALUATED, NOT_EVALUATED)


class Rain:
    """Of `rainfall`, which counts anew in every interval, or of `rainfall_total`, which goes on.

    Args:
        name: of the channel, as its neighbours know it.
        scene: shared with them.
        is_total: whether the gauge's counter goes on.
    """

    def __init__(self, *, name: str, scene: Scene, is_total: bool) -> None:
        self._name = name
        self._scene = scene
        self._is_total = is_total
        self._last: float | None = None

    def update(self, sample: Sample) -> Outcome:
        """Says nothing of the value itself. A counter that begins anew is no rain."""
        last, self._last = self._last, sample.value
        since = last if self._is_total else 0.0
        if since is not None and sample.value > since:
            self._scene.stirred(self._name, sample.t_s)
        return _NOTHING

    def missed(self, t_s: float) -> None:
        """A value that was lost is news to the neighbours."""
        self._scene.lost(self._name, t_s)

    def state(self) -> State:
        """The last value: a list of one number, or None."""
        return None if self._last is None else [self._last]

    def restore(self, state: State) -> None:
        """Go on from there. Raises ValueError."""
        self._last = None if state is None else row(state, 1)[0]
