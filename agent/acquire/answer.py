"""One answer of an instrument made into observations: first what corrects others, or what they are made of.

A gauge's own thermistor, read in the same answer, counts with age 0, wherever the instrument puts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Flag, Input

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.acquire.convert.contract import Companion
    from agent.acquire.measure import Measure
    from agent.model import Instant, Observation
    from drivers.contract import Reading


def observations(
    measures: Sequence[Measure],
    readings: Sequence[Reading],
    at: Instant,
    look_up: Callable[[Companion], Input],
) -> list[Observation]:
    """One observation per measure, in their order.

    Args:
        measures: of one sensor: those that it delivers, in the order of `readings`, then the derived ones.
        readings: one for each measure without a source.
        at: when the answer was there.
        look_up: the newest good value of a channel from elsewhere or before, if it may be used.
    """
    delivered = [measure for measure in measures if not measure.source]
    pairs = zip(delivered, readings, strict=True)
    answer = _Answer(measures, {each.channel.quantity: reading for each, reading in pairs}, at, look_up)
    return [answer.observation(measure) for measure in measures]


class _Answer:
    """What has been worked out of it so far. The check of the configuration lets no cycle pass."""

    def __init__(
        self,
        measures: Sequence[Measure],
        readings: Mapping[str, Reading],
        at: Instant,
        look_up: Callable[[Companion], Input],
    ) -> None:
        self._by_quantity = {measure.channel.quantity: measure for measure in measures}
        self._by_name = {str(measure.channel): measure for measure in measures}
        self._readings = readings
        self._at = at
        self._look_up = look_up
        self._done: dict[str, Observation] = {}

    def observation(self, measure: Measure) -> Observation:
        """That of one measure, after all that it needs."""
        quantity = measure.channel.quantity
        if quantity not in self._done:
            inputs = {each.role: self._input(each) for each in measure.converter.companions}
            if measure.source:
                source = self.observation(self._by_quantity[measure.source])
                self._done[quantity] = measure.derive(source, inputs)
            else:
                self._done[quantity] = measure.observe(self._readings[quantity], self._at, inputs)
        return self._done[quantity]

    def _input(self, companion: Companion) -> Input:
        own = self._by_name.get(companion.channel)
        if own is not None:
            observation = self.observation(own)
            if observation.flag is Flag.GOOD:
                return companion.taken(Input(observation.value, 0.0))
        return self._look_up(companion)
