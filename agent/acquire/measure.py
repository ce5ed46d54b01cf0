"""One channel of one sensor, and how what it says, or its silence, becomes an observation."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.convert.contract import NO_VALUE, Converter
from agent.acquire.quality.reading import Limits, judge
from agent.model import Channel, Flag, Instant, Observation, Why

if TYPE_CHECKING:
    from drivers.contract import ChannelSpec, Reading


class Measure(NamedTuple):
    """Everything needed to turn a reading of one channel into an observation. Pure."""

    channel: Channel
    spec: ChannelSpec
    converter: Converter
    expect: Limits | None

    def observe(self, reading: Reading, at: Instant) -> Observation:
        """The reading, converted and judged. A raw that is no finite number has no way to be stored: None."""
        raw = reading.raw
        converted = NO_VALUE if raw is None else self.converter.convert(raw)
        flag, why = judge(reading, self.spec, converted, self.expect)
        return Observation(
            channel=self.channel,
            at=at,
            raw=raw if raw is not None and isfinite(raw) else None,
            value=None if flag is Flag.MISSING else converted.value,
            flag=flag,
            why=why,
            calibration=self.converter.calibration,
        )

    def missing(self, why: Why, at: Instant) -> Observation:
        """The record of a reading that was due and did not come."""
        return Observation(self.channel, at, None, None, Flag.MISSING, why, self.converter.calibration)
