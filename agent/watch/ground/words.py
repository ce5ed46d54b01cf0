"""What is said of a ground finding: what it looks like, why it is nothing else, what to do first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CAUSES = {
    "head_loss": (
        "The head is {head_below_m:.2f} m below the lowest of the days before and does not come back: water "
        "is lost downwards, as when strata open. Air and rain explain {explained_m:+.2f} m, and up to "
        "{doubt_m:.2f} m more."
    ),
    "tension_crack": (
        "Moisture fell by {moisture_step_m3_m3:.3f} m3/m3 at once, faster than soil dries, and the head by "
        "{head_below_m:.2f} m: the ground may have cracked."
    ),
    "pore_pressure_rise": (
        "The head is {head_above_m:.2f} m above the highest of the days before. Air and rain "
        "({rain_5d_mm:.0f} mm in five days) explain {explained_m:+.2f} m beside it, and up to "
        "{doubt_m:.2f} m more."
    ),
    "accelerating_drawdown": (
        "The head falls by {loss_m_per_d:.3f} m a day, after {loss_before_m_per_d:.3f} m at the beginning of "
        "the last {over_h:.0f} hours, and is {head_below_m:.2f} m below the lowest of the days before: a "
        "recession slows down, leaks do not."
    ),
    "recovering": (
        "The head fell by {head_below_m:.2f} m and comes back as a pumped well does: likely purged or tested."
    ),
}
_ADVICE = {
    "head_loss": "Was the well pumped? Dip it by hand; look for cracks and sinkholes around it.",
    "tension_crack": "Keep people off the edge; look for open cracks; dip the well by hand.",
    "pore_pressure_rise": (
        "Keep people off and below the slope; check drains, pond level and springs; dip the well by hand."
    ),
    "accelerating_drawdown": "Dip the well by hand; look for piping, springs, sinkholes; who pumps nearby?",
    "recovering": "Ask who was at the well. Nothing else, if it goes on coming back.",
}


def cause(mechanism: str, evidence: Mapping[str, float]) -> str:
    """In words, with the numbers that made it."""
    return _CAUSES[mechanism].format(**evidence)


def advice(mechanism: str) -> str:
    """What a person should do first."""
    return _ADVICE[mechanism]
