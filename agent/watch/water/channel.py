"""One channel of water: its health, and how far it is from what it has been, today and over weeks. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from agent.watch.contract import DAY, Role
from agent.watch.measures.baseline import Baseline
from agent.watch.measures.slow import STEP, Slow
from agent.watch.measures.trend import Trend
from agent.watch.water.sick import Health, WaterProbe

if TYPE_CHECKING:
    from agent.watch.contract import Cell
    from agent.watch.measures.baseline import Expected
    from agent.watch.measures.slow import Departure

# Instrument error in the field, after USGS TM 1-D3: pH 0.04 of repeatability, conductivity 2.5 %.
_FLOOR = {Role.PH: 0.04, Role.EC: 0.025}
# A seep of metals takes days to come: it must not be its own measure. Rain is no spread above.
_SPREAD_LAG, _TOWARDS = {Role.PH: DAY, Role.EC: 5 * DAY}, {Role.PH: 0.0, Role.EC: 1.0}
_USUAL_A_WEEK = {Role.PH: 0.06, Role.EC: 0.03}
_LONGEST_HOLD = 14 * DAY


class Reading(NamedTuple):
    """What a channel says of a block. pH as it is, conductivity as its logarithm.

    Attributes:
        value: None when it may not be believed.
        usual: of this hour; None while it is learning.
        slow: of the last day, over weeks; None while it is learning.
        trend: of the last days and weeks.
        health: of the probe.
        channel: its name.
        held: nothing came in this block: the last reading still stands.
    """

    value: float | None
    usual: Expected | None
    slow: Departure | None
    trend: Trend
    health: Health
    channel: str
    held: bool = False


class Water:
    """One channel.

    Args:
        role: PH or EC.
        channel: its name.
    """

    def __init__(self, role: Role, channel: str) -> None:
        self._channel = channel
        self._logarithm = role is not Role.PH
        self._probe = WaterProbe(role)
        self._baseline = Baseline(_FLOOR[role], spread_lag=_SPREAD_LAG[role], towards=_TOWARDS[role])
        self._slow = Slow()
        self._trend = Trend(_USUAL_A_WEEK[role])
        self._held = 0

    def add(self, number: int, cell: Cell | None, *, wet: bool) -> Reading:
        """The next block; no cell when the channel said nothing. Over weeks only dry hours are compared."""
        value = cell.value if cell is not None else None
        if value is not None and self._logarithm:
            value = math.log(value)
        before = self._baseline.expected
        health = self._probe.add(cell, value, before.level if before else None)
        good = None if health.ill or health.bottled else value
        usual = self._baseline.add(number, good)
        if self._slow.add(number, None if wet else good):
            self._trend.add(number // STEP, self._slow.level)
        return Reading(
            None if health.ill else value,
            usual,
            self._slow.departure,
            self._trend,
            health,
            self._channel,
            cell is not None and cell.held,
        )

    @property
    def knows_weeks(self) -> bool:
        """Whether it can be compared with the weeks before."""
        return self._slow.ready

    def hold(self, number: int) -> None:
        """A hazard stands: what it does to this channel is not what is usual, for two weeks at the most."""
        self._held += 1
        usual = self._baseline.expected
        if usual is not None and self._held <= _LONGEST_HOLD:
            self._baseline.correct(number, usual.level)

    def release(self) -> None:
        """No hazard stands."""
        self._held = 0
