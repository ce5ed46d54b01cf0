"""How grave a well's score is: the level, and the thresholds that made it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Severity
from agent.watch.ground.signs import WETTER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.watch.ground.signs import Score

TOLD_FROM = 0.6
AMBER, _ORANGE = 1.0, 2.0
_WITNESSES = 2
_RED_M, _RED_AFTER_H = 1.0, 12  # a metre that has not come back
_CONFIRMED_RED_AFTER_H = 24


def level_of(score: Score, witnesses: int, amber_h: int) -> tuple[Severity, Mapping[str, float]]:
    """The level, and every number and threshold that made it.

    Args:
        score: of the well, told from `TOLD_FROM` on.
        witnesses: so many wells that say the same, and gauges that move.
        amber_h: so many hours it has had enough for amber.
    """
    made = {"evidence_share": score.share, "evidence_share_from": TOLD_FROM}
    if score.share < AMBER:
        return Severity.BLUE, made
    made |= {"evidence_share_from": AMBER, "witnesses": float(witnesses), "amber_h": float(amber_h)}
    second = {"witnesses_from": float(_WITNESSES)} if witnesses >= _WITNESSES else {}
    if abs(score.evidence[score.measure]) >= _RED_M and amber_h >= _RED_AFTER_H:
        return Severity.RED, {**made, f"{score.measure}_from": _RED_M, "amber_h_from": float(_RED_AFTER_H)}
    confirmed = bool(second) or soil_speaks(score)
    if confirmed and amber_h >= _CONFIRMED_RED_AFTER_H:
        return Severity.RED, {**made, **second, "amber_h_from": float(_CONFIRMED_RED_AFTER_H)}
    if confirmed:
        return Severity.ORANGE, {**made, **second}
    if score.share >= _ORANGE:
        return Severity.ORANGE, {**made, "evidence_share_from": _ORANGE}
    return Severity.YELLOW, made


def soil_speaks(score: Score) -> bool:
    """Whether the soil bears witness: a step down with a loss, wetter than ever with a rise."""
    if score.mechanism == "tension_crack":
        return True
    return score.mechanism == "pore_pressure_rise" and score.evidence["moisture_rise_m3_m3"] >= WETTER
