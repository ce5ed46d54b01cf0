"""Vibrating-wire gauges: from the tone of a plucked wire to pressure or displacement.

A load relaxes the wire, so its frequency f falls. Readouts and certificates speak of digits, D = f^2 / 1000
with f in Hz ("B units", "linear units"). Signs are Geokon's: the gauge factor G of a piezometer is negative,
P = G (R1 - R0). RST writes P = CF (L0 - L1) with CF above zero: G = -CF (Geokon, model 4500 manual, app. B;
RST Instruments, VW2100 manual, p. 7).
"""

from __future__ import annotations

_HZ2_PER_DIGIT = 1000.0
_US_PER_S = 1e6
_ITM_SCALE = 1e7


def digits(frequency_hz: float) -> float:
    """The digits of a tone."""
    return frequency_hz * frequency_hz / _HZ2_PER_DIGIT  # not **, which raises on an overflow


def period_us(frequency_hz: float) -> float:
    """The period of a tone, microseconds; some readouts show it instead. `frequency_hz` is not zero."""
    return _US_PER_S / frequency_hz


def linear(reading: float, zero: float, gauge_factor: float) -> float:
    """G (R1 - R0), in the unit of the gauge factor per digit; `zero` is the reading without load."""
    return gauge_factor * (reading - zero)


def polynomial_constant(zero: float, a: float, b: float) -> float:
    """C of A R1^2 + B R1 + C from the zero reading in the field, -(A R0^2 + B R0).

    The certificate prints another C, which belongs to the air pressure of its laboratory.
    """
    return -(a * zero**2 + b * zero)


def from_periods(period: float, zero_period: float, gauge_factor: float) -> float:
    """K (10^7 / T0^2 - 10^7 / T1^2), periods in units of 0.1 microsecond (itmsoil support, article 134).

    No period is so short that its square is zero.
    """
    return gauge_factor * (_ITM_SCALE / (zero_period * zero_period) - _ITM_SCALE / (period * period))


def corrected(value: float, *, thermal_per_c: float, warming_c: float, barometer_rise: float) -> float:
    """P + K (T1 - T0) - (S1 - S0): what a sealed gauge shows, freed from its own warmth and from the weather.

    All in the unit of `value`. R0, T0 and S0 are taken together: in air, at one stable temperature. Roctest
    subtracts CT (T1 - T0) (FOP manual, p. 12): K = -CT.
    """
    return value + thermal_per_c * warming_c - barometer_rise
