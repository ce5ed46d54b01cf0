"""A station's journal as it comes about: measured, converted, calibrated, worked on, judged, sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agent.acquire.calibration.law import calibrated
from agent.acquire.calibration.store import Calibrations
from agent.acquire.maintenance import Maintenance
from agent.acquire.measure import Measure
from agent.config.schema import MqttSink as MqttConfig
from agent.config.schema_convert import PhElectrode
from agent.model import Channel, Flag, Input, Judgement, Observation, Visit, Why
from agent.publish.mqtt.sink import MqttSink
from agent.publish.shipper import Shipper
from drivers.contract import ChannelSpec, Reading
from tests.calibration.rig import RECORD
from tests.journal.conftest import Store
from tests.sinks.mqtt_rig import META
from tests.sinks.world import station

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.mosquitto import Mosquitto

SPEC = ChannelSpec("ph", "mV", -420.0, 420.0)
CHANNEL = Channel("ph-3", "ph", "1", "mV")
TABLE = PhElectrode(kind="ph_electrode", temperature="t-1/temperature", center_mv=0.0)
MADE = RECORD._replace(
    at="2026-07-20T10:15:00Z",
    raw_unit="mV",
    procedure="ph",
    law={"kind": "ph_electrode", "zero_mv": -8.0, "acid_slope_mv": -57.2, "base_slope_mv": -58.1},
    points=(),
)
WORK_BEGINS, SPIKES, WORK_ENDS, MINUTES = 10, 15, 20, 40


class Site:
    """A pH probe that is read every minute, by hand."""

    def __init__(self, state: Path, port: int) -> None:
        self.state = state
        self.store = Store(state / "journal.db").open()
        self.clock = self.store.clock
        self.calibration = Calibrations(state).save(MADE)
        self.measure = Measure(CHANNEL, SPEC, calibrated(self.calibration, TABLE, SPEC), None)
        self.maintenance = Maintenance(["ph-3"], self.clock, self.store.journal.append)
        config = MqttConfig(id="office", kind="mqtt", host="127.0.0.1", port=port, ack_timeout_s=5)
        self.sink = MqttSink(config, None, station("explained"), lambda: META, lambda: "")
        self.shipper = Shipper("office", self.sink, self.store.journal, self.clock)
        self.made: list[Observation] = []

    def minute(self, temperature: Input, *, sends: bool = True) -> None:
        """One reading, and what became of it."""
        raw = 49.2 + len(self.made) / 10
        reading = self.measure.observe(Reading("ph", raw), self.clock.now(), {"temperature": temperature})
        (marked,) = self.maintenance.marked([reading])
        assert isinstance(marked, Observation)
        self.made.append(marked)
        self.store.journal.append([marked])
        self.store.step(after_s=0.0)
        while sends and self.shipper.status()["backlog"]:
            self.clock.mono_s += self.shipper.step(self.clock.now())
        self.clock.mono_s = 1000.0 + 60.0 * len(self.made)

    def live(self) -> None:
        """Forty minutes; the link is away for the last ten."""
        for minute in range(MINUTES):
            if minute == WORK_BEGINS:
                words = {"visit": "visit/1", "by": "M. Rossi"}
                self.maintenance.begin("ph-3", 7200.0, "visit of M. Rossi", words)
                note = Visit(
                    "visit/1-2", "visit/1", "note", "ph-3/ph", "M. Rossi", self.clock.now(), "rinsed"
                )
                self.store.journal.append([note])
            if minute == WORK_ENDS:
                self.maintenance.end("ph-3", {"visit": "visit/1"})
            temperature = Input(None, 4000.0) if minute == WORK_ENDS else Input(12.13, 3.0)
            self.minute(temperature, sends=minute < MINUTES - 10)
            if minute == SPIKES:
                word = self.made[5]._replace(flag=Flag.SUSPECT, why=Why.SPIKE)
                self.store.journal.append([Judgement(word)])

    def at(self, minute: int) -> str:
        """When that reading was made, as a person asks."""
        second = self.made[minute].at.wall_ns // 10**9
        return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"

    def close(self) -> None:
        """It stops."""
        self.sink.close()
        self.store.writer.close()


@pytest.fixture(scope="module")
def site(mosquitto: Mosquitto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """After its forty minutes, and still open."""
    made = Site(tmp_path_factory.mktemp("site"), mosquitto.port)
    made.live()
    yield made
    made.close()
