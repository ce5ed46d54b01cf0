"""Mechanisms that are one thing seen in several ways: one that takes over from another is no news. Pure."""

from __future__ import annotations

_KIN = {
    "tension_crack": "head_loss",
    "accelerating_drawdown": "head_loss",
    "recovering": "head_loss",
    "acid_water_ph": "acid_water",
}


def kin(mechanism: str) -> str:
    """The name of its kind: its own for most."""
    return _KIN.get(mechanism, mechanism)
