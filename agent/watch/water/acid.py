"""Acid drainage: four rules over the same signs; the gravest speaks. Pure.

Levels: yellow when a rule has enough; orange when that has lasted for a day (where a rule takes days by
itself, four) and is still growing; red when acid water is below the site's limit of pH.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Severity
from agent.watch.contract import HOUR, Assessment
from agent.watch.levels.kin import kin
from agent.watch.measures.robust import percent
from agent.watch.plan import Plan
from agent.watch.water.rules import Alone, Both, Creep, Metal
from agent.watch.water.signs import Signs, Witnesses
from agent.watch.water.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.watch.contract import Block

    Rule = Both | Alone | Metal | Creep

_ORANGE_SHARE = 1.4
_ORANGE_H, _SLOW_ORANGE_H = 24.0, 96.0
_CONFIDENCE, _CONFIDENCE_A_SHARE, _MOST_CONFIDENT = 0.7, 0.4, 0.95


class Acid:
    """The detector, of one station.

    Args:
        plan: of the site.
    """

    def __init__(self, plan: Plan = Plan()) -> None:  # noqa: B008 - immutable
        self._plan = plan
        self.witnesses = Witnesses()
        evidence = plan.acid_drainage.evidence
        self._rules: tuple[Rule, ...] = (
            Both(evidence),
            Alone(evidence),
            Metal(evidence),
            Creep(evidence, plan.ph_low),
        )
        self._stands = False

    def add(self, block: Block) -> Sequence[Assessment]:
        """What it thinks of the next block: nothing, or one assessment."""
        signs = self.witnesses.add(block)
        over = [rule for rule in self._rules if rule.add(block.number, signs, stands=self._stands)]
        asked = [self._assess(signs, rule) for rule in over]
        return [max(asked, key=lambda each: (each.level, each.confidence))] if asked else []

    @property
    def shares(self) -> Mapping[str, float]:
        """By rule: the share of what it needs that it has gathered."""
        return {rule.mechanism: rule.gathered.share for rule in self._rules}

    def hears(self, told: Assessment | None) -> bool:
        """Whether the newest block could be judged by a rule of the kind that was told; or by any."""
        heard = {kin(rule.mechanism) for rule in self._rules if rule.gathered.judged}
        known = {kin(rule.mechanism) for rule in self._rules}
        return bool(heard) if told is None else not heard.isdisjoint({kin(told.mechanism)} & known or known)

    def hold(self, number: int, *, stands: bool) -> None:
        """Whether a finding stands: what it does is not what is usual, so nothing is learned from it."""
        self._stands = stands
        self.witnesses.hold(number, stands=stands)

    def _assess(self, signs: Signs, rule: Rule) -> Assessment:
        share = rule.gathered.share
        cause, advice = WORDS[rule.mechanism]
        confidence = min(_MOST_CONFIDENT, _CONFIDENCE + _CONFIDENCE_A_SHARE * (share - 1.0))
        level, made = self._level(signs, rule)
        evidence = _beside(signs) | made | rule.held(signs)
        return Assessment(
            level,
            confidence,
            {name: round(value, 3) for name, value in evidence.items()},
            cause,
            advice,
            mechanism=rule.mechanism,
            channels=rule.channels(signs),
        )

    def _level(self, signs: Signs, rule: Rule) -> tuple[Severity, dict[str, float]]:
        """The level, and the numbers and thresholds that made it."""
        share, for_h = rule.gathered.share, rule.gathered.since / HOUR
        made = {"evidence_share": share, "evidence_share_from": 1.0, "for_h": for_h}
        if rule.is_acid and signs.ph is not None and signs.ph < self._plan.ph_low:
            return Severity.RED, {"ph": signs.ph, "ph_from": self._plan.ph_low} | made
        # What takes days to show has gone on for a day when it is told: only more of it is news.
        orange_h = _ORANGE_H if rule.is_acid else _SLOW_ORANGE_H
        if for_h >= orange_h and share >= _ORANGE_SHARE:
            return Severity.ORANGE, made | {"evidence_share_from": _ORANGE_SHARE, "for_h_from": orange_h}
        return Severity.YELLOW, made


def _beside(signs: Signs) -> dict[str, float]:
    """What else is worth knowing."""
    found = {
        "ph_below_weeks": None if signs.slow_ph is None else -signs.slow_ph.from_level,
        "ec_above_weeks_pct": None if signs.slow_ec is None else percent(signs.slow_ec.from_level),
        "rain_48h_mm": signs.rain_mm,
        "orp_mv": signs.orp_mv,
        "turbidity_above_weeks_ntu": signs.cloudy_ntu,
    }
    return {name: value for name, value in found.items() if value is not None}
