"""The laws that other channels correct: each does without what is missing, and the converter says so.

Every law takes the raw number and, by role, the values that could be had: `temperature` in degC, `barometer`
in kPa, `rail` in V.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.convert.contract import Converted
from agent.acquire.convert.ph import ph
from agent.acquire.convert.vibrating_wire import corrected
from agent.acquire.convert.water import conductivity_25, density_kg_m3, elevation_head_m
from agent.model import Flag, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.acquire.convert.ph import Electrode

    Law = Callable[[float, Mapping[str, float]], Converted]

_NO_AIR = Converted(None, Flag.FAIL, Why.COMPENSATION)
_NOT_WATER = Converted(None, Flag.FAIL, Why.SENSOR_RANGE)
_MV_PER_V = 1000.0


def alone(law: Callable[[float], Converted]) -> Law:
    """A law that nothing else corrects."""
    return lambda raw, _values: law(raw)


def ratiometric_law(law: Callable[[float], Converted], rail_v: float) -> Law:
    """Of an instrument whose signal follows its supply: as it would be at `rail_v`."""
    return lambda raw, values: law(raw * rail_v / values.get("rail", rail_v))


class Amplifier(NamedTuple):
    """What stands between an electrode and the converter."""

    raw_unit: str
    center_mv: float
    gain: float

    def electrode_mv(self, raw: float) -> float:
        """The signal of the electrode itself."""
        raw_mv = raw * _MV_PER_V if self.raw_unit == "V" else raw
        return (raw_mv - self.center_mv) / self.gain


def ph_law(electrode: Electrode, amplifier: Amplifier, fixed_c: float | None) -> Law:
    """The pH of a sample; one whose temperature nobody knows is taken to be as warm as the buffers were."""
    usual_c = electrode.temperature_c if fixed_c is None else fixed_c

    def electrode_law(raw: float, values: Mapping[str, float]) -> Converted:
        return Converted(ph(electrode, amplifier.electrode_mv(raw), values.get("temperature", usual_c)))

    return electrode_law


def conductivity_law(per_c: float, fixed_c: float | None) -> Law:
    """Conductivity at 25 degC, in the unit of the raw one; without a temperature it stays as it is."""

    def law(raw: float, values: Mapping[str, float]) -> Converted:
        temperature_c = values.get("temperature", fixed_c)
        if temperature_c is None:
            return Converted(raw)
        share = conductivity_25(1.0, temperature_c, per_c)
        return Converted(raw * share) if share > 0 else _NOT_WATER

    return law


class Thermal(NamedTuple):
    """How the warmth of a gauge shows in its value, per degC, and its temperature at the zero reading."""

    per_c: float
    zero_c: float


class Weather(NamedTuple):
    """How the air pressure shows in the value of a sealed gauge, per kPa, and what it was at the zero."""

    per_kpa: float
    zero_kpa: float


def gauge_law(load: Callable[[float], Converted], thermal: Thermal | None, weather: Weather | None) -> Law:
    """What the wire of a gauge says, freed from its own warmth and from the weather where they are known."""

    def law(raw: float, values: Mapping[str, float]) -> Converted:
        loaded = load(raw)
        if loaded.value is None:
            return loaded
        temperature_c = values.get("temperature")
        barometer_kpa = values.get("barometer")
        return loaded._replace(
            value=corrected(
                loaded.value,
                thermal_per_c=thermal.per_c if thermal else 0.0,
                warming_c=temperature_c - thermal.zero_c if thermal and temperature_c is not None else 0.0,
                barometer_rise=(barometer_kpa - weather.zero_kpa) * weather.per_kpa
                if weather and barometer_kpa is not None
                else 0.0,
            )
        )

    return law


class Gauge(NamedTuple):
    """Where a pressure gauge sits: its unit in kPa, its tip, the water on it, whether it feels the air."""

    kpa_per_unit: float
    tip_elevation_m: float
    density_kg_m3: float
    is_absolute: bool


def head_law(gauge: Gauge) -> Law:
    """The level of the water above a gauge, m.

    An absolute gauge without a barometer has none: ten metres of it would be air.
    """

    def law(raw: float, values: Mapping[str, float]) -> Converted:
        air_kpa = values.get("barometer") if gauge.is_absolute else 0.0
        if air_kpa is None:
            return _NO_AIR
        temperature_c = values.get("temperature")
        density = gauge.density_kg_m3 if temperature_c is None else density_kg_m3(temperature_c)
        pressure_kpa = raw * gauge.kpa_per_unit - air_kpa
        return Converted(elevation_head_m(gauge.tip_elevation_m, pressure_kpa, density))

    return law
