"""The `convert` tables as types: each kind of law from a raw signal to a value, and its numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from agent.config.schema_base import ChannelName, Point, Strict


class InUnit(Strict):
    """The part of a law that can answer in any unit."""

    unit: str | None = Field(default=None, description="unit of the value where the quantity has several")


class Aged(Strict):
    """The part of a table that names other channels: how old what they said may be."""

    max_age_s: float = Field(
        default=3600,
        gt=0,
        le=604_800,
        description="a good value of the named channels that is older does not count",
    )


class Ratiometric(Aged):
    """The part of an instrument whose signal follows its supply."""

    rail: ChannelName | None = Field(
        default=None, description="channel that measures its supply; the raw signal is scaled by it"
    )
    rail_v: float = Field(default=5.0, gt=0, le=100, description="supply that the numbers of the law are for")


class Warm(Aged):
    """The part of a law that depends on the temperature."""

    temperature: ChannelName | None = Field(
        default=None, description="channel that measures the temperature of the sample or the gauge"
    )


class Sample(Warm):
    """The part of a law that means nothing without the temperature of the sample."""

    temperature_c: float | None = Field(
        default=None, ge=-5, le=100, description="a fixed temperature, where nothing measures it"
    )


class Linear(Ratiometric, InUnit):
    """A straight line through two points, for anything whose raw signal is proportional."""

    kind: Literal["linear"]
    points: Annotated[list[Point], Field(min_length=2, max_length=2)] = Field(
        description="[[raw, value], [raw, value]]", examples=[[[0.0, 0.0], [1.0, 1.0]]]
    )


class Polynomial(Ratiometric, InUnit):
    """A polynomial, as a certificate prints it: value = c0 + c1 raw + c2 raw^2 + ..."""

    kind: Literal["polynomial"]
    coefficients: Annotated[list[float], Field(min_length=2, max_length=8)] = Field(
        description="[c0, c1, c2, ...], the constant first", examples=[[0.0, 1.0]]
    )


class Piecewise(Ratiometric, InUnit):
    """Straight lines from point to point, for a probe that was calibrated in several standards or soils."""

    kind: Literal["piecewise"]
    points: Annotated[list[Point], Field(min_length=2, max_length=32)] = Field(
        description="[[raw, value], ...], raw rising", examples=[[[0.0, 0.0], [1.0, 1.0]]]
    )
    over_range_raw: float | None = Field(
        default=None, description="from here on, on the side of the highest value, the signal folds back"
    )


class Divider(Strict):
    """A voltage divider in front of the converter: value = raw / ratio."""

    kind: Literal["divider"]
    ratio: float = Field(gt=0, le=1, description="R bottom / (R top + R bottom)", examples=[0.5])


class CurrentLoop(InUnit):
    """A 4-20 mA loop over a shunt, judged by NAMUR NE 43."""

    kind: Literal["loop_4_20ma"]
    shunt_ohm: float = Field(default=100.0, gt=0, le=1000, description="resistor that the loop flows through")
    at_4ma: float = Field(description="value at 4 mA", examples=[0.0])
    at_20ma: float = Field(description="value at 20 mA", examples=[10.0])


class SoilEquation(Strict):
    """A published equation from what a dielectric soil probe measures to m3/m3 or to permittivity."""

    kind: Literal["topp", "teros_mineral", "teros_soilless", "teros_permittivity"]


class Sen0189(Ratiometric):
    """The turbidity of a DFRobot SEN0189 in NTU, from its voltage between 2.5 V and 4.2 V."""

    kind: Literal["sen0189"]
    ratio: float = Field(
        default=1.0, gt=0, le=1, description="R bottom / (R top + R bottom) of a divider behind the sensor"
    )


class Thermistor(Strict):
    """A thermistor by the equation of Steinhart and Hart, from ohm to degC."""

    kind: Literal["thermistor"]
    curve: Literal["3k", "8k2"] = Field(default="3k", description="its resistance at 25 degC")
    lead_ohm: float = Field(default=0.0, ge=0, le=1000, description="of its cable, there and back")


class TippingBucket(Strict):
    """A rain gauge that counts the tips of its bucket."""

    kind: Literal["tipping_bucket"]
    mm_per_tip: float = Field(gt=0, le=10, description="rain that tips it once", examples=[0.2])


class PhElectrode(Sample):
    """A glass electrode by the law of Nernst: pH = 7 + (E - zero_mv) / slope, at the sample's temperature."""

    kind: Literal["ph_electrode"]
    zero_mv: float = Field(default=0.0, ge=-500, le=500, description="its signal at pH 7")
    acid_slope_mv: float = Field(default=-59.159, ge=-100, le=-10, description="mV per pH below pH 7")
    base_slope_mv: float = Field(default=-59.159, ge=-100, le=-10, description="mV per pH above pH 7")
    calibrated_c: float = Field(
        default=25.0, ge=-5, le=100, description="temperature of the buffers that the slopes are from"
    )
    center_mv: float = Field(
        default=0.0, ge=-10_000, le=10_000, description="what its amplifier gives at 0 mV of the electrode"
    )
    gain: float = Field(default=1.0, ge=0.01, le=1000, description="of its amplifier")


class Conductivity25(Sample):
    """What a conductivity would be at 25 degC, from an instrument that does not work that out itself."""

    kind: Literal["conductivity_25"]
    per_c: float = Field(default=0.0191, ge=0, le=0.05, description="share per degC, of the value at 25 degC")


class SealedGauge(Warm, InUnit):
    """The part of a vibrating-wire gauge that frees it from its own warmth and from the weather."""

    thermal_per_c: float | None = Field(
        default=None, description="thermal factor of the certificate, in the unit of the value per degC"
    )
    thermal_sign: Literal["added", "subtracted"] = Field(
        default="added", description="as the certificate's formula has it: Geokon adds, Roctest subtracts"
    )
    zero_c: float | None = Field(default=None, ge=-50, le=100, description="temperature at the zero reading")
    barometer: ChannelName | None = Field(
        default=None, description="channel of the air pressure at the station, for a sealed gauge"
    )
    zero_baro_kpa: float | None = Field(
        default=None, ge=30, le=120, description="air pressure at the zero reading"
    )


class VibratingWire(SealedGauge):
    """A vibrating-wire gauge: value = gauge_factor (reading - zero)."""

    kind: Literal["vw_linear"]
    zero: float = Field(ge=0, le=100_000, description="reading without load, digits", examples=[9000.0])
    gauge_factor: float = Field(
        description="per digit, with Geokon's sign: below zero for a piezometer", examples=[-0.18]
    )


class VibratingWirePolynomial(SealedGauge):
    """A vibrating-wire gauge by A and B of its certificate; C follows from the zero reading in the field."""

    kind: Literal["vw_polynomial"]
    zero: float = Field(ge=0, le=100_000, description="reading without load, digits", examples=[9000.0])
    a: float = Field(description="A of the certificate, per digit squared", examples=[-6e-7])
    b: float = Field(description="B of the certificate, per digit", examples=[-0.17])


class VibratingWirePeriod(SealedGauge):
    """A vibrating-wire gauge by its period T: value = gauge_factor (10^7 / zero_period^2 - 10^7 / T^2)."""

    kind: Literal["vw_period"]
    zero_period: float = Field(
        ge=100, le=100_000, description="period without load, in units of 0.1 microsecond", examples=[3318.0]
    )
    gauge_factor: float = Field(
        description="K of the certificate: above zero for a piezometer", examples=[1795.0]
    )


Conversion = Annotated[
    Linear
    | Polynomial
    | Piecewise
    | Divider
    | CurrentLoop
    | SoilEquation
    | Sen0189
    | Thermistor
    | TippingBucket
    | PhElectrode
    | Conductivity25
    | VibratingWire
    | VibratingWirePolynomial
    | VibratingWirePeriod,
    Field(discriminator="kind"),
]


class Derived(Strict):
    """The part of every derived channel: what it is worked out of."""

    source: str = Field(
        alias="from",
        min_length=1,
        max_length=63,
        description="a quantity of the same sensor",
        examples=["pore_pressure"],
    )


class Head(Derived, Warm):
    """The level to which water would rise above a pressure gauge: tip_elevation_m + u / (rho g)."""

    kind: Literal["head"]
    tip_elevation_m: float = Field(
        default=0.0, ge=-12_000, le=9000, description="of the gauge's tip, in the datum of the level"
    )
    density_kg_m3: float = Field(
        default=1000.0, ge=900, le=1400, description="of the water, where no temperature tells it"
    )
    barometer: ChannelName | None = Field(
        default=None, description="channel of the air pressure at the station, for an absolute gauge"
    )


class PorePressureRatio(Derived):
    """Bishop and Morgenstern's r_u: the share of the overburden that the water carries."""

    kind: Literal["pore_pressure_ratio"]
    unit_weight_kn_m3: float = Field(gt=0, le=50, description="of the ground above", examples=[19.5])
    depth_m: float = Field(gt=0, le=1000, description="of the gauge below ground", examples=[8.0])


Derivation = Annotated[Head | PorePressureRatio, Field(discriminator="kind")]
