"""What a buffer must read through a channel that is corrected for another temperature than the buffer has."""

from __future__ import annotations

from agent.acquire.calibration.electrode import Dip, expected_ph
from agent.acquire.calibration.procedures.dialogue import Expected

_ALIKE_PH = 0.005  # nobody sees it


def buffer_reads(dip: Dip, used_c: float) -> Expected:
    """`dip` in the buffer, while the station (or the instrument) corrects for `used_c`."""
    value = expected_ph(dip, used_c)
    if abs(value - dip.ph) < _ALIKE_PH:
        return Expected(value)
    return Expected(value, f" while it is corrected for {used_c:.1f} degC")
