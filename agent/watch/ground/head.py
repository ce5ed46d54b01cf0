"""One piezometer: its head without air and rain, and how far that left what was usual. Pure.

Hour by hour. What air and rain do is learned once a day from the last month (`response`), and all hours
kept are then corrected anew, so that old and new can be compared. How much this head changes for no known
reason is learned with it: no alarm is finer than that.
"""

from __future__ import annotations

from math import expm1
from typing import TYPE_CHECKING, NamedTuple

from agent.watch.ground.barometric import Air
from agent.watch.ground.rain import Storage
from agent.watch.ground.response import UNKNOWN, learn
from agent.watch.measures.history import History
from agent.watch.measures.robust import median, quantile, slope

if TYPE_CHECKING:
    from agent.watch.ground.response import Response

DAY_H = 24
KEPT_H = 30 * DAY_H
_LEARNING_H = 7 * DAY_H
_NOT_YET_H = 4 * DAY_H  # the newest are not learned from: an event is no habit, a storm may be on its way
_NO_HABIT_YET_H = 7 * DAY_H  # what grows slowly is no habit either
_RESTLESS_SHARE = 0.95
_RESTLESS_M = 0.15  # while it is not known
_SURE_LOST_H, _SURE_RISEN_H = 4, 2
_AGREE = 2  # hours that say the same
_BEFORE_H = 5 * DAY_H
_LEAST_BEFORE = 2 * DAY_H
_LOW, _HIGH = 0.05, 0.95
_LEAST_M = 0.05  # less is far from any alarm
_TREND_AT_MOST_M_PER_D = 0.012
_PURGED_E_FOLD_H = 10.0
_RAIN_DOUBT = 0.35
_SURE_TIMES = 1.5  # standard deviations of what was learned
_PER_MM_DOUBT = 0.005  # dry ground swallows what wet ground passes on
_AIR_DOUBT = 0.3
_ARRIVES_H = 2 * DAY_H


class Change(NamedTuple):
    """How far the head has left what was usual before.

    Attributes:
        m: beyond the lowest (or highest) usual level and its trend; as the last hours all agree on.
        doubt_m: what air and rain may explain of it beyond what was taken off.
        explained_m: what was taken off.
    """

    m: float
    doubt_m: float
    explained_m: float


class Head:
    """One channel's month."""

    def __init__(self) -> None:
        self._raw, self._air, self._rain = History(KEPT_H), History(KEPT_H), History(KEPT_H)
        self._by_air, self._stored_mm = History(KEPT_H), History(KEPT_H)
        self._airless, self._clean = History(KEPT_H), History(KEPT_H)
        self._first: int | None = None
        self.response: Response = UNKNOWN
        self._felt, self._stored = Air(0.0), Storage(UNKNOWN.kernel)
        self._usual_kpa = 0.0
        self.restless_m = _RESTLESS_M
        """What a day's change without cause usually stays below."""
        self.now = -1

    def add(self, hour: int, head_m: float | None, air_kpa: float | None, rain_mm: float | None) -> None:
        """The next hour."""
        if self._first is None:
            if head_m is None:
                return
            self._first = hour
        for history, value in ((self._raw, head_m), (self._air, air_kpa), (self._rain, rain_mm)):
            history.add(hour, value)
        self.now = hour
        if hour % DAY_H == 0 and hour - self._first >= _LEARNING_H:
            self._learn(hour)
        else:
            self._correct(hour)

    @property
    def ready(self) -> bool:
        """Whether it has seen enough to speak."""
        return self._first is not None and self.now - self._first >= _LEARNING_H

    @property
    def speaks(self) -> bool:
        """Whether the newest hour can be judged: it and enough of those around it and before it are known."""
        end = self.now - DAY_H
        return (
            self.ready
            and self._raw.at(self.now) is not None
            and len(self.recent(_SURE_LOST_H)) >= _AGREE
            and len(self._clean.known(end - _BEFORE_H + 1, end)) >= _LEAST_BEFORE
        )

    def _learn(self, hour: int) -> None:
        first, last = max(hour - KEPT_H + 1, self._first or 0), hour - _NOT_YET_H
        hours = range(first, last + 1)
        self.response = learn(
            [self._raw.at(each) for each in hours],
            [self._air.at(each) for each in hours],
            [self._rain.at(each) for each in hours],
        )
        self._felt, self._stored = Air(self.response.lag_h), Storage(self.response.kernel)
        airs = self._air.known(first, hour)
        self._usual_kpa = median(airs) if airs else 0.0
        for history in (self._by_air, self._stored_mm, self._airless, self._clean):
            history.newest = -1
        for each in range(first, hour + 1):
            self._correct(each)
        self.restless_m = self._restless(first, hour - _NO_HABIT_YET_H)

    def _correct(self, hour: int) -> None:
        raw, response = self._raw.at(hour), self.response
        felt = self._felt.add(self._air.at(hour))
        by_air = 0.0 if felt is None else response.per_kpa * (felt - self._usual_kpa)
        stored = self._stored.add(self._rain.at(hour) or 0.0)
        self._by_air.add(hour, by_air)
        self._stored_mm.add(hour, stored)
        airless = None if raw is None else raw - by_air
        self._airless.add(hour, airless)
        self._clean.add(hour, None if airless is None else airless - response.per_mm * stored)

    def _restless(self, first: int, last: int) -> float:
        changes = []
        for hour in range(first + DAY_H, last + 1, 3):
            now, before = self._clean.at(hour), self._clean.at(hour - DAY_H)
            if now is not None and before is not None:
                changes.append(abs(now - before))
        return quantile(changes, _RESTLESS_SHARE) if len(changes) >= DAY_H // 2 else _RESTLESS_M

    def recent(self, hours: int) -> list[float]:
        """The corrected heads of the last hours, as far as known."""
        return self._clean.known(self.now - hours + 1, self.now)

    def lost(self, over_h: int) -> Change | None:
        """Below the lowest level of the days before the last `over_h` hours. None: it is not, or unknown."""
        return self._left(over_h, -1.0)

    def risen(self, over_h: int) -> Change | None:
        """Above the highest usual level of the days before; else as `lost`."""
        return self._left(over_h, 1.0)

    def _left(self, over_h: int, sign: float) -> Change | None:
        sure = self.recent(_SURE_RISEN_H if sign > 0.0 else _SURE_LOST_H)
        end = self.now - over_h
        before = self._clean.known(end - _BEFORE_H + 1, end)
        if len(sure) < _AGREE or len(before) < _LEAST_BEFORE:
            return None
        usual = quantile(before, _HIGH if sign > 0.0 else _LOW)
        change = min(sign * (value - usual) for value in sure)
        if change < _LEAST_M:
            return None
        trend = max(-_TREND_AT_MOST_M_PER_D, min(_TREND_AT_MOST_M_PER_D, self._trend(end)))
        drift = max(0.0, sign * trend) * (over_h + 0.5 * _BEFORE_H) / DAY_H
        return Change(change - drift, *self._doubt(end, sign))

    def _trend(self, end: int) -> float:
        days = []
        for ago in range(8):
            values = self._clean.known(end - (ago + 1) * DAY_H + 1, end - ago * DAY_H)
            if values:
                days.append((-float(ago), median(values)))
        return slope(days[::-1])

    def _doubt(self, end: int, sign: float) -> tuple[float, float]:
        """How wrong air and rain may be taken off; what was taken off."""
        response = self.response
        stored, stored_spread = self._differs(self._stored_mm, end)
        air, air_spread = self._differs(self._by_air, end)
        known = _RAIN_DOUBT * response.per_mm + _SURE_TIMES * response.per_mm_sd
        # Too much taken off for rain makes a loss only where the head did not fall, which is seen.
        arrived = max(0.0, stored) * (max(_PER_MM_DOUBT, known) if sign > 0.0 else known)
        # A storm that came sooner by the model than in the ground looks like a loss while it arrives.
        early = 0.0 if sign > 0.0 else known * self._arriving()
        rain_off = arrived + early + known * (max(0.0, -stored) + stored_spread)
        per_kpa = max(abs(response.per_kpa), response.per_kpa_sd)
        air_off = _AIR_DOUBT * (abs(air) + air_spread) + per_kpa * self._felt.doubt_kpa
        return rain_off + air_off, response.per_mm * stored + air

    def _arriving(self) -> float:
        """What storms have brought in the last two days, mm."""
        lately = self._stored_mm.known(self.now - _ARRIVES_H, self.now)
        return lately[-1] - min(lately) if lately else 0.0

    def _differs(self, part: History, end: int) -> tuple[float, float]:
        """What air or rain make now beyond what they made before, and half of how that varied."""
        now, before = part.known(self.now, self.now), part.known(end - _BEFORE_H + 1, end)
        if not now or not before:
            return 0.0, 0.0
        return now[0] - median(before), 0.5 * (quantile(before, 0.8) - quantile(before, 0.2))

    def fallen(self, over_h: int) -> float:
        """From the highest of the last hours to what the newest agree on, without taking rain off."""
        parts = self._airless.known(self.now - over_h + 1, self.now)
        return max(parts) - max(parts[-_SURE_LOST_H:]) if parts else 0.0

    def dropped(self, over_h: int) -> float:
        """From the day before the last hours to what the newest agree on, without taking rain off."""
        end = self.now - over_h
        before, now = self._airless.known(end - DAY_H + 1, end), self._airless.known(end, self.now)
        return median(before) - max(now[-_SURE_LOST_H:]) if before and now else 0.0

    def recovery(self) -> float:
        """How far the head is back from its lowest of the last day, over how far a purged well would be.

        0 while it still falls, 1 for an e-fold of ten hours, more for a faster one.
        """
        known = [(hour, self._clean.at(hour)) for hour in range(self.now - DAY_H, self.now + 1)]
        course = [(hour, value) for hour, value in known if value is not None]
        if not course:
            return 0.0
        lowest_at, lowest = min(course, key=lambda each: each[1])
        before = self._clean.known(self.now - 3 * DAY_H, self.now - DAY_H)
        depth = (median(before) if before else course[0][1]) - lowest
        age_h = self.now - lowest_at
        if depth <= 0.0 or age_h < 1:
            return 0.0
        back = (median(value for _, value in course[-2:]) - lowest) / depth
        return back / -expm1(-age_h / _PURGED_E_FOLD_H)

    def daily(self, days: int) -> list[float]:
        """The medians of the last days, oldest first, as far back as every day is known."""
        medians: list[float] = []
        for ago in range(days):
            values = self._clean.known(self.now - (ago + 1) * DAY_H + 1, self.now - ago * DAY_H)
            if len(values) < DAY_H // 4:
                break
            medians.append(median(values))
        return medians[::-1]
