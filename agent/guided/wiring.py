"""From the parts of a station to its guide, when it is asked for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.guided.door import Door

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agent.acquire.maintenance import Maintenance
    from agent.acquire.poller import Poller
    from agent.acquire.recalibration import Recalibration
    from agent.calibrations import CalibrationRequests
    from agent.clock import Clock
    from agent.config.schema import Config
    from agent.guided.guide import Guide
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
) -> Door:
    """The way to the guide of one station; its sessions are kept in `state`."""

    def made(wake: threading.Event) -> Guide:
        # Here and not above: see `Door`.
        from agent.acquire.calibration.sessions import Sessions  # noqa: PLC0415
        from agent.guided.care import Care  # noqa: PLC0415
        from agent.guided.guide import Guide  # noqa: PLC0415
        from agent.guided.work import Works  # noqa: PLC0415

        works = Works(by_sensor, requests, recalibration.store, clock)
        care = Care(maintenance, clock)
        return Guide(config, by_sensor, recalibration, works, Sessions(state), care, clock, append, wake=wake)

    by_sensor = {sensor: poller for poller in pollers for sensor in poller.sensors}
    return Door(state, made)
