"""From a configuration to pollers that read real (simulated) wires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.acquire.convert.contract import ConversionError
from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.acquire.maintenance import Maintenance
from agent.acquire.wiring import channels, polled_sensor, pollers
from agent.clock import SystemClock
from agent.config.plain import plain
from agent.config.schema import Config
from agent.model import Channel, Flag, Observation, Why
from drivers.simulated.ads1115 import Ads1115
from drivers.simulated.i2c_server import I2cServer
from drivers.simulated.modbus_frame import Instrument
from drivers.simulated.modbus_slave import ModbusSlave
from tests.acquire.rig import HandClock

if TYPE_CHECKING:
    from pathlib import Path

    from agent.acquire.poller import Poller
    from agent.model import Record

LEVEL = {"kind": "loop_4_20ma", "shunt_ohm": 100.0, "at_4ma": 0.0, "at_20ma": 10.0}


def config(port: str, adapter: str, **level: Any) -> Config:
    """A pH electrode on a serial line, a level transmitter on an analog input, and a bus without sensors."""
    model = Config.model_validate(
        {
            "station": {"site": "north-dump", "id": "st-01"},
            "bus": [
                {"id": "rs485", "kind": "serial", "port": port},
                {"id": "i2c", "kind": "i2c", "adapter": adapter},
                {"id": "spare", "kind": "i2c"},
            ],
            "sensor": [
                {
                    "id": "ph-3", "bus": "rs485", "model": "sup-ph8001", "unit": 3,
                    "expect": {"ph": [6.0, 9.0]},
                },
                {
                    "id": "level-1", "bus": "i2c", "model": "ads1115", "input": "A0",
                    "quantity": "water_level", "convert": {"water_level": LEVEL}, **level,
                },
            ],
        }
    )  # fmt: skip
    station: Config = plain(model)  # what a running station holds
    return station


def read_once(station: Config) -> tuple[list[Poller], list[Record]]:
    """One step of every poller."""
    records: list[Record] = []
    clock = SystemClock()
    latest = Latest()
    maintenance = Maintenance((), clock, records.extend)
    found = pollers(station, clock, records.extend, latest, maintenance, Judging((), latest))
    for poller in found:
        poller.step(clock.now())
        poller.close()
    return found, records


def test_a_configured_station_reads_its_wires(tmp_path: Path) -> None:
    """On the line pH 5.61 at 12.3 degC, 1.2 V (12 mA, 5 m) on the input: raw, value, flag."""
    path = tmp_path / "i2c.sock"
    electrode = Instrument(lambda: {0: 123, 1: 561})
    with ModbusSlave({3: electrode}) as line, I2cServer(path, {0x48: Ads1115(lambda _pin: 1.2)}):
        found, records = read_once(config(line.port, f"unix:{path}"))
    assert [poller.name for poller in found] == ["rs485", "i2c"]
    read = {str(r.channel): (r.value, r.flag, r.why) for r in records if isinstance(r, Observation)}
    assert read == {
        "ph-3/temperature": (12.3, Flag.GOOD, Why.NONE),
        "ph-3/ph": (5.61, Flag.SUSPECT, Why.SITE_RANGE),
        "level-1/water_level": (pytest.approx(5.0, abs=0.001), Flag.GOOD, Why.NONE),
    }


def test_wires_that_are_not_there_are_missing_observations_with_advice(tmp_path: Path) -> None:
    """Nothing is plugged in: the station starts all the same, and says what to do."""
    found, records = read_once(config(str(tmp_path / "ttyUSB0"), f"unix:{tmp_path}/none.sock"))
    assert {r.why for r in records if isinstance(r, Observation)} == {Why.BUS_DOWN}
    assert [poller.status()["open"] for poller in found] == [False, False]
    assert all(poller.status()["hint"] for poller in found)


def test_channels_are_known_without_any_wire() -> None:
    """In the order of the file and of the driver, with the unit that will be stored."""
    assert channels(config("/dev/ttyUSB0", "/dev/i2c-1")) == [
        Channel("ph-3", "temperature", "degC", "degC"),
        Channel("ph-3", "ph", "1", "pH"),
        Channel("level-1", "water_level", "m", "V"),
    ]


def test_period_and_id_come_from_the_configuration() -> None:
    """What the poller schedules by."""
    sensor = polled_sensor(config("/dev/ttyUSB0", "/dev/i2c-1", period_s=2.5).sensor[1])
    assert (sensor.id, sensor.period_s) == ("level-1", 2.5)


def test_a_conversion_that_cannot_work_names_sensor_and_quantity() -> None:
    """Volts do not become metres by themselves."""
    with pytest.raises(ConversionError, match="sensor 'level-1', water_level: water_level is stored in m"):
        channels(config("/dev/ttyUSB0", "/dev/i2c-1", convert={}))


def test_an_adapter_that_comes_back_as_another_device_is_found_by_its_id(tmp_path: Path) -> None:
    """Unplugged and plugged in again it is ttyUSB1: the by-id link leads there, and values come again."""
    link, clock = tmp_path / "usb-FTDI_FT000001", HandClock()
    records: list[Record] = []
    maintenance = Maintenance((), clock, records.extend)
    latest = Latest()
    station = config(str(link), "unix:/none")
    (poller, _) = pollers(station, clock, records.extend, latest, maintenance, Judging((), latest))
    for _ in range(2):
        with ModbusSlave({3: Instrument(lambda: {0: 123, 1: 561})}) as line:
            link.unlink(missing_ok=True)
            link.symlink_to(line.port)
            poller.step(clock.now())
            clock.advance(60)
        poller.step(clock.now())
        clock.advance(60)
    poller.close()
    told = [(r.flag, r.why) for r in records if isinstance(r, Observation) and r.channel.quantity == "ph"]
    assert told == [(Flag.SUSPECT, Why.SITE_RANGE), (Flag.MISSING, Why.BUS_DOWN)] * 2
