"""From a `convert` table of the configuration, or none, to the converter of one channel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from agent.acquire.convert.contract import ConversionError, Converted, Converter
from agent.acquire.convert.laws import divider_law, line_law, loop_law, polynomial_law, same, soil_law
from agent.acquire.convert.soil import EQUATIONS
from agent.acquire.convert.thermistor import CURVES, thermistor
from agent.acquire.convert.turbidity import SEN0189_CURVE, sen0189
from agent.acquire.convert.vibrating_wire import digits, linear, polynomial_constant
from agent.config.conversions import KINDS
from agent.quantity import QUANTITIES, canonical_unit, factor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.config.schema_convert import Conversion, Linear, VibratingWire, VibratingWirePolynomial
    from drivers.contract import ChannelSpec

    Law = Callable[[float], Converted]


def converter(config: Conversion | None, spec: ChannelSpec) -> Converter:
    """The converter of a channel; without a configured conversion only the unit is changed.

    Raises ConversionError when the raw unit, the conversion and the quantity do not fit together.
    """
    law_unit = _law_unit(config, spec)
    unit, scale = _scale(spec.quantity, law_unit, configured=config is not None)
    return Converter(
        same if config is None else _LAWS[config.kind](config, spec.raw_unit),
        numbers={"kind": "unit"} if config is None else {**vars(config), **_published(config)},
        raw_unit=spec.raw_unit,
        factor=scale,
        unit=unit,
        decimals=QUANTITIES[spec.quantity].decimals,
    )


def _law_unit(config: Conversion | None, spec: ChannelSpec) -> str:
    """The unit in which the law answers."""
    if spec.quantity not in QUANTITIES:
        known = ", ".join(sorted(QUANTITIES))
        raise ConversionError(f"unknown quantity {spec.quantity!r}; known are {known}")
    if config is None or config.kind == "divider":
        return spec.raw_unit
    kind = KINDS[config.kind]
    if kind.raw_units and spec.raw_unit not in kind.raw_units:
        raise ConversionError(f"{kind.reads}, and this channel gives {spec.raw_unit}")
    return kind.unit or vars(config)["unit"] or QUANTITIES[spec.quantity].units[0]


def _scale(quantity: str, law_unit: str, *, configured: bool) -> tuple[str, float]:
    """The canonical unit and the factor to it."""
    unit = canonical_unit(quantity, law_unit)
    try:
        return unit, factor(law_unit, unit)
    except KeyError:
        advice = "give another `unit` or kind" if configured else f"say how under `convert.{quantity}`"
        raise ConversionError(f"{quantity} is stored in {unit}, not in {law_unit}; {advice}") from None


def _published(config: Conversion) -> Mapping[str, object]:
    """The numbers of the sum that the configuration calls by a name only."""
    if config.kind in EQUATIONS:
        return {"coefficients": EQUATIONS[config.kind]}
    if config.kind == "sen0189":
        return {"coefficients": SEN0189_CURVE}
    if config.kind == "thermistor":
        return CURVES[config.curve]._asdict()
    return {}


def _line(config: Linear, _raw_unit: str) -> Law:
    """The line through the two configured points."""
    (raw_0, value_0), (raw_1, value_1) = config.points
    if raw_0 == raw_1:
        raise ConversionError(f"both points have raw {raw_0:g}; a line needs two different raw values")
    return line_law((raw_0, value_0), (raw_1, value_1))


def _wire(config: VibratingWire, raw_unit: str) -> Law:
    """The linear sum of a gauge."""
    return lambda raw: Converted(linear(_digits(raw, raw_unit), config.zero, config.gauge_factor))


def _wire_polynomial(config: VibratingWirePolynomial, raw_unit: str) -> Law:
    """The polynomial of a gauge, through its zero reading in the field."""
    law = polynomial_law((polynomial_constant(config.zero, config.a, config.b), config.b, config.a))
    return lambda raw: law(_digits(raw, raw_unit))


def _digits(raw: float, raw_unit: str) -> float:
    return digits(raw) if raw_unit == "Hz" else raw


# From the table of one kind and the channel's raw unit to its law.
_LAWS: Mapping[str, Callable[[Any, str], Law]] = {
    "linear": _line,
    "polynomial": lambda config, _: polynomial_law(config.coefficients),
    "divider": lambda config, _: divider_law(config.ratio),
    "loop_4_20ma": lambda config, _: loop_law(config.shunt_ohm, config.at_4ma, config.at_20ma),
    "topp": lambda config, _: soil_law(config.kind),
    "teros_mineral": lambda config, _: soil_law(config.kind),
    "teros_soilless": lambda config, _: soil_law(config.kind),
    "sen0189": lambda config, _: lambda raw: sen0189(raw / config.ratio),
    "thermistor": lambda config, _: partial(thermistor, curve=CURVES[config.curve], lead_ohm=config.lead_ohm),
    "vw_linear": _wire,
    "vw_polynomial": _wire_polynomial,
}
