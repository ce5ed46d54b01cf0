"""What a schema cannot say: whether the tables of the file agree with each other.

Every check reads the raw document, so that its findings stand beside those of the schema, and passes over
whatever has the wrong type: the schema has complained about that already.
"""

from __future__ import annotations

import os
from itertools import chain
from typing import TYPE_CHECKING, Any

from agent.config import (
    check_companions,
    check_duration,
    check_ezo,
    check_i2c,
    check_modbus,
    check_notify,
    check_quality,
    check_quantities,
    check_sdi12,
    check_sinks,
    check_watch,
)
from agent.config.problem import Finding
from agent.config.tables import tables, text
from agent.config.words import did_you_mean, quote
from drivers.registry import ADS1115, MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.config.position import Path

DUPLICATE_ID = "SG-C020"
UNKNOWN_BUS = "SG-C021"
WRONG_BUS = "SG-C022"
CLASH = "SG-C023"
RESERVED = "SG-C024"
LONG_PATH = "SG-C025"

_ADS1115_ADDRESS = 0x48
_RESERVED = frozenset({"journal", "control", "heartbeat", "quality", "calibrations"})
_LONGEST_STATE_DIR = 107 - len("/control.sock")


def findings(document: dict[str, Any]) -> list[Finding]:
    """Everything in which the tables disagree, in no particular order."""
    return list(
        chain(
            _duplicate_ids(document),
            _reserved_ids(document),
            _long_state_dir(document),
            _same_wire(document),
            _wrong_bus(document),
            _same_address(document),
            _needless_address(document),
            check_companions.findings(document),
            check_duration.findings(document),
            check_i2c.references(document),
            check_quantities.findings(document),
            check_quality.findings(document),
            check_sinks.findings(document),
            check_watch.findings(document),
            check_notify.findings(document),
        )
    )


def _duplicate_ids(document: dict[str, Any]) -> Iterator[Finding]:
    for kind in ("bus", "sensor", "publish", "notify"):
        named = [((*path, "id"), text(table, "id")) for path, table in tables(document, kind)]
        for path, name, first in _repeated(named):
            yield Finding(
                code=DUPLICATE_ID,
                message=f"{kind} id {quote(name)} is used twice",
                path=path,
                first=first,
                help="every id names one thing: data are stored and sent under it",
            )


def _reserved_ids(document: dict[str, Any]) -> Iterator[Finding]:
    """Threads bear the names of their buses; the watchdog must not take a bus for the journal's writer."""
    for path, bus in tables(document, "bus"):
        name = text(bus, "id") or ""
        if name in _RESERVED or name.startswith(("publish-", "notify-")):
            yield Finding(
                code=RESERVED,
                message=f"bus id {quote(name)} is a name of the station's own",
                path=(*path, "id"),
                help="choose another, such as rs485-0 or i2c-1",
            )


def _long_state_dir(document: dict[str, Any]) -> Iterator[Finding]:
    """`status` asks through a Unix socket beside the journal, and its path has a limit (unix(7))."""
    station = document.get("station")
    path = text(station, "state_dir") if isinstance(station, dict) else None
    if path is not None and len(os.fsencode(path)) > _LONGEST_STATE_DIR:
        yield Finding(
            code=LONG_PATH,
            message=f"state_dir is {len(os.fsencode(path))} bytes long; the station's socket would not fit",
            path=("station", "state_dir"),
            help=f"{_LONGEST_STATE_DIR} bytes at the most",
        )


def _same_wire(document: dict[str, Any]) -> Iterator[Finding]:
    for key in ("port", "adapter"):
        wires = [((*path, key), text(table, key)) for path, table in tables(document, "bus")]
        for path, name, first in _repeated(wires):
            yield Finding(
                code=CLASH,
                message=f"two buses use {quote(name)}",
                path=path,
                first=first,
                help="one wire is one [[bus]]; several sensors may name it",
            )


def _wrong_bus(document: dict[str, Any]) -> Iterator[Finding]:
    kinds = {text(table, "id"): text(table, "kind") for _, table in tables(document, "bus")}
    kinds.pop(None, None)
    for path, sensor in tables(document, "sensor"):
        bus = text(sensor, "bus")
        if bus is not None and bus not in kinds:
            yield _unknown_bus((*path, "bus"), bus, [name for name in kinds if name])
        entry = MODELS.get(text(sensor, "model") or "")
        kind = kinds.get(bus)
        if entry and kind in {"serial", "i2c", "host"} and kind not in entry.bus_kinds:
            yield Finding(
                code=WRONG_BUS,
                message=f"{sensor['model']} needs a bus of kind {' or '.join(entry.bus_kinds)}, "
                f"but {quote(bus)} is {kind}",
                path=(*path, "bus"),
            )


def _unknown_bus(path: Path, bus: str, known: list[str]) -> Finding:
    return Finding(
        code=UNKNOWN_BUS,
        message=f"there is no bus {quote(bus)}",
        path=path,
        label=did_you_mean(bus, known),
        help=f"buses in this file: {', '.join(quote(name) for name in known) or 'none'}",
    )


def _same_address(document: dict[str, Any]) -> Iterator[Finding]:
    inputs = []
    for path, sensor in tables(document, "sensor"):
        entry, bus = MODELS.get(text(sensor, "model") or ""), text(sensor, "bus")
        address = sensor.get("address", _ADS1115_ADDRESS)
        if bus and entry == ADS1115 and type(address) is int and text(sensor, "input"):
            inputs.append(
                ((*path, "input"), f"input {sensor['input']} of the ADS1115 at {address:#x} on {bus}")
            )
    shared = (check_modbus, check_ezo, check_i2c, check_sdi12)
    for path, what, first in _repeated([*inputs, *chain(*(each.places(document) for each in shared))]):
        yield Finding(
            code=CLASH,
            message=f"two sensors use {what}",
            path=path,
            first=first,
            help="each sensor needs a place of its own on the wire",
        )


def _needless_address(document: dict[str, Any]) -> Iterator[Finding]:
    for path in check_ezo.needless_addresses(document):
        yield Finding(
            code=WRONG_BUS,
            message="`address` means nothing on a serial line",
            path=path,
            help="remove it, or name a bus of kind i2c",
        )


def _repeated(named: Iterable[tuple[Path, str | None]]) -> Iterator[tuple[Path, str, Path]]:
    """Each name that was there before, with the path of the first."""
    first: dict[str, Path] = {}
    for path, name in named:
        if name is None:
            continue
        if name in first:
            yield path, name, first[name]
        first.setdefault(name, path)
