"""From a `convert` table of the configuration, or none, to the converter of one channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.acquire.convert.contract import ConversionError, Converted, Converter
from agent.acquire.convert.laws import divider_law, line_law, loop_law, same
from agent.quantity import QUANTITIES, canonical_unit, factor

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.config.schema import CurrentLoop, Divider, Linear
    from drivers.contract import ChannelSpec


def converter(config: Linear | Divider | CurrentLoop | None, spec: ChannelSpec) -> Converter:
    """The converter of a channel; without a configured conversion only the unit is changed.

    Raises ConversionError when the raw unit, the conversion and the quantity do not fit together.
    """
    law_unit = _law_unit(config, spec)
    unit, scale = _scale(spec.quantity, law_unit, configured=config is not None)
    return Converter(
        _law(config, spec),
        numbers={"kind": "unit"} if config is None else vars(config),
        raw_unit=spec.raw_unit,
        factor=scale,
        unit=unit,
        decimals=QUANTITIES[spec.quantity].decimals,
    )


def _law_unit(config: Linear | Divider | CurrentLoop | None, spec: ChannelSpec) -> str:
    """The unit in which the law answers."""
    if spec.quantity not in QUANTITIES:
        known = ", ".join(sorted(QUANTITIES))
        raise ConversionError(f"unknown quantity {spec.quantity!r}; known are {known}")
    if config is None or config.kind == "divider":
        return spec.raw_unit
    return config.unit or QUANTITIES[spec.quantity].units[0]


def _scale(quantity: str, law_unit: str, *, configured: bool) -> tuple[str, float]:
    """The canonical unit and the factor to it."""
    unit = canonical_unit(quantity, law_unit)
    try:
        return unit, factor(law_unit, unit)
    except KeyError:
        advice = "give another `unit` or kind" if configured else f"say how under `convert.{quantity}`"
        raise ConversionError(f"{quantity} is stored in {unit}, not in {law_unit}; {advice}") from None


def _law(config: Linear | Divider | CurrentLoop | None, spec: ChannelSpec) -> Callable[[float], Converted]:
    """The law that a conversion stands for."""
    if config is None:
        return same
    if config.kind == "linear":
        return _line(config.points)
    if config.kind == "divider":
        return divider_law(config.ratio)
    return _loop(config, spec.raw_unit)


def _line(points: list[list[float]]) -> Callable[[float], Converted]:
    """The line through the two configured points."""
    (raw_0, value_0), (raw_1, value_1) = points
    if raw_0 == raw_1:
        raise ConversionError(f"both points have raw {raw_0:g}; a line needs two different raw values")
    return line_law((raw_0, value_0), (raw_1, value_1))


def _loop(config: CurrentLoop, raw_unit: str) -> Callable[[float], Converted]:
    """The configured loop; its shunt needs volts."""
    if raw_unit != "V":
        raise ConversionError(f"a loop is read in V across its shunt, and this channel gives {raw_unit}")
    return loop_law(config.shunt_ohm, config.at_4ma, config.at_20ma)
