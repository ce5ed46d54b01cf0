"""A glass electrode as it is: its slope, its zero, and how long it takes to say so."""

from __future__ import annotations

from typing import NamedTuple

NEUTRAL = 7.0  # the isopotential point
_GAS_OVER_FARADAY_MV = 0.198416  # ln(10) R/F, mV per kelvin and pH
_KELVIN = 273.15


class Electrode(NamedTuple):
    """One electrode in some state of wear. `slope` is a share of the ideal one; `settle_s` is to 63 %."""

    slope: float
    zero_mv: float
    settle_s: float

    def mv(self, ph: float, temperature_c: float) -> float:
        """What it gives in water of this pH and temperature, once it has settled."""
        return self.zero_mv + self.slope * ideal_slope_mv(temperature_c) * (ph - NEUTRAL)

    def ph(self, mv: float, temperature_c: float) -> float:
        """The way back: what somebody who knows this electrode makes of its signal."""
        return NEUTRAL + (mv - self.zero_mv) / (self.slope * ideal_slope_mv(temperature_c))


def ideal_slope_mv(temperature_c: float) -> float:
    """Nernst's slope, mV per pH: -59.16 at 25 degC."""
    return -_GAS_OVER_FARADAY_MV * (temperature_c + _KELVIN)


# What a technician may find. The worn one is past saving: below 85 % of the ideal slope. Iron has coated the
# dirty one, which makes it slow before it makes it wrong.
CONDITIONS = {
    "good": Electrode(0.963, -6.0, 10.0),
    "worn": Electrode(0.80, -12.0, 20.0),
    "dirty": Electrode(0.93, 18.0, 90.0),
}
