"""Which readings count in a guided measurement, and what is said of those that do not."""

from __future__ import annotations

import pytest

from agent.acquire.calibration.stability import Limits
from agent.acquire.calibration.step import Want, measure
from agent.acquire.request import Look, Promise
from agent.guided.measuring import Measuring
from agent.model import Calibration, Channel, Flag, Observation, Why
from tests.acquire.rig import HandClock

PH = Channel("ph-3", "ph", "1", "V")
WARM = Channel("ph-3", "temperature", "degC", "degC")
LIMITS = Limits(0.1, 0.1)
WANTS = (
    Want("raw", "ph-3/ph", "raw", LIMITS, "V"),
    Want("temperature", "ph-3/temperature", "value", None, "degC"),
)


class Sensor:
    """Read again and again: a raw signal and a temperature, each with what speaks against it."""

    def __init__(self, ph: tuple[float, Flag, Why], warm: tuple[float, Flag, Why]) -> None:
        self.clock = HandClock()
        self._says = ((PH, *ph), (WARM, *warm))

    def look(self, _sensor: str, _timeout_s: float) -> Promise[Look]:
        promise: Promise[Look] = Promise()
        at, by = self.clock.now(), Calibration("a", "{}")
        promise.keep(
            Look([Observation(ch, at, raw, raw, flag, why, by) for ch, raw, flag, why in self._says], None)
        )
        return promise

    def measured(self) -> dict[str, object]:
        """To its end."""
        measuring = Measuring(measure("rest", "", "", WANTS, 120.0), self.look, self.clock)
        for _ in range(1000):
            heard = measuring.step(self.clock.now())
            if not isinstance(heard, float | int):
                return dict(heard)
            self.clock.advance(1.0)
        raise AssertionError("it never ends")


GOOD = (1.5, Flag.GOOD, Why.NONE)


@pytest.mark.parametrize(
    ("flag", "why"),
    [
        (Flag.FAIL, Why.OVER_RANGE | Why.MAINTENANCE),
        (Flag.FAIL, Why.SENSOR_RANGE),
        (Flag.FAIL, Why.LOOP_FAULT),
        (Flag.SUSPECT, Why.LOOP_FAULT | Why.SENSOR_RANGE),
        (Flag.SUSPECT, Why.WARMING_UP),
    ],
)
def test_what_is_no_measurement_is_nothing_to_calibrate_by(flag: Flag, why: Why) -> None:
    """As quiet as it is: a saturated converter is at rest at once."""
    heard = Sensor((4.096, flag, why), GOOD).measured()
    assert "ph-3/ph says 4.096 V, which does not count: " in str(heard["silent"])


@pytest.mark.parametrize(
    "why",
    [Why.MAINTENANCE, Why.SITE_RANGE, Why.COMPENSATION, Why.ELECTRODE, Why.DISAGREES, Why.SENSOR_RANGE],
)
def test_what_only_speaks_against_the_site_s_water_counts_in_a_bottle(why: Why) -> None:
    """A buffer is not what the owner expects, and beyond the points of a law that is to be made anew."""
    heard = Sensor((1.5, Flag.SUSPECT, why | Why.MAINTENANCE), GOOD).measured()
    assert heard["raw"]["value"] == 1.5  # type: ignore[index]


def test_a_thermometer_that_fails_tells_no_temperature() -> None:
    heard = Sensor(GOOD, (85.0, Flag.FAIL, Why.SENSOR_RANGE)).measured()
    assert "raw" in heard
    assert heard["temperature"] is None
