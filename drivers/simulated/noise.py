"""Randomness without memory: a number that depends on nothing but the seed and where one looks.

SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014) as a hash.
"""

from __future__ import annotations

import math

_MASK = (1 << 64) - 1


def _mix(z: int) -> int:
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _MASK
    return z ^ z >> 31


def uniform(*where: int) -> float:
    """A number in [0, 1) for these coordinates: the same for the same, unrelated for any others."""
    z = 0
    for each in where:
        z = _mix((z ^ each & _MASK) + 0x9E3779B97F4A7C15 & _MASK)
    return (z >> 11) / (1 << 53)


def normal(*where: int) -> float:
    """A number from the standard normal distribution for these coordinates (Box-Muller)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(*where, 0)))
    return radius * math.cos(math.tau * uniform(*where, 1))
