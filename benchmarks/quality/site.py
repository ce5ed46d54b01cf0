"""One file of the field's series as a station: its channels in our quantities, judged as the values come."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agent.acquire.quality.build import panel, settings
from agent.acquire.quality.contract import Sample
from agent.acquire.quality.learned.learned import Learned
from agent.acquire.quality.learned.rain import Rain
from agent.acquire.quality.learned.scene import Scene
from agent.acquire.quality.learned.traits import TRAITS
from agent.acquire.quality.panel import Panel
from agent.acquire.quality.standard import CODES
from agent.acquire.quality.syntax import Syntax
from agent.acquire.quality.verdict import GOOD
from agent.model import Flag
from benchmarks.quality.series import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.acquire.quality.contract import Test
    from benchmarks.quality.series import Flags, Series

# By how a sensor's name begins: quantity, factor and offset to its canonical unit. Others are left out.
_QUANTITIES = {
    "baro_kpa": ("barometric_pressure", 1.0, 0.0),
    "do_mg_l": ("dissolved_oxygen", 1.0, 0.0),
    "ec_us_cm": ("conductivity", 1.0, 0.0),
    "head_m": ("water_level", 1.0, 0.0),
    "orp_mv": ("orp", 1.0, 0.0),
    "ph": ("ph", 1.0, 0.0),
    "pore_kpa": ("pore_pressure", 1.0, 0.0),
    "rain_mm": ("rainfall", 1.0, 0.0),
    "soil_temp_c": ("temperature", 1.0, 0.0),
    "soil_vwc": ("soil_moisture", 1.0, 0.0),
    "stage_cm": ("water_level", 0.01, 0.0),
    "stage_m": ("water_level", 1.0, 0.0),
    "temp_c": ("temperature", 1.0, 0.0),
    "temp_f": ("temperature", 5 / 9, -160 / 9),
    "turbidity_ntu": ("turbidity", 1.0, 0.0),
}


class Channel(NamedTuple):
    """A series with its quantity; the values are in the logger's unit still."""

    series: Series
    quantity: str
    factor: float
    offset: float

    @property
    def period_s(self) -> float:
        """The usual time between two rows."""
        return float(np.median(np.diff(self.series.t_s)))


class Said(NamedTuple):
    """The flags of one channel: of a value when it came, and of the one before where it was known."""

    now: Flags
    before: Flags

    @property
    def when_known(self) -> Flags:
        """What an alarm would have been given by: everything at the time when it was known."""
        return np.maximum(self.now, self.before)


def channels(path: Path) -> list[Channel]:
    """Those of a file that a station could have."""
    found = ((each, _quantity(each.name)) for each in load(path))
    return [Channel(series, *quantity) for series, quantity in found if quantity is not None]


def _quantity(sensor: str) -> tuple[str, float, float] | None:
    fits = [prefix for prefix in _QUANTITIES if sensor.startswith(prefix)]
    return _QUANTITIES[max(fits, key=len)] if fits else None


def learned(these: list[Channel]) -> list[Test]:
    """The tests that learn, of a station."""
    scene = Scene()
    return [_learned(each, scene) for each in these]


def _learned(channel: Channel, scene: Scene) -> Test:
    name, quantity = channel.series.name, channel.quantity
    if quantity == "rainfall":
        return Rain(name=name, scene=scene, is_total=False)
    return Learned(name=name, traits=TRAITS[quantity], scene=scene, period_s=channel.period_s)


def standard(these: list[Channel]) -> list[Test]:
    """The tests with fixed thresholds, as they are where nothing is configured."""
    return [panel(settings(each.quantity, {}), each.period_s) for each in these]


def both(these: list[Channel]) -> list[Test]:
    """What speaks against a value with fixed thresholds or learned ones."""
    pairs = zip(standard(these), learned(these), strict=True)
    return [Panel({"standard": fixed, "learned": own}) for fixed, own in pairs]


def judge(these: list[Channel], make: Callable[[list[Channel]], list[Test]]) -> tuple[dict[str, Said], float]:
    """Every value of a station in order of time, and the seconds that the tests took."""
    lengths = [len(each.series.t_s) for each in these]
    said = [Said(np.ones(length, np.int64), np.ones(length, np.int64)) for length in lengths]
    syntax = Syntax(codes=CODES)
    tests = make(these)
    rows = in_order(these)
    begin_s = time.perf_counter()
    for t_s, index, place, raw, value in rows:
        if raw != raw:  # noqa: PLR0124 - NaN, faster than isnan
            tests[index].missed(t_s)
        elif syntax.update(Sample(t_s, raw)).now is not GOOD:
            said[index].now[place] = Flag.FAIL
            tests[index].missed(t_s)
        else:
            outcome = tests[index].update(Sample(t_s, value, t_s))
            if outcome.now.flag > Flag.NOT_EVALUATED:
                said[index].now[place] = outcome.now.flag
            if outcome.before.flag > Flag.NOT_EVALUATED:
                said[index].before[place] = outcome.before.flag
    took_s = time.perf_counter() - begin_s
    return {each.series.name: one for each, one in zip(these, said, strict=True)}, took_s


def in_order(these: list[Channel]) -> list[tuple[float, int, int, float, float]]:
    """Time, channel, place in its series, raw and canonical value; channels of one time in order of name."""
    rows = []
    for index, each in enumerate(these):
        values = each.series.values * each.factor + each.offset
        times, raws = each.series.t_s.tolist(), each.series.values.tolist()
        rows += [
            (t_s, index, place, raw, value)
            for place, (t_s, raw, value) in enumerate(zip(times, raws, values.tolist(), strict=True))
        ]
    rows.sort(key=lambda row: row[:3])
    return rows
