"""Samples that came long after their time, kept until they can be heard in its order. Pure.

A logger that was cut off gives what it kept; a clock that was wrong is set back. The detectors go forward
only, so such samples wait here for a second look at the past. Held in columns: one takes some twenty bytes.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from agent.model import Flag, Why
from agent.watch.contract import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

LATE_FROM_S = 3600.0
"""So far behind the last closed block a sample is late; one that is less so was lost to a slow bus."""
_MOST = 50_000  # twelve channels every quarter of an hour for as long as the detectors remember
_NOTHING = float("nan")


class LateSample(NamedTuple):
    """The arguments of `Vigil.add`."""

    utc_s: float
    channel: str
    sample: Sample


class Late:
    """Late samples, the first `_MOST` of them; `count` counts all that ever came, `kept` those."""

    def __init__(self) -> None:
        self.count = 0
        self._names: dict[str, int] = {}
        self._utc_s, self._value = array("d"), array("d")
        self._channel, self._flag, self._why = array("H"), array("B"), array("I")

    def add(self, utc_s: float, channel: str, sample: Sample) -> None:
        """One more."""
        self.count += 1
        if len(self._utc_s) >= _MOST:
            return
        self._utc_s.append(utc_s)
        self._value.append(_NOTHING if sample.value is None else sample.value)
        self._channel.append(self._names.setdefault(channel, len(self._names)))
        self._flag.append(sample.flag)
        self._why.append(sample.why)

    @property
    def kept(self) -> int:
        """How many of them a second look can hear."""
        return len(self._utc_s)

    def in_order(self) -> Iterator[LateSample]:
        """By their time."""
        names = list(self._names)
        for at in sorted(range(len(self._utc_s)), key=self._utc_s.__getitem__):
            value = self._value[at]
            sample = Sample(
                None if value != value else value,  # noqa: PLR0124 - NaN
                Flag(self._flag[at]),
                Why(self._why[at]),
            )
            yield LateSample(self._utc_s[at], names[self._channel[at]], sample)

    def span_s(self) -> tuple[float, float] | None:
        """The first and the last of their times; None without any."""
        return (min(self._utc_s), max(self._utc_s)) if self._utc_s else None
