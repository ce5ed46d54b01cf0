"""Calibrations without a running station: how channels stand, and another one put in force under its lock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from agent import paths
from agent.acquire.calibration.record import utc_text
from agent.acquire.calibration.store import CalibrationError
from agent.acquire.recalibration import Recalibration
from agent.acquire.wiring import polled_sensor
from agent.cli.check import load_or_explain
from agent.cli.status import state_dir_of
from agent.lock import Lock, LockedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.acquire.calibration.store import Calibrations


def standings(config: Path, store: Calibrations, utc_s: float) -> list[dict[str, Any]] | int:
    """What the station would answer to `calibration_due`; the exit code when the configuration is wrong."""
    loaded = load_or_explain(config)
    if isinstance(loaded, int):
        return loaded
    recalibration = Recalibration(loaded, store)
    for sensor in loaded.sensor:
        polled_sensor(sensor, loaded.station.elevation_m, recalibration.measured)
    return [
        {"channel": channel, **now.as_json(utc_s)}
        for channel, now in sorted(recalibration.standings.now().items())
        if now.record is not None or now.trouble
    ]


def moved(
    config: Path, store: Calibrations, command: str, arguments: Mapping[str, str]
) -> dict[str, Any] | int:
    """Do here what the station would do; it is in force from the next start on. Raises CalibrationError."""
    loaded = load_or_explain(config)
    if isinstance(loaded, int):
        return loaded
    sensor, _, quantity = arguments["channel"].partition("/")
    by, why = arguments["by"], arguments["why"] or f"{command}d while the station did not run"
    move = {"at": utc_text(time.time()), "by": by, "why": why}
    recalibration = Recalibration(loaded, store)
    try:
        lock = Lock(state_dir_of(config) / paths.LOCK_NAME)
    except LockedError as error:
        raise CalibrationError(
            str(error), "it is about to start or to stop: try again in a minute"
        ) from error
    try:
        recalibration.check_calibrated(sensor, quantity)
        chosen = None
        if command == "activate":
            chosen = recalibration.chosen(sensor, quantity, arguments.get("id"))
        kept = recalibration.kept_inside(sensor, quantity, chosen)
        if chosen is None:
            store.withdraw(sensor, quantity, **move)
        else:
            recalibration.check(chosen)
            store.activate(chosen.id, **move)
    finally:
        lock.close()
    return {
        "id": None if chosen is None else chosen.id,
        "channel": arguments["channel"],
        "running": "",
        "record": None if chosen is None else chosen.as_json(),
        "kept_inside": kept,
    }
