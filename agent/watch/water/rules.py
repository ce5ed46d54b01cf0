"""Four ways in which water tells of acid drainage. Pure.

Each rule scores a block: above 0 for, below 0 against. Scores are gathered, so strong evidence is enough in
hours and weak evidence must last. Each is measured against the site's own record of calm days.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from agent.watch.contract import HOUR
from agent.watch.measures.gathered import Gathered
from agent.watch.measures.record import OwnRecord
from agent.watch.water.signs import WET_MM

if TYPE_CHECKING:
    from agent.watch.measures.slow import Departure
    from agent.watch.water.signs import Signs

_OVER_RECORD = 1.2  # times the site's own record of calm days


class Both:
    """Below all days but one in pH and above all but one in conductivity: two probes agree (Gray 1996)."""

    mechanism = "acid_water"
    _NEED_PH, _NEED_EC = 0.1, 0.03  # beyond instrument error, each; together they are evidence
    _MOST_SPREADS, _MOST_TIMES_PH, _MOST_TIMES_EC = 2.0, 2.0, 3.0
    # A great fall of pH makes up for little conductivity, never for none.
    _LEAST = 0.9
    _MOST, _MOST_IN_BOTTLE, _MOST_AT_SEVEN = 2.5, 0.8, 0.5

    def __init__(self) -> None:
        self.gathered = Gathered(16.0)
        self._record = OwnRecord(held=2 * HOUR)

    def add(self, number: int, signs: Signs, *, stands: bool) -> bool:
        """Whether there is enough."""
        joint = self._joint(signs)
        score = None
        if joint is not None:
            scale = max(1.0, _OVER_RECORD * self._record.value)
            score = max(-1.0, min(joint / scale - 1.0, self._most(signs)))
        self._record.add(number, None if signs.bottled or stands else joint)
        return self.gathered.add(score)

    def _joint(self, signs: Signs) -> float | None:
        """The weaker of both in units of what it needs; from 1 on it is evidence."""
        if signs.drop is None or signs.rise is None:
            return None
        spread_ph = min(self._MOST_SPREADS * signs.drop_spread, self._MOST_TIMES_PH * self._NEED_PH)
        spread_ec = min(signs.rise_spread, self._MOST_TIMES_EC * self._NEED_EC)
        ph = signs.drop / max(self._NEED_PH, spread_ph)
        ec = min(signs.rise / max(self._NEED_EC, spread_ec), self._MOST + 1.0)
        if ph > ec >= self._LEAST:
            ec = math.sqrt(ph * ec)
        return min(ph, ec)

    def _most(self, signs: Signs) -> float:
        """What may be a visit or the glass must last longer than they do."""
        if signs.bottled:
            return self._MOST_IN_BOTTLE
        return self._MOST_AT_SEVEN if signs.at_seven else self._MOST


class Alone:
    """PH lower than rain and dilution can make it, whatever conductivity says.

    Halving the alkalinity takes 0.3 off pH; soft rain water and its carbon dioxide some more.
    """

    mechanism = "acid_water_ph"
    _RAIN_PH, _DILUTION_PH = 0.3, 0.5  # at once, and for each e-fold of dilution
    _DILUTED = 0.1
    _NEED_PH, _BIAS = 0.25, 0.2
    _MOST, _CONTRADICTED = 1.5, 0.3
    _NOT_ACID = 6.75  # above it a fall of pH alone may be the probe

    def __init__(self) -> None:
        self.gathered = Gathered(20.0)

    def add(self, _number: int, signs: Signs, *, stands: bool) -> bool:
        """Whether there is enough."""
        del stands
        return self.gathered.add(self._score(signs))

    def _score(self, signs: Signs) -> float | None:
        if signs.drop is None or signs.ph is None:
            return None
        diluted = max(0.0, -(signs.rise_level or 0.0))
        beyond = signs.drop - self._RAIN_PH - self._DILUTION_PH * diluted
        score = min(self._MOST, beyond / max(self._NEED_PH, 2.0 * signs.drop_spread) - self._BIAS)
        if score <= 0.0:
            return max(-1.0, score)
        if signs.at_seven:
            return 0.0
        # Conductivity that could speak and does not, contradicts; rain and a probe that is out excuse it.
        excused = signs.rise_level is None or signs.rain_mm >= WET_MM or diluted > self._DILUTED
        doubtful = not excused or signs.bottled or signs.ph > self._NOT_ACID
        return score * self._CONTRADICTED if doubtful else score


class Metal:
    """Metals without acid: conductivity far above its days and weeks, for longer than salt off a road."""

    mechanism = "neutral_drainage"
    _FROM, _FULL = 0.235, 0.1  # logarithms: a dry spell concentrates by less than the first
    _KEPT = 0.7  # of its highest: what is washed off a road comes at once and goes, a seep stays

    def __init__(self) -> None:
        self.gathered = Gathered(40.0)
        self._record = OwnRecord(held=8 * HOUR, lag_days=5)
        self._rises: deque[float] = deque(maxlen=12 * HOUR)

    def add(self, number: int, signs: Signs, *, stands: bool) -> bool:
        """Whether there is enough."""
        score = kept = None
        if signs.rise is not None and signs.ec is not None:
            rise = signs.rise
            if signs.slow_ec is not None:
                rise = max(rise, signs.ec - signs.slow_ec.high - signs.slow_ec.usual)
            self._rises.append(rise)
            kept = rise if rise >= self._KEPT * max(self._rises) else 0.0
            zero = max(self._FROM, min(2.0 * signs.rise_spread, 2.0 * self._FROM))
            zero = max(zero, _OVER_RECORD * self._record.value)
            score = max(-1.0, min(1.0, (kept - zero) / self._FULL))
        self._record.add(number, None if stands else kept)
        return self.gathered.add(score)


class Creep:
    """Weeks of decline: both leave their last weeks together, where an ageing electrode is alone."""

    mechanism = "slow_acidification"
    _NEED_PH, _NEED_EC = 0.14, 0.03
    _STILL_PH, _STILL_EC, _JUMP_EC = -0.01, -0.002, 0.16  # in two days
    _STEP = 0.5

    def __init__(self) -> None:
        self.gathered = Gathered(48.0)
        self._record = OwnRecord(held=1, lag_days=14)

    def add(self, number: int, signs: Signs, *, stands: bool) -> bool:
        """Whether there is enough."""
        score = joint = None
        ph, ec = signs.slow_ph, signs.slow_ec
        if ph is not None and ec is not None:
            joint = min(
                -ph.from_level / (self._NEED_PH + ph.usual), ec.from_level / (self._NEED_EC + ec.usual)
            )
            over = joint / max(1.0, _OVER_RECORD * self._record.value) - 1.0
            if over > 0.0:
                score = min(1.0, self._STEP + over) if self._goes_on(ph, ec) else 0.0
            else:
                score = max(-1.0, over)
        self._record.add(number, None if stands else joint)
        return self.gathered.add(score)

    def _goes_on(self, ph: Departure, ec: Departure) -> bool:
        """Not what a flood or a wash of salt left behind."""
        if ph.change is None or ec.change is None:
            return False
        return ph.change <= self._STILL_PH and self._STILL_EC <= ec.change <= self._JUMP_EC
