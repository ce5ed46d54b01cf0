"""One run of a station: its handlers for calibrations, and a poller over a real (simulated) wire."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from agent.acquire.calibration.store import Calibrations
from agent.acquire.courses import courses
from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.acquire.maintenance import Maintenance
from agent.acquire.recalibration import Recalibration
from agent.acquire.wiring import pollers
from agent.calibrations import CalibrationRequests
from agent.control import Deferred, RefusedError
from agent.model import Observation, Visit
from tests.acquire.rig import HandClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agent.config.schema import Config
    from agent.model import Record


class Run:
    """One run of a station over a real (simulated) wire with 1.5 V on it; time moves by hand."""

    def __init__(self, state: Path, station: Config, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock()
        self.records: list[Record] = []
        latest = Latest()
        judging = Judging(courses(station), latest)
        self.recalibration = Recalibration(station, Calibrations(state), judging.calibrated)
        sensors = tuple(sensor.id for sensor in station.sensor)
        self.maintenance = Maintenance(sensors, self.clock, self.take)
        (self.poller,) = pollers(
            station, self.clock, self.take, latest, self.maintenance, judging, law=self.recalibration.measured
        )
        self.recalibration.attach([self.poller])
        self.changed = threading.Event()
        self.requests = CalibrationRequests(self.recalibration, self.clock, self.take, self.changed)

    def take(self, records: Sequence[Record]) -> None:
        self.records += records

    def read(self) -> Observation:
        """The next reading."""
        self.clock.advance(60)
        self.poller.step(self.clock.now())
        return [record for record in self.records if isinstance(record, Observation)][-1]

    def worked_on(self) -> list[str]:
        """What is under maintenance."""
        return sorted(work.subject for work in self.maintenance.in_force())

    def visits(self) -> list[Visit]:
        return [record for record in self.records if isinstance(record, Visit)]

    def ask(self, command: str, **arguments: Any) -> Any:
        """What the socket would answer, the bus's thread having had a turn."""
        answer = self.requests.handlers()[f"calibration_{command}"](arguments)
        if isinstance(answer, Deferred):
            self.poller.step(self.clock.now())
            assert answer.is_over()
            answer = answer.answer()
        return json.loads(json.dumps(answer))

    def refused(self, command: str, **arguments: Any) -> RefusedError:
        with pytest.raises(RefusedError) as told:
            self.ask(command, **arguments)
        assert told.value.hint
        return told.value
