"""Checks on what is measured: names, units, conversions and expected ranges of each sensor."""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from agent.config import check_modbus, check_sdi12
from agent.config.conversions import AS_RAW, KINDS, Kind
from agent.config.delivered import delivered
from agent.config.limits import SLOPES, is_flat
from agent.config.problem import Finding
from agent.config.tables import numbers, subtables, tables, text
from agent.config.words import did_you_mean, literal, one_of, quote
from agent.quantity import QUANTITIES, is_reachable
from drivers.ads1115.channels import FULL_SCALE_V
from drivers.registry import ADS1115, MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.config.position import Path

UNKNOWN_QUANTITY = "SG-C030"
NOT_DELIVERED = "SG-C031"
NO_UNIT = "SG-C032"
EMPTY_RANGE = "SG-C033"
NO_SLOPE = "SG-C034"
OVER_RANGE = "SG-C035"

Table = dict[str, Any]

_LIVE_LOOP_A = 0.021  # NAMUR NE 43: above 21 mA a loop signals a fault


def findings(document: Table) -> Iterator[Finding]:
    """Everything about quantities that cannot work."""
    for path, sensor in tables(document, "sensor"):
        yield from chain(
            _names(path, sensor),
            _way_to_unit(path, sensor),
            _ranges(path, sensor),
            _conversions(path, sensor),
        )


def _names(path: Path, sensor: Table) -> Iterator[Finding]:
    quantity = text(sensor, "quantity")
    if MODELS.get(text(sensor, "model") or "") == ADS1115 and quantity and quantity not in QUANTITIES:
        yield _unknown((*path, "quantity"), quantity)
    for place, name in chain(
        check_modbus.names(path, sensor) if check_modbus.is_modbus(sensor) else (),
        check_sdi12.names(path, sensor) if check_sdi12.is_sdi12(sensor) else (),
    ):
        if name not in QUANTITIES:
            yield _unknown(place, name)
    measured = delivered(sensor)
    for key in ("convert", "derive", "expect", "calibrate", "quality", "watch"):
        for name in subtables(sensor, key):
            if name not in QUANTITIES:
                yield _unknown((*path, key, name), name)
            elif measured and name not in {*measured, *_also(sensor, key)}:
                yield Finding(
                    code=NOT_DELIVERED,
                    message=f"{key}.{name}: this sensor does not measure {quote(name)}",
                    path=(*path, key, name),
                    help=f"it measures {', '.join(measured)}",
                )


def _also(sensor: Table, key: str) -> Iterable[str]:
    """What a table may be about beside what the instrument itself measures."""
    return () if key in {"convert", "calibrate"} else subtables(sensor, "derive")


def _unknown(path: Path, name: str) -> Finding:
    return Finding(
        code=UNKNOWN_QUANTITY,
        message=f"unknown quantity {quote(name)}",
        path=path,
        label=did_you_mean(name, QUANTITIES),
        help=f"quantities: {', '.join(QUANTITIES)}",
    )


def _way_to_unit(path: Path, sensor: Table) -> Iterator[Finding]:
    """Raw unit, conversion and quantity must fit together for every channel."""
    for quantity, raw_unit in delivered(sensor).items():
        conversion = subtables(sensor, "convert").get(quantity)
        if conversion is not None and not isinstance(conversion, dict):
            continue
        kind = Kind(unit=AS_RAW) if conversion is None else _kind(conversion)
        if kind.unit == AS_RAW and not is_reachable(quantity, raw_unit):
            yield _no_way(path, sensor, quantity, raw_unit)
        if conversion is not None:
            yield from _signal_not_taken((*path, "convert", quantity), conversion, raw_unit)
            yield from _unit_not_said((*path, "convert", quantity), quantity, conversion)


def _no_way(path: Path, sensor: Table, quantity: str, raw_unit: str) -> Finding:
    units = " or ".join(QUANTITIES[quantity].units)
    return Finding(
        code=NO_UNIT,
        message=f"nothing says how {raw_unit} of this sensor become {quantity} in {units}",
        path=(*path, "convert", quantity) if "convert" in sensor else (*path, "quantity"),
        help=f"[sensor.convert.{quantity}]\n"
        'kind = "linear"\n'
        f"points = [[0.0, 0.0], [1.0, 1.0]]   # [{raw_unit}, value] twice; or a 4-20 mA loop: loop_4_20ma",
    )


def _kind(conversion: Table) -> Kind:
    """What the kind of a conversion takes and gives; an unknown kind is the schema's matter."""
    return KINDS.get(text(conversion, "kind") or "", Kind())


def _signal_not_taken(path: Path, conversion: Table, raw_unit: str) -> Iterator[Finding]:
    kind = _kind(conversion)
    if kind.raw_units and raw_unit not in kind.raw_units:
        yield Finding(
            code=NO_UNIT,
            message=f"{kind.reads}, but this sensor gives {raw_unit}",
            path=(*path, "kind"),
            help='use kind = "linear" or "polynomial", or none where the instrument has converted already',
        )


def _unit_not_said(path: Path, quantity: str, conversion: Table) -> Iterator[Finding]:
    units = QUANTITIES[quantity].units
    if len(units) > 1 and "unit" not in conversion and not _kind(conversion).unit:
        yield Finding(
            code=NO_UNIT,
            message=f"{quantity} has several units, and convert.{quantity} does not say which it gives",
            path=path,
            help=f"add: unit = {one_of(units)}, whichever the instrument's data sheet names",
        )


def _ranges(path: Path, sensor: Table) -> Iterator[Finding]:
    for name, value in subtables(sensor, "expect").items():
        pair = numbers(value, 2)
        if pair and pair[0] >= pair[1]:
            yield Finding(
                code=EMPTY_RANGE,
                message=f"expect.{name}: {literal(pair[0])} is not below {literal(pair[1])}",
                path=(*path, "expect", name),
                help=f"{name} = [low, high]",
            )


def _conversions(path: Path, sensor: Table) -> Iterator[Finding]:
    for name, conversion in subtables(sensor, "convert").items():
        here = (*path, "convert", name)
        if isinstance(conversion, dict):
            yield from _foreign_unit(here, name, conversion)
            yield from _flat_line(here, conversion)
            yield from _flat_loop(here, conversion)
            yield from _flat_curve(here, conversion)
            yield from _unsorted(here, conversion)
            if MODELS.get(text(sensor, "model") or "") == ADS1115:
                yield from _loop_over_range(here, conversion, sensor)


def _foreign_unit(path: Path, name: str, conversion: Table) -> Iterator[Finding]:
    fixed = _kind(conversion).unit
    if fixed == AS_RAW:
        return
    unit = fixed or text(conversion, "unit")
    if unit is not None and name in QUANTITIES and not is_reachable(name, unit):
        units = QUANTITIES[name].units
        yield Finding(
            code=NO_UNIT,
            message=f"{name} is kept in {' or '.join(units)}, not in {quote(unit)}",
            path=(*path, "kind" if fixed else "unit"),
            help=f"unit = {one_of(units)}, and the values of the conversion in it",
        )


def _flat_line(path: Path, conversion: Table) -> Iterator[Finding]:
    points = conversion.get("points")
    pairs = [numbers(point, 2) for point in points] if isinstance(points, list) else []
    raws = [pair[0] for pair in pairs if pair]
    if len(raws) == len(pairs) == 2 and raws[0] == raws[1]:  # noqa: PLR2004 - a line has two points
        yield Finding(
            code=NO_SLOPE,
            message=f"both points have the raw value {literal(raws[0])}: that is no line",
            path=(*path, "points"),
            help="[[raw, value], [raw, value]], from two different states of the instrument",
        )


def _unsorted(path: Path, conversion: Table) -> Iterator[Finding]:
    points = conversion.get("points")
    pairs = [numbers(point, 2) for point in points] if isinstance(points, list) else []
    raws = [pair[0] for pair in pairs if pair]
    is_piecewise = conversion.get("kind") == "piecewise" and len(raws) == len(pairs)
    back = next((right for left, right in pairwise(raws) if left >= right), None)
    if is_piecewise and back is not None and len(raws) > 2:  # noqa: PLR2004 - of two, _flat_line speaks
        yield Finding(
            code=NO_SLOPE,
            message=f"the point with the raw value {literal(back)} does not come after the one before it",
            path=(*path, "points"),
            help="write the points in the order of their raw values, each of them once",
        )


def _flat_loop(path: Path, conversion: Table) -> Iterator[Finding]:
    ends = numbers([conversion.get("at_4ma"), conversion.get("at_20ma")], 2)
    if ends and ends[0] == ends[1]:
        yield Finding(
            code=NO_SLOPE,
            message=f"at_4ma and at_20ma are both {literal(ends[0])}: every current would give one value",
            path=(*path, "at_20ma"),
            help="the two ends of the measuring range on the instrument's name plate",
        )


def _flat_curve(path: Path, conversion: Table) -> Iterator[Finding]:
    kind = text(conversion, "kind") or ""
    keys = SLOPES.get(kind, ())
    if keys and is_flat(kind, conversion):
        yield Finding(
            code=NO_SLOPE,
            message=f"with {' and '.join(keys)} of zero every signal would give one value",
            path=(*path, keys[-1]),
            help="the numbers of the instrument's certificate",
        )


def _loop_over_range(path: Path, conversion: Table, sensor: Table) -> Iterator[Finding]:
    shunt = numbers([conversion.get("shunt_ohm", 100.0)], 1)
    full_scale_v = FULL_SCALE_V.get(str(sensor.get("gain", "1")))
    if conversion.get("kind") != "loop_4_20ma" or not shunt or not full_scale_v:
        return
    highest_v = shunt[0] * _LIVE_LOOP_A
    if highest_v > full_scale_v:
        yield Finding(
            code=OVER_RANGE,
            message=f"21 mA through {literal(shunt[0])} ohm are {highest_v:.3g} V, "
            f"above the {full_scale_v:g} V that the input can measure",
            path=(*path, "shunt_ohm"),
            help="a smaller shunt (100 ohm gives 2.1 V), or a smaller gain",
        )
