"""The newest observation of each channel, in memory: what a screen shows and what compensation looks up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.model import Flag, Instant, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable


class Newest(NamedTuple):
    """The last thing heard from a channel, of whatever quality, and the last value that was good."""

    last: Observation
    good: Observation | None


class Latest:
    """Shared by all pollers and everyone who looks; the only state that pollers share. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: dict[str, Newest] = {}

    def put(self, observations: Iterable[Observation]) -> None:
        """Take note of observations, oldest first, after they were handed to the journal."""
        with self._lock:
            for observation in observations:
                name = str(observation.channel)
                before = self._newest.get(name)
                good = observation if observation.flag is Flag.GOOD else before and before.good
                self._newest[name] = Newest(observation, good)

    def snapshot(self) -> dict[str, Newest]:
        """By channel name, as of now. A channel never heard of is not in it."""
        with self._lock:
            return dict(self._newest)


def age_s(observation: Observation, now: Instant) -> float:
    """How old an observation of this boot is, by the clock that nobody sets."""
    return (now.mono_ns - observation.at.mono_ns) / NS
