"""The `convert` tables as types: each kind of law from a raw signal to a value, and its numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from agent.config.schema_base import Point, Strict


class Linear(Strict):
    """A straight line through two points, for anything whose raw signal is proportional."""

    kind: Literal["linear"]
    points: Annotated[list[Point], Field(min_length=2, max_length=2)] = Field(
        description="[[raw, value], [raw, value]]", examples=[[[0.0, 0.0], [1.0, 1.0]]]
    )
    unit: str | None = Field(default=None, description="unit of the value where the quantity has several")


class Divider(Strict):
    """A voltage divider in front of the converter: value = raw / ratio."""

    kind: Literal["divider"]
    ratio: float = Field(gt=0, le=1, description="R bottom / (R top + R bottom)", examples=[0.5])


class CurrentLoop(Strict):
    """A 4-20 mA loop over a shunt, judged by NAMUR NE 43."""

    kind: Literal["loop_4_20ma"]
    shunt_ohm: float = Field(default=100.0, gt=0, le=1000, description="resistor that the loop flows through")
    at_4ma: float = Field(description="value at 4 mA", examples=[0.0])
    at_20ma: float = Field(description="value at 20 mA", examples=[10.0])
    unit: str | None = Field(default=None, description="unit of the value where the quantity has several")


class Polynomial(Strict):
    """A polynomial, as a certificate prints it: value = c0 + c1 raw + c2 raw^2 + ..."""

    kind: Literal["polynomial"]
    coefficients: Annotated[list[float], Field(min_length=2, max_length=8)] = Field(
        description="[c0, c1, c2, ...], the constant first", examples=[[0.0, 1.0]]
    )
    unit: str | None = Field(default=None, description="unit of the value where the quantity has several")


class SoilEquation(Strict):
    """A published equation from what a dielectric soil probe measures to m3/m3."""

    kind: Literal["topp", "teros_mineral", "teros_soilless"]


class Sen0189(Strict):
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


class VibratingWire(Strict):
    """A vibrating-wire gauge: value = gauge_factor (reading - zero)."""

    kind: Literal["vw_linear"]
    zero: float = Field(ge=0, le=100_000, description="reading without load, digits", examples=[9000.0])
    gauge_factor: float = Field(
        description="per digit, with Geokon's sign: below zero for a piezometer", examples=[-0.18]
    )
    unit: str | None = Field(default=None, description="unit of the value where the quantity has several")


class VibratingWirePolynomial(Strict):
    """A vibrating-wire gauge by A and B of its certificate; C follows from the zero reading in the field."""

    kind: Literal["vw_polynomial"]
    zero: float = Field(ge=0, le=100_000, description="reading without load, digits", examples=[9000.0])
    a: float = Field(description="A of the certificate, per digit squared", examples=[-6e-7])
    b: float = Field(description="B of the certificate, per digit", examples=[-0.17])
    unit: str | None = Field(default=None, description="unit of the value where the quantity has several")


Conversion = Annotated[
    Linear
    | Polynomial
    | Divider
    | CurrentLoop
    | SoilEquation
    | Sen0189
    | Thermistor
    | VibratingWire
    | VibratingWirePolynomial,
    Field(discriminator="kind"),
]
