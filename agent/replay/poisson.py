"""How often something may happen that was seen n times. Pure."""

from __future__ import annotations

from math import exp, lgamma, log

_HALVINGS = 60


def at_most(seen: int, unsure: float = 0.05) -> float:
    """The greatest mean of a Poisson count of which `seen` or fewer still come with the chance `unsure`.

    Of none seen it is 3.0 (the rule of three); the exact one-sided bound of Garwood 1936.
    """
    low, high = 0.0, 10.0 + 3.0 * seen
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _chance(seen, middle) > unsure:
            low = middle
        else:
            high = middle
    return high


def _chance(seen: int, mean: float) -> float:
    """Of `seen` or fewer; in logarithms, for exp(-mean) alone is nothing from 746 on."""
    return sum(exp(count * log(mean) - mean - lgamma(count + 1)) for count in range(seen + 1))
