"""Checks on channels that correct others or are worked out of them: they exist, fit, and go in no circle."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.config.conversions import DERIVED, PRESSURES, ROLES, USUAL_AGE_S
from agent.config.delivered import channels, delivered
from agent.config.problem import Finding
from agent.config.schema import SensorBase
from agent.config.tables import numbers, subtables, tables, text
from agent.config.words import did_you_mean, literal, one_of, quote
from agent.quantity import QUANTITIES, is_reachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.position import Path

UNKNOWN_CHANNEL = "SG-C037"
CIRCLE = "SG-C038"
INCOMPLETE = "SG-C039"

Table = dict[str, Any]

_NEEDS_WARMTH = ("ph_electrode", "conductivity_25")
_USUAL_PERIOD_S = SensorBase.model_fields["period_s"].default
_SEALED = ("vw_linear", "vw_polynomial", "vw_period")


class _Place(NamedTuple):
    """A table that may name other channels, and the channel that it is about."""

    path: Path
    table: Table
    channel: str


def findings(document: Table) -> Iterator[Finding]:
    """Everything about companions and derived channels that cannot work."""
    known = channels(document)
    places = list(_places(document))
    periods_s = _periods_s(document)
    for place in places:
        yield from chain(_unknown(place, known), _incomplete(place), _always_stale(place, periods_s))
    yield from _circles(places)
    for path, sensor in tables(document, "sensor"):
        yield from _sources(path, sensor)


def _places(document: Table) -> Iterator[_Place]:
    for path, sensor in tables(document, "sensor"):
        name = text(sensor, "id")
        for key in ("convert", "derive"):
            for quantity, table in subtables(sensor, key).items():
                if isinstance(table, dict):
                    yield _Place((*path, key, quantity), table, f"{name}/{quantity}")
        # An instrument that compensates itself says so beside its other keys.
        for quantity in delivered(sensor):
            if "temperature" in sensor:
                yield _Place(path, sensor, f"{name}/{quantity}")
                break


def _named(place: _Place) -> Iterator[tuple[str, str]]:
    """The role and the channel of each companion, where both are text."""
    for role in ROLES:
        channel = text(place.table, role)
        if channel is not None and channel.count("/") == 1:
            yield role, channel


def _unknown(place: _Place, known: dict[str, Path]) -> Iterator[Finding]:
    for role, channel in _named(place):
        wanted = ROLES[role].quantity
        fitting = [name for name in known if name.endswith(f"/{wanted}") and name != place.channel]
        if channel not in known:
            message = f"there is no channel {quote(channel)}"
        elif not channel.endswith(f"/{wanted}"):
            message = f"{role} is a channel of {wanted}, which {quote(channel)} is not"
        else:
            continue
        yield Finding(
            code=UNKNOWN_CHANNEL,
            message=message,
            path=(*place.path, role),
            label=did_you_mean(channel, fitting),
            help=f"channels of {wanted} in this file: {', '.join(map(quote, fitting)) or 'none'}",
        )


def _periods_s(document: Table) -> dict[str, float]:
    """How often each sensor is read."""
    found = {}
    for _, sensor in tables(document, "sensor"):
        period = numbers([sensor.get("period_s", _USUAL_PERIOD_S)], 1)
        if period:
            found[text(sensor, "id") or ""] = period[0]
    return found


def _always_stale(place: _Place, periods_s: dict[str, float]) -> Iterator[Finding]:
    """A channel that speaks more seldom than its values count; one of the same answer counts as of now."""
    given = numbers([place.table.get("max_age_s", USUAL_AGE_S)], 1)
    for role, channel in _named(place):
        sensor = channel.partition("/")[0]
        period_s = periods_s.get(sensor, 0.0)
        if given and period_s >= given[0] and sensor != place.channel.partition("/")[0]:
            yield Finding(
                code=INCOMPLETE,
                message=f"{quote(channel)} comes every {literal(period_s)} s, "
                f"and counts for {literal(given[0])} s only",
                path=(*place.path, "max_age_s" if "max_age_s" in place.table else role),
                help=f"max_age_s = {literal(2.5 * period_s)} lets one value be lost",
            )


def _incomplete(place: _Place) -> Iterator[Finding]:
    table, kind = place.table, text(place.table, "kind")
    if "temperature" in table and "temperature_c" in table:
        yield Finding(
            code=INCOMPLETE,
            message="`temperature` and `temperature_c` contradict each other",
            path=(*place.path, "temperature_c"),
            help="name the channel that measures it, or a fixed temperature where nothing does",
        )
    if kind in _NEEDS_WARMTH and "temperature" not in table and "temperature_c" not in table:
        yield Finding(
            code=INCOMPLETE,
            message=f"{kind} needs to know the temperature of the sample",
            path=place.path,
            help='add: temperature = "SENSOR/temperature", or temperature_c = the usual one',
        )
    if kind in _SEALED:
        yield from chain(_thermal(place), _weather(place))


def _thermal(place: _Place) -> Iterator[Finding]:
    """K, T0 and T1 make one correction; each of them alone is none."""
    has = {
        "thermal_per_c": "thermal_per_c" in place.table,
        "zero_c": "zero_c" in place.table,
        "temperature": "temperature" in place.table,
    }
    lacking = [key for key, there in has.items() if not there]
    if lacking and len(lacking) < len(has):
        yield Finding(
            code=INCOMPLETE,
            message=f"the thermal correction of this gauge lacks {' and '.join(lacking)}",
            path=place.path,
            help="K of the certificate, the temperature at the zero reading, and the one of now go together",
        )


def _weather(place: _Place) -> Iterator[Finding]:
    """S0 and S1 make one correction, of a pressure."""
    table = place.table
    if ("barometer" in table) != ("zero_baro_kpa" in table):
        missing = "zero_baro_kpa" if "barometer" in table else "barometer"
        yield Finding(
            code=INCOMPLETE,
            message=f"the barometric correction of this gauge lacks {missing}",
            path=place.path,
            help="R0, T0 and S0 are taken together, in air; S0 is the air pressure at the zero reading",
        )
    unit = text(table, "unit") or _usual_unit(place.channel)
    if "barometer" in table and unit not in PRESSURES:
        yield Finding(
            code=INCOMPLETE,
            message=f"a barometer corrects a pressure, and this value is in {quote(unit)}",
            path=(*place.path, "barometer"),
            help=f"unit = {one_of(PRESSURES)}, or no barometer",
        )


def _usual_unit(channel: str) -> str:
    quantity = QUANTITIES.get(channel.partition("/")[2])
    return quantity.units[0] if quantity else PRESSURES[0]


def _circles(places: list[_Place]) -> Iterator[Finding]:
    """A channel that, however far round, corrects itself."""
    needs: dict[str, list[str]] = {}
    for place in places:
        source = text(place.table, "from")
        sensor = place.channel.partition("/")[0]
        own = [f"{sensor}/{source}"] if source and "derive" in place.path else []
        needs.setdefault(place.channel, []).extend([*own, *(channel for _, channel in _named(place))])
    for place in places:
        for role, channel in _named(place):
            if place.channel in _reached(channel, needs):
                yield Finding(
                    code=CIRCLE,
                    message=f"{quote(place.channel)} would be corrected by itself through {quote(channel)}",
                    path=(*place.path, role),
                    help="correct it by a channel that does not depend on it",
                )


def _reached(channel: str, needs: dict[str, list[str]]) -> set[str]:
    """The channel itself and all that it needs."""
    reached: set[str] = set()
    todo = [channel]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += needs.get(name, [])
    return reached


def _sources(path: Path, sensor: Table) -> Iterator[Finding]:
    """What a channel is worked out of must be there, in a unit that its law takes; its name must be free."""
    measured = delivered(sensor)
    for name, table in subtables(sensor, "derive").items():
        if not measured or not isinstance(table, dict):
            continue
        here = (*path, "derive", name)
        if name in measured:
            yield Finding(
                code=CIRCLE,
                message=f"this sensor measures {quote(name)} itself",
                path=here,
                help=f"[sensor.convert.{name}] says how its raw signal becomes a value",
            )
        yield from _source(here, table, measured)
        yield from _not_of_its_unit(here, name, table)
        yield from _weather_twice(here, table, subtables(sensor, "convert"))


def _not_of_its_unit(path: Path, name: str, table: Table) -> Iterator[Finding]:
    kind = text(table, "kind") or ""
    if kind not in DERIVED or name not in QUANTITIES or is_reachable(name, DERIVED[kind].unit):
        return
    fitting = [each for each in QUANTITIES if is_reachable(each, DERIVED[kind].unit)]
    yield Finding(
        code=UNKNOWN_CHANNEL,
        message=f"{kind} is worked out in {quote(DERIVED[kind].unit)}, and {name} is kept in "
        f"{' or '.join(QUANTITIES[name].units)}",
        path=(*path, "kind"),
        help=f"name it by what it is: {', '.join(fitting)}",
    )


def _weather_twice(path: Path, table: Table, convert: Table) -> Iterator[Finding]:
    """A gauge freed from the weather gives a pressure relative to the air; the air is gone from it."""
    source = convert.get(text(table, "from") or "")
    if "barometer" in table and isinstance(source, dict) and "barometer" in source:
        yield Finding(
            code=CIRCLE,
            message="the air pressure would be taken off twice: "
            f"convert.{text(table, 'from')} takes it off already",
            path=(*path, "barometer"),
            help="leave it out here; it belongs where the gauge is absolute and nothing else corrects it",
        )


def _source(path: Path, table: Table, measured: dict[str, str]) -> Iterator[Finding]:
    source = text(table, "from")
    kind = DERIVED.get(text(table, "kind") or "")
    if source is not None and source not in measured:
        yield Finding(
            code=UNKNOWN_CHANNEL,
            message=f"this sensor does not measure {quote(source)}",
            path=(*path, "from"),
            label=did_you_mean(source, measured),
            help=f"it measures {', '.join(measured)}",
        )
    elif source in QUANTITIES and kind and not set(QUANTITIES[source].units) & set(kind.raw_units):
        yield Finding(
            code=UNKNOWN_CHANNEL,
            message=f"{kind.reads}, which {quote(source)} is not",
            path=(*path, "from"),
            help=f"it measures {', '.join(measured)}",
        )
