"""The wire that a person wants searched: a bus of the configuration, or a port or adapter by its name.

The configuration is looked at table by table, because a search is for the time when it is not right yet.
"""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.config.tables import tables

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from agent.config.schema import AnyBus


class WireError(Exception):
    """This wire cannot be searched; `hint` says what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


class Wire(NamedTuple):
    """One bus.

    Attributes:
        bus: how it is opened.
        is_configured: whether the configuration has it.
        sensors: by place on it, the ids of those that the configuration has there.
        models: of these sensors.
    """

    bus: AnyBus
    is_configured: bool
    sensors: dict[int | str, str]
    models: frozenset[str]

    def toml(self) -> str:
        """A `[[bus]]` table; empty when the configuration has it."""
        if self.is_configured:
            return ""
        keys = {"id": self.bus.id, "kind": self.bus.kind, **self.bus.model_dump(exclude_defaults=True)}
        return "\n".join(["[[bus]]", *(f"{key} = {_quoted(value)}" for key, value in keys.items())]) + "\n"


def named(args: argparse.Namespace) -> Wire:
    """The wire that the arguments name. Raises WireError."""
    document = _document(args.config)
    buses = [table for _, table in tables(document, "bus")]
    if args.bus is not None:
        found = [table for table in buses if table.get("id") == args.bus]
        if not found:
            known = ", ".join(str(table.get("id")) for table in buses) or "none"
            raise WireError(
                f"{args.config} has no bus {args.bus!r}",
                f"it has: {known}; or name the wire itself with --port or --i2c",
            )
        return _wire(found[0], document, is_configured=True)
    asked = _table(args)
    where = "port" if asked["kind"] == "serial" else "adapter"
    for table in buses:
        if table.get("kind") == asked["kind"] and _same(table.get(where, "/dev/i2c-1"), asked[where]):
            return _wire(table, document, is_configured=True)
    return _wire(asked, document, is_configured=False)


def _table(args: argparse.Namespace) -> dict[str, Any]:
    """The `[[bus]]` table of a wire that the configuration does not have."""
    if args.i2c is not None:
        adapter = f"/dev/i2c-{args.i2c}" if args.i2c.isdigit() else args.i2c
        return {"id": f"i2c-{args.i2c if args.i2c.isdigit() else 0}", "kind": "i2c", "adapter": adapter}
    name = "sdi12-0" if args.sdi12 or args.addresses else "rs485-0"
    line = {key: getattr(args, key) for key in ("baud", "parity", "stop_bits", "data_bits")}
    return {"id": name, "kind": "serial", "port": args.port, **line}


def _wire(table: dict[str, Any], document: dict[str, Any], *, is_configured: bool) -> Wire:
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - --help must not pay for pydantic

    from agent.config.schema import AnyBus as Schema  # noqa: PLC0415 - the same

    try:
        bus: AnyBus = TypeAdapter(Schema).validate_python(table)
    except ValidationError as error:
        first = error.errors()[0]
        what = f"bus {table.get('id')!r}: {'.'.join(map(str, first['loc'][1:]))}: {first['msg']}"
        raise WireError(what, "`skyground check` says all that is wrong in the configuration") from error
    if bus.kind == "host":
        raise WireError(f"bus {bus.id!r} is this computer", "there is nobody to be found on it")
    here = [each for _, each in tables(document, "sensor") if is_configured and each.get("bus") == bus.id]
    models = frozenset(str(each.get("model")) for each in here)
    if bus.kind == "serial" and any(model.startswith("ezo-") for model in models):
        hint = (
            "`skyground read SENSOR` asks it; to search for others, unplug it and name the wire with --port"
        )
        raise WireError(f"an EZO circuit has bus {bus.id!r} to itself", hint)
    sensors: dict[int | str, str] = {}
    for each in here:
        place = _place(each)
        if place is not None:
            sensors[place] = ", ".join(filter(None, (sensors.get(place), str(each.get("id")))))
    return Wire(bus, is_configured, sensors, models)


def _place(sensor: dict[str, Any]) -> int | str | None:
    """Its unit or address, which its driver may know when the table does not say it."""
    from drivers.ezo.circuits import CIRCUITS  # noqa: PLC0415 - with the rest of the configuration
    from drivers.registry import MODELS  # noqa: PLC0415 - the same

    model = str(sensor.get("model"))
    place = sensor.get("unit", sensor.get("address"))
    if place is None and model in CIRCUITS:
        place = CIRCUITS[model].address
    if place is None and model in MODELS:
        address = MODELS[model].settings().model_fields.get("address")
        place = address.default if address is not None else None
    return place if isinstance(place, int | str) else None


def _document(config: Path) -> dict[str, Any]:
    """What the file says; nothing when it cannot be read or is no TOML."""
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _same(one: object, other: str) -> bool:
    return os.path.realpath(str(one)) == os.path.realpath(other)


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
