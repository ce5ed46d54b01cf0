"""What is said of a ground finding: what it looks like, why it is nothing else, what to do first. Pure.

The numbers stand beside it, each with what it was held against.
"""

from __future__ import annotations

# By mechanism: the cause in words, what to do first.
WORDS = {
    "head_loss": (
        (
            "The head is below the days before by more than air and rain explain, and does not come back: "
            "water is lost downwards, as when strata open."
        ),
        "Was the well pumped? Dip it by hand; look for cracks and sinkholes around it.",
    ),
    "tension_crack": (
        "Moisture fell at once, faster than soil dries, and the head with it: the ground may have cracked.",
        "Keep people off the edge; look for open cracks; dip the well by hand.",
    ),
    "pore_pressure_rise": (
        "The head is above the days before by more than air and rain explain: the slope bears less.",
        "Keep people off and below the slope; check drains, pond level and springs; dip the well by hand.",
    ),
    "accelerating_drawdown": (
        "The head falls quicker every day, below the days before: a recession slows down, leaks do not.",
        "Dip the well by hand; look for piping, springs, sinkholes; who pumps nearby?",
    ),
    "recovering": (
        "The head fell and comes back as a pumped well does: likely purged or tested.",
        "Ask who was at the well. Nothing else, if it goes on coming back.",
    ),
}
