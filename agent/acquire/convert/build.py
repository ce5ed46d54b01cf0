"""From a `convert` or `derive` table of the configuration, or none, to the converter of one channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.acquire.convert.companions import companions
from agent.acquire.convert.compensated import alone
from agent.acquire.convert.contract import ConversionError, Converter
from agent.acquire.convert.kinds import LAWS
from agent.acquire.convert.laws import same
from agent.acquire.convert.provenance import numbers
from agent.acquire.convert.recorded import table_of
from agent.config.conversions import AS_RAW, DERIVED, KINDS
from agent.quantity import QUANTITIES, canonical_unit, factor

if TYPE_CHECKING:
    from agent.acquire.convert.contract import Calibrated, Companion
    from agent.config.schema_convert import Conversion, Derivation
    from drivers.contract import ChannelSpec


def converter(
    config: Conversion | Derivation | None,
    spec: ChannelSpec,
    calibrated: Calibrated | None = None,
    *,
    told: Companion | None = None,
) -> Converter:
    """The converter of a channel; without a configured conversion only the unit is changed.

    Args:
        config: its table.
        spec: what it is made of; of a derived channel, the source's unit.
        calibrated: the law of a calibration, in the place of the configured kind and its numbers.
        told: what the instrument itself is told, and corrects by.

    Raises ConversionError when the raw unit, the conversion and the quantity do not fit together.
    """
    table: Any = config if calibrated is None else table_of(calibrated, config)
    law_unit = _law_unit(table, spec)
    unit, scale = _scale(spec.quantity, law_unit, configured=table is not None)
    others = companions(table, told)
    return Converter(
        alone(same) if table is None else LAWS[table.kind](table, spec.raw_unit, law_unit),
        numbers=numbers(table, others),
        raw_unit=spec.raw_unit,
        factor=scale,
        unit=unit,
        decimals=QUANTITIES[spec.quantity].decimals,
        companions=others,
        calibration_id=None if calibrated is None else calibrated.id,
    )


def _law_unit(table: Any, spec: ChannelSpec) -> str:
    """The unit in which the law answers."""
    if spec.quantity not in QUANTITIES:
        known = ", ".join(sorted(QUANTITIES))
        raise ConversionError(f"unknown quantity {spec.quantity!r}; known are {known}")
    if table is None:
        return spec.raw_unit
    kind = (KINDS | DERIVED)[table.kind]
    if kind.raw_units and spec.raw_unit not in kind.raw_units:
        raise ConversionError(f"{kind.reads}, and this channel gives {spec.raw_unit}")
    if kind.unit == AS_RAW:
        return spec.raw_unit
    return kind.unit or table.unit or QUANTITIES[spec.quantity].units[0]


def _scale(quantity: str, law_unit: str, *, configured: bool) -> tuple[str, float]:
    """The canonical unit and the factor to it."""
    unit = canonical_unit(quantity, law_unit)
    try:
        return unit, factor(law_unit, unit)
    except KeyError:
        advice = "give another `unit` or kind" if configured else f"say how under `convert.{quantity}`"
        raise ConversionError(f"{quantity} is stored in {unit}, not in {law_unit}; {advice}") from None
