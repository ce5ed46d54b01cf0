"""What a sick probe is said to be, and what to do: an advisory, never an environmental alarm. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Severity
from agent.watch.contract import Assessment

if TYPE_CHECKING:
    from collections.abc import Mapping

# By mechanism: what it looks like, what to do. First those of `sick_water.Ill`, last those of the ground.
_WORDS = {
    "unplugged": (
        "It gives no value, or one at the end of its range.",
        "Look at the plug, the cable, the supply.",
    ),
    "floating": (
        "Its value jumps to and fro as no water does.",
        "Look for a broken wire, air or an open input.",
    ),
    "stuck": ("Its value does not move at all.", "Restart the probe; see that it hangs in the water."),
    "cracked_glass": (
        "pH went to 7 within hours and has stayed there without following the day, as cracked glass does.",
        "Check the probe in a buffer other than 7 and replace it if it still reads 7.",
    ),
    "drift": (
        "pH has crept away from its last weeks while conductivity has not.",
        "Check the probe in two buffers; clean the junction; calibrate.",
    ),
    "fouling": (
        "It creeps day after day while the other probes of the water do not: its window or cell is coated.",
        "Wipe the probe; note the visit.",
    ),
    "in_air": (
        "It conducts next to nothing: it hangs in air, or its cell is empty.",
        "See that it hangs in the water.",
    ),
    "short_circuit": (
        "It gave nothing, and now ten times what it did: a wet plug or a damaged cable.",
        "Look at the plug and the cable; dry them.",
    ),
    "lone_step": (
        "pH changed at once while conductivity did not: a calibration, a cleaning, or damage.",
        "If nobody was there, check the probe in two buffers.",
    ),
    "bottle": (
        "It reads what a buffer or a standard reads.",
        "Announce visits with `skyground visit start`.",
    ),
    "silent": ("It gives no value, or none that can be used.", "Look at the plug, the cable, the supply."),
    "dead": ("It jumped and has given the same digits since.", "Look at the plug, the cable, the supply."),
    "touched": (
        "It stepped within an hour and rests: somebody or something touched it, or a block slipped.",
        "Look at the gauge and its fixings; read it by hand.",
    ),
    "lost_touch": (
        "Moisture fell at once, faster than soil dries, and no head with it: it lost touch with the soil.",
        "See that it sits firmly; look for a crack beside it.",
    ),
    "thrashing": (
        "Its value jumps to and fro as no ground does.",
        "Look for a broken wire or an open input.",
    ),
}


def advisory(
    channel: str, mechanism: str, evidence: Mapping[str, float], confidence: float = 0.8
) -> Assessment:
    """What to tell of a channel."""
    cause, advice = _WORDS[mechanism]
    return Assessment(Severity.BLUE, confidence, evidence, cause, advice, channel, mechanism)
