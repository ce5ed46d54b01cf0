"""From the parts of a station to its guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.acquire.calibration.sessions import Sessions
from agent.guided.care import Care
from agent.guided.guide import Guide
from agent.guided.work import Works

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agent.acquire.maintenance import Maintenance
    from agent.acquire.poller import Poller
    from agent.acquire.recalibration import Recalibration
    from agent.calibrations import CalibrationRequests
    from agent.clock import Clock
    from agent.config.schema import Config
    from agent.model import Record


def guide(
    config: Config,
    clock: Clock,
    pollers: Sequence[Poller],
    maintenance: Maintenance,
    recalibration: Recalibration,
    requests: CalibrationRequests,
    *,
    state: Path,
    append: Callable[[Sequence[Record]], None],
) -> Guide:
    """The guide of one station; its sessions are kept in `state`."""
    by_sensor = {sensor: poller for poller in pollers for sensor in poller.sensors}
    works = Works(by_sensor, requests, recalibration.store, clock)
    care = Care(maintenance, clock)
    return Guide(config, by_sensor, recalibration, works, Sessions(state), care, clock, append)
