"""From the answers of a seesaw chip to counts and degrees. Pure. Source: Adafruit seesaw guide."""

from __future__ import annotations

import struct


def capacitance(answer: bytes) -> int:
    """Counts that rise with moisture: about 200 when dry, 2000 in water. Two bytes, high byte first."""
    counts: int = struct.unpack(">H", answer)[0]
    return counts


def temperature_c(answer: bytes) -> float:
    """Degrees Celsius in 1/65536, below zero too. Four bytes, high byte first."""
    parts: int = struct.unpack(">i", answer)[0]
    return parts / 65536
