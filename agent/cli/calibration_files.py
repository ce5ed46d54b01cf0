"""All calibrations of a station in one file, and back: for another card, or for whoever keeps the archive."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.acquire.calibration.fields import RecordError, table, tables, text
from agent.acquire.calibration.record import FORMAT, from_json, opened, sealed
from agent.acquire.calibration.store import CalibrationError
from agent.cli.running import complain
from agent.config.files import read_small_file

if TYPE_CHECKING:
    from agent.acquire.calibration.store import Calibrations

_LARGEST_BYTES = 64 * 1024 * 1024


def exported(store: Calibrations, file: str) -> int:
    """Write all that can be read. 0, or 1 when something is damaged and not in it."""
    records: list[dict[str, Any]] = []
    active: dict[str, str] = {}
    damaged: dict[str, str] = {}
    for sensor in store.sensors():
        history = store.history(sensor)
        records += [each.as_json() for each in history.records]
        damaged |= history.damaged
        for quantity in sorted({each.quantity for each in history.records}):
            record = store.active(sensor, quantity)
            if record is not None:
                active[record.channel] = record.id
    try:
        whole = sealed({"format": FORMAT, "records": records, "active": active}, _LARGEST_BYTES)
        _write(file, whole)
    except (RecordError, OSError) as error:
        raise CalibrationError(f"{file} cannot be written: {error}", "name another FILE") from error
    for why in damaged.values():
        complain(f"left out: {why}", "")
    print(f"{len(records)} calibrations, {len(active)} of them in force", file=sys.stderr)
    return 1 if damaged else 0


def imported(store: Calibrations, file: Path) -> dict[str, str]:
    """Keep those that are not there yet; by channel, which was in force there. Raises CalibrationError.

    Nothing is kept of a file in which anything is wrong.
    """
    try:
        fields = opened(read_small_file(file, _LARGEST_BYTES).data)
        records = [from_json(each) for each in tables(fields, "records")]
        channels = table(fields, "active")
        active = {channel: text(channels, channel) for channel in channels}
    except RecordError as error:
        raise CalibrationError(f"{file}: {error}", "only what `export` wrote can be taken up") from error
    except OSError as error:
        raise CalibrationError(f"{file} cannot be read: {error.strerror}", "is its name right?") from error
    known = {each.id: _known(store, each.id) for each in records}
    for record in records:
        there = known[record.id]
        if there is not None and there != record:
            raise CalibrationError(
                f"{record.id} is here already and is not the same; nothing was taken up",
                f"skyground calibration show {record.id}",
            )
    new = [record for record in records if known[record.id] is None]
    for record in new:
        store.add(record)
    print(f"{len(new)} calibrations taken up, {len(records) - len(new)} were here", file=sys.stderr)
    return active


def _known(store: Calibrations, name: str) -> object:
    with suppress(CalibrationError):
        return store.read(name)
    return None


def _write(file: str, whole: str) -> None:
    if file == "-":
        sys.stdout.write(whole)
    else:
        Path(file).write_text(whole, encoding="utf-8")
