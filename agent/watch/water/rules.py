"""Four ways in which water tells of acid drainage. Pure.

Each rule scores a block: above 0 for, below 0 against. Scores are gathered, so strong evidence is enough in
hours and weak evidence must last. Each is measured against the site's own record of calm days. `held` tells
the numbers of the newest block, each beside the threshold `..._from` from which on it is evidence.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from agent.watch.contract import HOUR
from agent.watch.measures.gathered import Gathered
from agent.watch.measures.record import OwnRecord
from agent.watch.measures.robust import percent
from agent.watch.measures.slow import STEP
from agent.watch.water.signs import FERRIC_MV, WET_MM

if TYPE_CHECKING:
    from agent.watch.measures.trend import Move, Trend
    from agent.watch.water.signs import Signs

_OVER_RECORD = 1.2  # times the site's own record of calm days


def _both_channels(signs: Signs) -> tuple[str, ...]:
    return tuple(name for name in (signs.ph_channel, signs.ec_channel) if name)


class Both:
    """Below all days but one in pH and above all but one in conductivity: two probes agree (Gray 1996).

    Args:
        evidence: times what is enough by default.
    """

    mechanism = "acid_water"
    is_acid = True
    _NEED_PH, _NEED_EC = 0.1, 0.03  # beyond instrument error, each; together they are evidence
    _MOST_SPREADS, _MOST_TIMES_PH, _MOST_TIMES_EC = 2.0, 2.0, 3.0
    # A great fall of pH makes up for little conductivity, never for none.
    _LEAST = 0.9
    _MOST, _MOST_IN_BOTTLE, _MOST_AT_SEVEN = 2.5, 0.8, 0.5

    def __init__(self, evidence: float = 1.0) -> None:
        self.gathered = Gathered(16.0 * evidence)
        self._record = OwnRecord(held=2 * HOUR, days=18)

    def add(self, number: int, signs: Signs, *, stands: bool) -> bool:
        """Whether there is enough."""
        joint = self._joint(signs)
        score = None if joint is None else max(-1.0, min(joint / self._scale - 1.0, self._most(signs)))
        self._record.add(number, None if signs.bottled or stands else joint)
        return self.gathered.add(score, held=signs.ph_held and signs.ec_held)

    def held(self, signs: Signs) -> dict[str, float]:
        """The numbers of a block and their thresholds; nothing while one of them is unknown."""
        if signs.drop is None or signs.rise is None:
            return {}
        need_ph, need_ec = self._needs(signs)
        return {
            "ph_below_lowest_days": signs.drop,
            "ph_below_lowest_days_from": need_ph * self._scale,
            "ec_above_highest_days_pct": percent(signs.rise),
            "ec_above_highest_days_pct_from": percent(need_ec * self._scale),
        }

    def channels(self, signs: Signs) -> tuple[str, ...]:
        """Whose numbers they are."""
        return _both_channels(signs)

    @property
    def _scale(self) -> float:
        return max(1.0, _OVER_RECORD * self._record.value)

    def _needs(self, signs: Signs) -> tuple[float, float]:
        """Of pH and of conductivity on this site."""
        spread_ph = min(self._MOST_SPREADS * signs.drop_spread, self._MOST_TIMES_PH * self._NEED_PH)
        spread_ec = min(signs.rise_spread, self._MOST_TIMES_EC * self._NEED_EC)
        return max(self._NEED_PH, spread_ph), max(self._NEED_EC, spread_ec)

    def _joint(self, signs: Signs) -> float | None:
        """The weaker of both in units of what it needs; from 1 on it is evidence."""
        if signs.drop is None or signs.rise is None:
            return None
        need_ph, need_ec = self._needs(signs)
        ph, ec = signs.drop / need_ph, min(signs.rise / need_ec, self._MOST + 1.0)
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

    Args:
        evidence: times what is enough by default.
    """

    mechanism = "acid_water_ph"
    is_acid = True
    _RAIN_PH, _DILUTION_PH = 0.3, 0.5  # at once, and for each e-fold of dilution
    _DILUTED = 0.1
    _NEED_PH, _BIAS = 0.25, 0.2
    _MOST, _CONTRADICTED = 1.5, 0.3
    _NOT_ACID = 6.75  # above it a fall of pH alone may be the probe

    def __init__(self, evidence: float = 1.0) -> None:
        self.gathered = Gathered(20.0 * evidence)

    def add(self, _number: int, signs: Signs, *, stands: bool) -> bool:
        """Whether there is enough."""
        del stands
        return self.gathered.add(self._score(signs), held=signs.ph_held)

    def held(self, signs: Signs) -> dict[str, float]:
        """The number of a block and its threshold; nothing while it is unknown."""
        if signs.drop is None:
            return {}
        least = self._explained(signs) + self._BIAS * self._need(signs)
        found = {"ph_below_lowest_days": signs.drop, "ph_below_lowest_days_from": least}
        if signs.ferric and signs.orp_mv is not None:
            found |= {"orp_mv": signs.orp_mv, "orp_mv_from": FERRIC_MV}
        return found

    def channels(self, signs: Signs) -> tuple[str, ...]:
        """Whose numbers they are."""
        return (signs.ph_channel,) if signs.ph_channel else ()

    def _explained(self, signs: Signs) -> float:
        """So far rain and dilution take pH."""
        return self._RAIN_PH + self._DILUTION_PH * self._diluted(signs)

    def _diluted(self, signs: Signs) -> float:
        return max(0.0, -(signs.rise_level or 0.0))

    def _need(self, signs: Signs) -> float:
        return max(self._NEED_PH, 2.0 * signs.drop_spread)

    def _score(self, signs: Signs) -> float | None:
        if signs.drop is None or signs.ph is None:
            return None
        beyond = (signs.drop - self._explained(signs)) / self._need(signs)
        score = min(self._MOST, beyond - self._BIAS)
        if score <= 0.0:
            return max(-1.0, score)
        if signs.at_seven:
            return 0.0
        return score * self._CONTRADICTED if self._is_doubtful(signs) else score

    def _is_doubtful(self, signs: Signs) -> bool:
        """Conductivity that could speak and does not, contradicts; rain and a probe that is out excuse it.

        Redox that speaks for ferric iron is a second witness.
        """
        if signs.ferric:
            return signs.bottled
        diluted = self._diluted(signs) > self._DILUTED
        excused = signs.rise_level is None or signs.rain_mm >= WET_MM or diluted
        return not excused or signs.bottled or (signs.ph is not None and signs.ph > self._NOT_ACID)


class Metal:
    """Metals without acid: conductivity far above its days and weeks, for longer than salt off a road.

    Args:
        evidence: times what is enough by default.
    """

    mechanism = "neutral_drainage"
    is_acid = False
    _FROM, _FULL = 0.235, 0.1  # logarithms: a dry spell concentrates by less than the first
    _KEPT = 0.7  # of its highest: what is washed off a road comes at once and goes, a seep stays

    def __init__(self, evidence: float = 1.0) -> None:
        self.gathered = Gathered(40.0 * evidence)
        self._record = OwnRecord(held=8 * HOUR, lag_days=5, days=18)
        self._rises: deque[float] = deque(maxlen=12 * HOUR)

    def add(self, number: int, signs: Signs, *, stands: bool) -> bool:
        """Whether there is enough."""
        score = kept = None
        rise = self._rise(signs)
        if rise is not None:
            self._rises.append(rise)
            kept = rise if rise >= self._KEPT * max(self._rises) else 0.0
            score = max(-1.0, min(1.0, (kept - self._from(signs)) / self._FULL))
        self._record.add(number, None if stands else kept)
        return self.gathered.add(score, held=signs.ec_held)

    def held(self, signs: Signs) -> dict[str, float]:
        """The number of a block and its threshold; nothing while it is unknown."""
        rise = self._rise(signs)
        if rise is None:
            return {}
        return {"ec_above_pct": percent(rise), "ec_above_pct_from": percent(self._from(signs))}

    def channels(self, signs: Signs) -> tuple[str, ...]:
        """Whose numbers they are."""
        return (signs.ec_channel,) if signs.ec_channel else ()

    def _rise(self, signs: Signs) -> float | None:
        """Above the days or the weeks before, whichever is more."""
        if signs.rise is None or signs.ec is None or signs.slow_ec is None:
            return signs.rise
        return max(signs.rise, signs.ec - signs.slow_ec.high - signs.slow_ec.usual)

    def _from(self, signs: Signs) -> float:
        of_site = max(self._FROM, min(2.0 * signs.rise_spread, 2.0 * self._FROM))
        return max(of_site, _OVER_RECORD * self._record.value)


class Creep:
    """Days and weeks of decline: both go their way together, where an ageing electrode is alone.

    A step is no decline: both must be on their way in the middle of the last five days.

    Args:
        evidence: times what is enough by default.
        ph_low: the site's lower limit of pH.
    """

    mechanism = "slow_acidification"
    is_acid = False
    _NEED_PH, _NEED_EC = 0.12, 0.03
    _OWN = 1.5  # standard deviations of what the site does by itself, on top of the need
    _PACE_PH, _PACE_EC = -0.02, 0.002  # a day
    _WASH_EC = 0.08  # a day: what goes up quicker was washed in, or comes back after dilution
    _GREAT_FALL = 1.25  # makes up for a fifth of the conductivity that is wanting, no more
    _STEP, _MOST = 0.5, 2.0
    _ERROR_PH, _ERROR_EC = 0.05, 0.03  # of instruments, from the weeks before
    # Bicarbonate holds water at 6.3 to 6.9 while there is any: below, a probe has no benefit of the doubt.
    _NEAR_LIMIT = 0.5

    def __init__(self, evidence: float = 1.0, ph_low: float = 6.0) -> None:
        self.gathered = Gathered(36.0 * evidence)
        self._near_limit = ph_low + self._NEAR_LIMIT
        self._joint: tuple[float, int] | None = None

    def add(self, number: int, signs: Signs, *, stands: bool) -> bool:
        """Whether there is enough."""
        del stands
        ph, ec = signs.trend_ph, signs.trend_ec
        if signs.ph is None or signs.ec is None:
            return self.gathered.add(None)
        if ph is None or ec is None or not ph.moves or not ec.moves:
            return self.gathered.add(None)
        if self._joint is None or number % STEP == 0:
            self._joint = self._weigh(ph, ec)
        over = self._joint[0] - 1.0
        if over < 0.0:
            return self.gathered.add(max(-1.0, over))
        goes_on = ph.pace <= self._PACE_PH and ec.pace >= self._PACE_EC
        goes_on &= signs.ph < self._near_limit or self._left_weeks(signs)
        return self.gathered.add(min(self._MOST, self._STEP + over) if goes_on else 0.0)

    def held(self, signs: Signs) -> dict[str, float]:
        """The numbers over the span that shows it best, and their thresholds; nothing while unknown."""
        ph, ec, days = signs.trend_ph, signs.trend_ec, self._joint[1] if self._joint else 0
        if ph is None or ec is None or days not in ph.moves or days not in ec.moves:
            return {}
        return {
            "ph_fall": -ph.moves[days].by,
            "ph_fall_from": self._need(self._NEED_PH, ph.moves[days]),
            "ec_rise_pct": percent(ec.moves[days].by),
            "ec_rise_pct_from": percent(self._need(self._NEED_EC, ec.moves[days])),
            "over_d": float(days),
        }

    def channels(self, signs: Signs) -> tuple[str, ...]:
        """Whose numbers they are."""
        return _both_channels(signs)

    def _weigh(self, ph: Trend, ec: Trend) -> tuple[float, int]:
        """The weaker of both in units of what it needs, over the span that shows it best; and that span."""
        both = ph.moves.keys() & ec.moves.keys()
        known = [days for days in both if ec.moves[days].by <= self._WASH_EC * days]
        return max(((self._weaker(ph.moves[days], ec.moves[days]), days) for days in known), default=(0.0, 0))

    def _left_weeks(self, signs: Signs) -> bool:
        """Both are away from the weeks before, not on their way back to them after a flood."""
        if signs.slow_ph is None or signs.slow_ec is None:
            return False
        return signs.slow_ph.from_level <= -self._ERROR_PH and signs.slow_ec.from_level >= self._ERROR_EC

    def _need(self, least: float, move: Move) -> float:
        return least + self._OWN * move.usual

    def _weaker(self, of_ph: Move, of_ec: Move) -> float:
        ph = -of_ph.by / self._need(self._NEED_PH, of_ph)
        ec = of_ec.by / self._need(self._NEED_EC, of_ec)
        return min(math.sqrt(ph * ec), self._GREAT_FALL * ec) if ph > ec > 0.0 else min(ph, ec)
