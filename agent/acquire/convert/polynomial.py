"""Polynomials, as certificates print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def polynomial(coefficients: Sequence[float], x: float) -> float:
    """c0 + c1 x + c2 x^2 + ..., by Horner's rule; `coefficients` begin with the constant."""
    total = 0.0
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total
