"""One channel of one sensor, and how what it says, or its silence, becomes an observation."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.convert.contract import NO_INPUTS, NO_VALUE, Converter
from agent.acquire.quality.reading import Limits, as_expected, judge
from agent.acquire.quality.verdict import Verdict, combine
from agent.model import Channel, Flag, Input, Instant, Observation, Why

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import ChannelSpec, Reading


class Measure(NamedTuple):
    """Everything needed to turn a reading of one channel into an observation. Pure.

    `source`: the quantity of the same sensor that a derived channel is worked out of; "" for one that the
    instrument itself delivers.
    """

    channel: Channel
    spec: ChannelSpec
    converter: Converter
    expect: Limits | None
    source: str = ""

    def observe(self, reading: Reading, at: Instant, inputs: Mapping[str, Input] = NO_INPUTS) -> Observation:
        """The reading, converted and judged. A raw that is no finite number has no way to be stored: None.

        `inputs`: by role, one for each of the converter's companions.
        """
        raw = reading.raw
        converted = NO_VALUE if raw is None else self.converter.convert(raw, inputs)
        verdict = judge(reading, self.spec, converted, self.expect)
        return self._observation(raw, converted.value, verdict, at, inputs)

    def derive(self, source: Observation, inputs: Mapping[str, Input] = NO_INPUTS) -> Observation:
        """The same from an observation of the channel that it is worked out of; never better than that."""
        given = Verdict(source.flag, source.why)
        if source.value is None:
            return self._observation(None, None, given, source.at, NO_INPUTS)
        converted = self.converter.convert(source.value, inputs)
        law = Verdict(converted.flag, converted.why)
        verdict = combine(given, law, as_expected(converted.value, self.expect))
        return self._observation(source.value, converted.value, verdict, source.at, inputs)

    def missing(self, why: Why, at: Instant) -> Observation:
        """The record of a reading that was due and did not come."""
        return Observation(self.channel, at, None, None, Flag.MISSING, why, self.converter.calibration)

    def _observation(
        self,
        raw: float | None,
        value: float | None,
        verdict: Verdict,
        at: Instant,
        inputs: Mapping[str, Input],
    ) -> Observation:
        return Observation(
            channel=self.channel,
            at=at,
            raw=raw if raw is not None and isfinite(raw) else None,
            value=None if verdict.flag is Flag.MISSING else value,
            flag=verdict.flag,
            why=verdict.why,
            calibration=self.converter.calibration,
            inputs=NO_INPUTS if raw is None else inputs,
        )
