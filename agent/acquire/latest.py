"""The newest observation of each channel, in memory: what a screen shows and what compensation looks up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.model import Flag, Input, Instant, Judgement, Observation, Why

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.model import Record

# Still air is as good a companion as moving air. Beside it only what speaks against no value.
_FLAT_AT_MOST = Why.FLAT_LINE | Why.GAP | Why.CLOCK


class Newest(NamedTuple):
    """The last thing heard from a channel, and the last value that may correct others."""

    last: Observation
    good: Observation | None


class Latest:
    """Shared by all pollers and everyone who looks; the only state that pollers share. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: dict[str, Newest] = {}

    def put(self, records: Iterable[Record]) -> None:
        """Take note of observations and of later words on them, in order, when the journal has them."""
        with self._lock:
            for record in records:
                if isinstance(record, Observation):
                    self._put(record)
                elif isinstance(record, Judgement):
                    self._correct(record.observation)

    def snapshot(self) -> dict[str, Newest]:
        """By channel name, as of now. A channel never heard of is not in it."""
        with self._lock:
            return dict(self._newest)

    def last(self, channel: str) -> Observation | None:
        """The newest observation of a channel, of whatever quality."""
        with self._lock:
            newest = self._newest.get(channel)
        return None if newest is None else newest.last

    def good(self, channel: str, now: Instant) -> Input:
        """The newest value of a channel that is good, or only flat, with its age at `now`; else neither."""
        with self._lock:
            newest = self._newest.get(channel)
        if newest is None or newest.good is None:
            return Input(None, None)
        # One of another bus may have come a moment after `now`.
        return Input(newest.good.value, max(0.0, age_s(newest.good, now)))

    def _put(self, observation: Observation) -> None:
        name = str(observation.channel)
        before = self._newest.get(name)
        good = observation if _serves(observation) else before and before.good
        self._newest[name] = Newest(observation, good)

    def _correct(self, judged: Observation) -> None:
        """A value that was good and is not any more serves nobody."""
        newest = self._newest.get(str(judged.channel))
        if newest is None:
            return
        last, good = newest
        if good is not None and good.at == judged.at:
            good = judged if _serves(judged) else None
        self._newest[str(judged.channel)] = Newest(judged if last.at == judged.at else last, good)


def _serves(observation: Observation) -> bool:
    """Whether it may correct others."""
    if observation.flag is Flag.SUSPECT:
        return Why.FLAT_LINE in observation.why and not observation.why & ~_FLAT_AT_MOST
    return observation.flag is Flag.GOOD


def age_s(observation: Observation, now: Instant) -> float:
    """How old an observation of this boot is, by the clock that nobody sets."""
    return (now.mono_ns - observation.at.mono_ns) / NS
