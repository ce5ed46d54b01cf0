"""Reading one sensor without a station: open its bus, measure once, close it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import structlog

from agent import answers, paths
from agent.acquire.calibration.store import Calibrations
from agent.acquire.latest import Latest
from agent.acquire.recalibration import Recalibration
from agent.acquire.sensor import SensorTask
from agent.acquire.wiring import opened, polled_sensor
from agent.cli.check import load_or_explain
from agent.clock import NS, SystemClock
from agent.model import Why
from drivers.contract import BadAnswerError, BusError, DriverError

if TYPE_CHECKING:
    from pathlib import Path

    from agent.clock import Clock
    from agent.model import Observation
    from drivers.contract import Bus


def read_direct(config: Path, sensor: str) -> dict[str, Any] | int:
    """What it says, as the running station would answer; the exit code when the configuration is wrong.

    `channels` is empty when the configuration has no such sensor.
    """
    loaded = load_or_explain(config)
    if isinstance(loaded, int):
        return loaded
    found = next((each for each in loaded.sensor if each.id == sensor), None)
    if found is None:
        known = ", ".join(each.id for each in loaded.sensor)
        hint = f"sensors of {config}: {known}"
        return {"channels": [], "error": f"there is no sensor {sensor!r}", "hint": hint}
    clock = SystemClock()
    state = paths.state_dir(loaded.station.state_dir)
    recalibration = Recalibration(loaded, Calibrations(state))
    task = SensorTask(
        polled_sensor(found, loaded.station.elevation_m, recalibration.measured),
        structlog.get_logger(),
        Latest(),
    )
    error: DriverError | None = None
    try:
        bus = opened(next(each for each in loaded.bus if each.id == found.bus))
        try:
            observations = _measure(task, bus, clock)
        finally:
            bus.close()
    except DriverError as failure:
        error = failure
        observations = task.missing(_why(failure), clock.now())
    now = clock.now()
    return {
        "sensor": sensor,
        "source": "no station runs; read here and now",
        "channels": [answers.of_channel(each.channel, each, now) for each in observations],
        "error": error.what if error else "",
        "hint": error.hint if error else "",
    }


def _measure(task: SensorTask, bus: Bus, clock: Clock) -> list[Observation]:
    """One measurement, however many questions it takes; the task bounds both. Raises DriverError."""
    task.begin(None, clock.now())
    while (readings := task.ask(bus, clock)) is None:
        assert task.turn is not None, "it is under way"
        time.sleep(max(0.0, (task.turn.again_ns - clock.now().mono_ns) / NS))
    return task.observe(readings, clock.now())


def _why(error: DriverError) -> Why:
    if isinstance(error, BusError):
        return Why.BUS_DOWN
    return Why.BAD_ANSWER if isinstance(error, BadAnswerError) else Why.NO_ANSWER
