"""The whole simulated site: it serves both wires, its configuration is a valid one, and it leaves nothing."""

from __future__ import annotations

import threading
import tomllib
from pathlib import Path

import pytest
import serial

from agent.config.schema import Config
from drivers.bus.i2c import I2cBus
from drivers.simulated.instruments import PH_UNIT, TURBIDITY_UNIT
from drivers.simulated.modbus_frame import framed, is_intact
from drivers.simulated.modbus_slave import Fault, FaultPlan
from drivers.simulated.scenario import SCENARIOS
from drivers.simulated.site import SimulatedSite, station_toml, wire_faults

START_S = 1_767_225_600.0
READ_PH = framed(bytes.fromhex("03 03 00 01 00 01"))
PATIENCE_S = 5.0


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class Hand:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.hour = 0.0

    def __call__(self) -> float:
        return START_S + self.hour * 3600.0


def read_ph(directory: Path) -> float:
    with serial.Serial(str(directory / "rs485-0"), timeout=PATIENCE_S, exclusive=True) as port:
        port.write(READ_PH)
        answer = port.read(7)
    assert is_intact(answer)
    return int.from_bytes(answer[3:5], "big") / 100


@pytest.mark.parametrize("paced", [False, True])
def test_both_wires_answer_and_follow_the_clock(tmp_path: Path, *, paced: bool) -> None:
    """PH is neutral at the start and acid twenty hours of the site's time later; the converter is there."""
    now = Hand()
    with SimulatedSite(tmp_path, now, scenario="demo", paced=paced):
        assert read_ph(tmp_path) > 7.0
        now.hour = 20.0
        assert read_ph(tmp_path) < 4.0
        bus = I2cBus.open(f"unix:{tmp_path / 'i2c-1.sock'}")
        word = bytearray(2)
        bus.writeto_then_readfrom(0x48, b"\x01", word)
        bus.close()
    assert word == bytes.fromhex("8583")


def test_closing_leaves_no_file_thread_or_descriptor(tmp_path: Path) -> None:
    threads, files = threading.active_count(), open_files()
    with SimulatedSite(tmp_path, Hand()):
        assert {each.name for each in tmp_path.iterdir()} == {"rs485-0", "i2c-1.sock", "bench.sock"}
        assert threading.active_count() == threads + 3
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == threads
    assert open_files() == files


def test_what_a_killed_site_left_is_replaced(tmp_path: Path) -> None:
    """A dangling link and a dead socket do not stand in the way."""
    (tmp_path / "rs485-0").symlink_to("/dev/pts/none")
    (tmp_path / "i2c-1.sock").touch()
    with SimulatedSite(tmp_path, Hand()):
        assert read_ph(tmp_path) > 6.0


def test_a_directory_that_is_not_there_leaves_nothing_running(tmp_path: Path) -> None:
    """The error is the system's own, and no thread or file survives it."""
    threads, files = threading.active_count(), open_files()
    with pytest.raises(FileNotFoundError), SimulatedSite(tmp_path / "missing", Hand()):
        pass
    assert threading.active_count() == threads
    assert open_files() == files


def test_an_unknown_scenario_opens_nothing(tmp_path: Path) -> None:
    files = open_files()
    with pytest.raises(ValueError, match="there are: calm"):
        SimulatedSite(tmp_path, Hand(), scenario="flood")
    assert open_files() == files


def test_knobs_reach_the_wire(tmp_path: Path) -> None:
    """A fault set on the site's slave shows to whoever polls it."""
    with SimulatedSite(tmp_path, Hand()) as site, serial.Serial(site.slave.port, timeout=PATIENCE_S) as port:
        site.slave.fault(PH_UNIT, Fault.EXCEPTION, code=4)
        port.write(READ_PH)
        assert port.read(5) == framed(bytes.fromhex("03 83 04"))
        site.adc.absent = True
        bus = I2cBus.open(f"unix:{tmp_path / 'i2c-1.sock'}")
        with pytest.raises(OSError, match="Remote I/O"):
            bus.writeto(0x48, b"")
        bus.close()


def test_the_script_of_faults_runs_on_the_sites_clock(tmp_path: Path) -> None:
    """The turbidity probe answers at the start of the demo and is dead eight hours later."""
    now = Hand()
    request = framed(bytes.fromhex("04 03 01 00 00 02"))
    with SimulatedSite(tmp_path, now) as site, serial.Serial(site.slave.port, timeout=PATIENCE_S) as port:
        port.write(request)
        assert is_intact(port.read(9))
        now.hour = 8.0
        port.timeout = 0.05
        port.write(request)
        assert port.read(1) == b""


def test_scripted_faults_strike_their_unit_in_their_time() -> None:
    """In the demo, noise hits everybody for an hour, and the turbidity probe is dead for three."""
    demo = SCENARIOS["demo"]
    assert wire_faults(demo, PH_UNIT, 3.9) == []
    assert wire_faults(demo, PH_UNIT, 4.0) == [FaultPlan(Fault.BAD_CRC, rate=0.1)]
    assert wire_faults(demo, PH_UNIT, 5.0) == []
    assert wire_faults(demo, TURBIDITY_UNIT, 7.0) == [FaultPlan(Fault.SILENT)]
    assert wire_faults(demo, PH_UNIT, 7.0) == []


def test_the_station_on_these_wires_is_a_valid_configuration(tmp_path: Path) -> None:
    """It validates, asks every instrument once, and takes what to publish from outside."""
    publish = '[[publish]]\nid = "local"\nkind = "mqtt"\nhost = "127.0.0.1"\n'
    odd = tmp_path / 'a "quoted" \\ name'
    text = station_toml(odd, publish, period_s=2)
    config = Config.model_validate(tomllib.loads(text))
    assert config.station.state_dir == odd / "state"
    assert [bus.id for bus in config.bus] == ["rs485-0", "i2c-1"]
    wired = {each["id"]: each.get("unit", each.get("input")) for each in tomllib.loads(text)["sensor"]}
    assert wired == {
        "soil-1": 1,
        "ph-3": 3,
        "turb-4": 4,
        "piezo-5": 5,
        "baro-6": 6,
        "ec-8": 8,
        "level-1": "A0",
        "battery": "A1",
        "soil-2": "A2",
    }
    assert {sensor.period_s for sensor in config.sensor} == {2.0}
    assert config.publish[0].id == "local"
    assert Config.model_validate(tomllib.loads(station_toml(tmp_path))).publish == []
