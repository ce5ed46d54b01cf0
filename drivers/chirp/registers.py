"""From the registers of a Chirp probe to counts and degrees. Pure.

Source: Miceuz/i2c-moisture-sensor, README, and its firmware.
"""

from __future__ import annotations

import struct


def capacitance(register: bytes) -> int:
    """Counts that rise with moisture: about 290 in air, 700 in water. Two bytes, high byte first."""
    counts: int = struct.unpack(">H", register)[0]
    return counts


def temperature_c(register: bytes) -> float:
    """Degrees Celsius in tenths, below zero too. Two bytes, high byte first."""
    tenths: int = struct.unpack(">h", register)[0]
    return tenths / 10
