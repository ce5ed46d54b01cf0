"""Quality control over a table: the station's own tests, as one logger has them that nobody configured."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from agent.acquire.course import Course
from agent.acquire.quality.build import settings
from agent.acquire.quality.learned.build import learned
from agent.acquire.quality.learned.scene import Scene
from agent.model import Calibration, Channel, Flag, Instant, Observation, Trust, Why
from agent.quantity import QUANTITIES
from agent.replay.columns import column
from agent.replay.heard import Heard
from agent.watch.contract import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.replay.columns import Column
    from agent.replay.table import Table

_NS = 10**9
_USUAL_PERIOD_S = 900.0
_ENOUGH_STEPS = 10_000
_AS_RECORDED = Calibration("as-recorded", "{}")


class Judges:
    """All that is said of the rows of a table.

    Attributes:
        flags: of each row, the QARTOD flag, later words included; complete when `heard` has come to its end.
        unknown: sensors whose names say nothing; they are not evaluated.
        repeated: rows that say again what a row before said for that channel and time.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._order = table.order()
        self.flags = bytearray([Flag.NOT_EVALUATED]) * len(table)
        known = {name: found for name in table.sensors if (found := column(name)) is not None}
        self.unknown = [name for name in table.sensors if name not in known]
        self.repeated = 0
        self._seats = _seats(table, known, self._order)

    def heard(self) -> Iterator[Heard]:
        """Every row of a known sensor, in order of time."""
        t_s, sensor, value = self._table.t_s, self._table.sensor, self._table.value
        for row in self._order:
            seat = self._seats[sensor[row]]
            if seat is None:
                continue
            sample = seat.judge(row, t_s[row], value[row], self.flags)
            if sample is None:
                self.repeated += 1
            else:
                yield Heard(t_s[row], seat.name, sample)


class _Seat:
    """One sensor among the judges."""

    def __init__(self, name: str, kind: Column, course: Course) -> None:
        self.name = name
        unit = QUANTITIES[kind.quantity].units[0]
        self._channel = Channel(name, kind.quantity, unit, unit)
        self._kind = kind
        self._low, self._high = kind.span
        self._course = course
        self._at_s = float("-inf")
        self._row = self._before = -1  # the last row, and the last with a value that counts

    def judge(self, row: int, t_s: float, raw: float, flags: bytearray) -> Sample | None:
        """What is to be said of a row, and of the one before; None for a moment that was heard before."""
        if t_s == self._at_s:
            flags[row] = flags[self._row]
            return None
        self._at_s, self._row = t_s, row
        observation = self._course.alone(self._observation(t_s, raw))
        judged, later = self._course.judge(observation, t_s, _nobody)
        flags[row] = judged.flag
        if later is not None:
            flags[self._before] = later.observation.flag
        if judged.value is not None and judged.flag is not Flag.FAIL:
            self._before = row
        return Sample(judged.value, judged.flag, judged.why)

    def _observation(self, t_s: float, raw: float) -> Observation:
        ns = round(t_s * _NS)
        at = Instant(ns, ns, Trust.NTP)
        if raw != raw:  # noqa: PLR0124 - NaN, faster than isnan; the logger answered without a value
            return Observation(self._channel, at, 0.0, None, Flag.MISSING, Why.BAD_ANSWER, _AS_RECORDED)
        value = raw * self._kind.factor + self._kind.offset
        if self._low <= raw <= self._high:
            return Observation(self._channel, at, raw, value, Flag.GOOD, Why.NONE, _AS_RECORDED)
        return Observation(self._channel, at, raw, value, Flag.FAIL, Why.SENSOR_RANGE, _AS_RECORDED)


def _nobody(_channel: str) -> None:
    """No other channel is asked: who should agree with whom is a matter of configuration."""


def _seats(table: Table, known: dict[str, Column], order: list[int]) -> list[_Seat | None]:
    periods_s = _periods_s(table, order)
    scene = Scene()
    quantities = {kind.quantity for kind in known.values()}
    found: list[_Seat | None] = []
    for name, period_s in zip(table.sensors, periods_s, strict=True):
        kind = known.get(name)
        found.append(None if kind is None else _seat(name, kind, quantities, period_s, scene))
    return found


def _seat(name: str, kind: Column, quantities: set[str], period_s: float, scene: Scene) -> _Seat:
    asked = settings(kind.quantity, {}, quantities - {kind.quantity}, period_s)
    test = learned(name, kind.quantity, scene, period_s, is_asked="learned" in asked)
    return _Seat(name, kind, Course(name, asked, period_s, kind.span, learned=test))


def _periods_s(table: Table, order: list[int]) -> list[float]:
    """How often each sensor is usually read."""
    last = [float("nan")] * len(table.sensors)
    steps: list[list[float]] = [[] for _ in table.sensors]
    for row in order:
        sensor, t_s = table.sensor[row], table.t_s[row]
        step_s = t_s - last[sensor]
        last[sensor] = t_s
        if step_s > 0 and len(steps[sensor]) < _ENOUGH_STEPS:
            steps[sensor].append(step_s)
    return [median(each) if each else _USUAL_PERIOD_S for each in steps]
