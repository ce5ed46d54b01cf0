"""When a signal counts as being at rest, and how near a reading must come to its reference. Pure.

Where a source gives a figure it is beside it; the others are engineering judgement: a few times what the
instrument's noise leaves, and well below what its calibration is to be good for.
"""

from __future__ import annotations

from agent.acquire.calibration.stability import Limits
from agent.quantity import factor

# By quantity, in its canonical unit: drift a minute, and standard deviation.
_VALUE = {
    "ph": (0.02, 0.02),  # 1 mV a minute of the electrode
    "temperature": (0.1, 0.1),
    "conductivity": (5.0, 5.0),
    "dissolved_oxygen": (0.1, 0.1),
    "orp": (1.0, 1.0),
    "turbidity": (2.0, 2.0),
    "soil_moisture": (0.005, 0.005),
    "pore_pressure": (0.1, 0.1),
    "water_level": (0.005, 0.005),
    "barometric_pressure": (0.05, 0.05),
}
# By the unit of the raw signal.
_RAW = {
    "V": (0.003, 0.003),
    "mV": (1.0, 0.5),
    "mA": (0.02, 0.02),
    "Hz": (0.2, 0.3),
    "digits": (1.0, 1.5),
    "ohm": (5.0, 5.0),
    "counts": (5.0, 5.0),
    "pH": (0.02, 0.02),
}
# Of the reading, where that is more: optics scatter with what they see. And where nothing else is known.
_SHARE = {"turbidity": 0.02, "conductivity": 0.005}
_UNKNOWN = Limits(0.0, 0.0, share=0.005)
# Calibration criteria of USGS TM1-D3 (Wagner and others, 2006): absolute, or a share of the reference.
_CRITERIA = {
    "ph": (0.1, 0.0),  # half of it: this is a buffer, and the same minute
    "temperature": (0.2, 0.0),
    "conductivity": (5.0, 0.03),
    "dissolved_oxygen": (0.3, 0.0),
    "turbidity": (0.5, 0.05),
    "soil_moisture": (0.02, 0.0),
    "water_level": (0.01, 0.002),
    "pore_pressure": (0.5, 0.005),
    "orp": (5.0, 0.0),
}


def value_limits(quantity: str, window_s: float = 45.0) -> Limits:
    """For the values of a channel, in the canonical unit of its quantity."""
    if quantity not in _VALUE:
        return _UNKNOWN._replace(window_s=window_s)
    return Limits(*_VALUE[quantity], window_s, share=_SHARE.get(quantity, 0.0))


def raw_limits(raw_unit: str, quantity: str, unit: str) -> Limits:
    """For what an instrument says: by its unit, or like the values where that is the same in another unit."""
    if raw_unit in _RAW:
        return Limits(*_RAW[raw_unit])
    try:
        scale = factor(raw_unit, unit)
    except KeyError:
        return _UNKNOWN
    limits = value_limits(quantity)
    return limits._replace(drift_per_min=limits.drift_per_min / scale, spread=limits.spread / scale)


def tolerance(quantity: str, reference: float) -> float:
    """How near a calibrated channel must read to its reference."""
    absolute, share = _CRITERIA.get(quantity, (0.0, 0.02))
    return max(absolute, share * abs(reference))
