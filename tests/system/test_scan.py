"""`skyground scan` as a technician types it, with and without a running station."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import tomllib
from argparse import ArgumentTypeError, Namespace
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from agent.cli.main import main
from agent.cli.scan import _through_station, addresses, units
from agent.cli.wire import named
from agent.cli.wires import lines
from agent.config.load import load
from agent.control import RefusedError, ask
from drivers.scan import modbus
from drivers.scan.ports import Port
from drivers.scan.question import Question
from drivers.simulated.modbus_frame import Instrument
from drivers.simulated.modbus_slave import Fault, ModbusSlave
from drivers.simulated.sdi12_instruments import teros_12
from drivers.simulated.sdi12_line import Sdi12Line
from tests.drivers.far_end import FarEnd
from tests.servers.process import wait_until
from tests.system.test_run import all_good, skyground

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drivers.simulated.site import SimulatedSite
    from tests.system.agent_process import AgentProcess


def configured(make_agent: Callable[..., AgentProcess], without: str = "") -> AgentProcess:
    """The simulated station, with the sensor `without` taken out of its configuration."""
    agent = make_agent(period_s=1.0)
    if without:
        head, *sensors = agent.config.read_text().split("[[sensor]]")
        kept = [each for each in sensors if f'id = "{without}"' not in each]
        agent.config.write_text("[[sensor]]".join([head, *kept]))
    return agent


def test_what_a_search_prints_makes_a_station(site: SimulatedSite, tmp_path: Path) -> None:
    """From nothing: the output and a `[station]` table are a configuration that passes the check."""
    assert site
    port = tmp_path / "rs485-0"
    none = str(tmp_path / "none.toml")
    told = skyground("scan", "--port", str(port), "--units", "3-4", "--config", none)
    assert told.returncode == 0, told.stderr
    assert "2 of 2 asked answer" in told.stdout
    assert "about 2 s" in told.stderr
    config = tmp_path / "new.toml"
    config.write_text(f'[station]\nsite = "a"\nid = "b"\n{told.stdout}')
    loaded = load(config)
    assert [sensor.model for sensor in loaded.sensor] == ["sup-ph8001", "daviteq-mbrtu-tbd"]
    assert loaded.bus[0].id == "rs485-0"
    assert skyground("read", "sup-ph8001-3", "--config", str(config)).returncode == 0


def test_what_is_configured_is_told_and_not_pasted_again(make_agent: Callable[..., AgentProcess]) -> None:
    """No station runs: everybody is asked, and who is new stands out."""
    agent = configured(make_agent, without="ph-3")
    told = skyground("scan", "--bus", "rs485-0", "--units", "3,4", "--config", str(agent.config))
    assert told.returncode == 0, told.stderr
    assert "(in the configuration: turb-4)" in told.stdout
    assert [each["unit"] for each in tomllib.loads(told.stdout)["sensor"]] == [3]
    assert "bus" not in tomllib.loads(told.stdout)


def test_a_running_station_asks_and_goes_on_reading(make_agent: Callable[..., AgentProcess]) -> None:
    """Its own sensors are left alone; the port is named and found to be its bus."""
    agent = configured(make_agent, without="ph-3").start()
    port = tomllib.loads(agent.config.read_text())["bus"][0]["port"]
    told = skyground("scan", "--port", port, "--units", "1-9", "--config", str(agent.config), "--json")
    assert told.returncode == 0, told.stderr
    assert "the running station asks" in told.stderr
    answer = json.loads(told.stdout)
    assert answer["bus"] == "rs485-0"
    assert answer["asked"] == 4
    assert [(each["place"], each["models"][0]) for each in answer["found"]][-1] == (3, "sup-ph8001")
    assert answer["error"] is None
    faults = [sensor for bus in agent.status()["buses"] for sensor in bus["sensors"] if not sensor["ok"]]
    assert faults == []
    assert agent.stop() == 0


def test_a_running_station_searches_its_i2c_bus(make_agent: Callable[..., AgentProcess]) -> None:
    agent = configured(make_agent).start()
    told = skyground("scan", "--bus", "i2c-1", "--config", str(agent.config))
    assert told.returncode == 0, told.stderr
    assert "0 of 111 asked answer" in told.stdout
    assert "not asked, because the running station uses them: level-1, battery, soil-2" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "'bus' is missing"),
        ({"bus": "rs485-9", "protocol": "modbus", "places": [1]}, "polls no bus 'rs485-9'"),
        ({"bus": "rs485-0", "protocol": "modbus", "places": [0]}, "places are"),
        ({"bus": "rs485-0", "protocol": "i2c", "places": [8]}, "not spoken"),
        ({"bus": "rs485-0", "protocol": "modbus", "places": [9], "timeout_s": 0}, "timeout_s is 0"),
    ],
)
def test_a_station_refuses_what_makes_no_sense_and_goes_on(
    make_agent: Callable[..., AgentProcess], arguments: dict[str, object], words: str
) -> None:
    agent = configured(make_agent).start()
    with pytest.raises(RefusedError, match=words) as caught:
        ask(agent.state / "control.sock", "scan", arguments, timeout_s=20)
    assert caught.value.hint
    assert all(bus["ok"] for bus in agent.status()["buses"])


def test_without_a_station_the_i2c_bus_is_opened(site: SimulatedSite, tmp_path: Path) -> None:
    assert site
    adapter = f"unix:{tmp_path / 'i2c-1.sock'}"
    told = skyground("scan", "--i2c", adapter, "--config", str(tmp_path / "none.toml"))
    assert told.returncode == 0, told.stderr
    assert "# address 0x48: perhaps ads1115 or ina219; by its address" in told.stdout
    assert "not asked who it is: a PCF8591" in told.stdout
    pasted = tomllib.loads(told.stdout)
    assert pasted["bus"] == [{"id": "i2c-0", "kind": "i2c", "adapter": adapter}]
    assert pasted["sensor"][0]["address"] == 0x48


def test_sdi12_sensors_are_found_on_a_line_that_has_one(tmp_path: Path) -> None:
    """A bus whose sensors speak SDI-12 is asked in SDI-12 without being told."""
    with Sdi12Line([teros_12("0")]) as line:
        config = tmp_path / "station.toml"
        config.write_text(
            f'[station]\nsite = "a"\nid = "b"\nstate_dir = "{tmp_path}"\n'
            f'[[bus]]\nid = "sdi"\nkind = "serial"\nport = "{line.port}"\n'
            '[[sensor]]\nid = "soil"\nbus = "sdi"\nmodel = "teros-11"\naddress = "5"\n'
        )
        told = skyground("scan", "--bus", "sdi", "--addresses", "0-15", "--config", str(config))
    assert told.returncode == 0, told.stderr
    assert "# address 0: teros-12; METER TER12" in told.stdout
    assert tomllib.loads(told.stdout)["sensor"][0]["address"] == "0"


def test_an_empty_line_says_what_to_try(tmp_path: Path) -> None:
    with Sdi12Line([]) as line:
        told = skyground("scan", "--port", line.port, "--units", "1", "--config", str(tmp_path / "none.toml"))
    assert told.returncode == 0
    assert "0 of 1 asked answer" in told.stdout
    assert "--baud" in told.stdout


def test_a_port_that_somebody_holds_is_left_to_them(
    make_agent: Callable[..., AgentProcess], tmp_path: Path
) -> None:
    """Here a station whose configuration we do not know; politely, with how to find out who."""
    agent = configured(make_agent).start()
    wait_until(lambda: all_good(agent), "it reads")
    port = tomllib.loads(agent.config.read_text())["bus"][0]["port"]
    told = skyground("scan", "--port", port, "--units", "3", "--config", str(tmp_path / "none.toml"))
    assert told.returncode == 69
    assert "held by another program" in told.stderr
    assert "fuser" in told.stderr
    assert told.stdout == ""


def test_an_absent_port_is_said_in_json_too(tmp_path: Path) -> None:
    told = skyground(
        "scan", "--port", str(tmp_path / "gone"), "--config", str(tmp_path / "none.toml"), "--json"
    )
    assert told.returncode == 69
    assert "does not exist" in json.loads(told.stdout)["error"]


def test_a_station_that_may_not_be_asked_keeps_its_buses(
    make_agent: Callable[..., AgentProcess], tmp_path: Path
) -> None:
    """Somebody is at its socket and gives no answer: its wires are not touched."""
    agent = configured(make_agent)
    (tmp_path / "state").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "state" / "control.sock"))
        listener.listen()
        hang_up = threading.Thread(target=_hang_up_twice, args=(listener,))
        hang_up.start()
        told = skyground("scan", "--bus", "i2c-1", "--config", str(agent.config))
        also = skyground("read", "ph-3", "--config", str(agent.config))
        hang_up.join()
    assert told.returncode == also.returncode == 69
    assert "a station may run" in told.stderr
    assert "a station may run" in also.stderr
    assert told.stdout == also.stdout == ""


def _hang_up_twice(listener: socket.socket) -> None:
    for _ in range(2):
        listener.accept()[0].close()


@pytest.mark.parametrize(
    ("bus", "words"),
    [
        ('[[bus]]\nid = "x"\nkind = "serial"\nport = "p"\n', "has no bus 'b'"),
        ('[[bus]]\nid = "b"\nkind = "serial"\n', "port: Field required"),
        ('[[bus]]\nid = "b"\nkind = "serial"\nport = "p"\nbaud = 7\n', "baud"),
        ('[[bus]]\nid = "b"\nkind = "host"\n', "is this computer"),
        (
            '[[bus]]\nid = "b"\nkind = "serial"\nport = "p"\n[[sensor]]\nmodel = "ezo-ph"\nbus = "b"\n',
            "has bus 'b' to itself",
        ),
        ("not TOML", "it has: none"),
    ],
)
def test_a_bus_that_cannot_be_meant_is_refused(tmp_path: Path, bus: str, words: str) -> None:
    config = tmp_path / "station.toml"
    config.write_text(bus)
    told = skyground("scan", "--bus", "b", "--config", str(config))
    assert told.returncode == 2
    assert words in told.stderr
    assert "help: " in told.stderr


def test_units_are_told_as_people_write_them() -> None:
    assert units("1-3,7,2-4") == [1, 2, 3, 7, 4]


@pytest.mark.parametrize("text", ["", "0", "248", "3-1", "a", "1-", "1,,2", "1-999999999999", "-3"])
def test_units_that_there_are_not_are_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=r"unit"):
        units(text)


def test_addresses_are_told_as_people_write_them() -> None:
    """In the order of the standard: digits, capitals, small letters."""
    assert addresses("0-2aY-b0") == ["0", "1", "2", "a", "Y", "Z", "b"]


@pytest.mark.parametrize("text", ["?", "9-0", "a-Z", "-", "ä", "0-"])
def test_addresses_that_there_are_not_are_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="addresses are"):
        addresses(text)


def test_who_has_no_model_is_said_to_be_there(tmp_path: Path) -> None:
    """With where to look; and there is nothing to paste, not even the bus."""
    with ModbusSlave({9: Instrument(lambda: {0x4000: 1})}) as slave:
        words = ["scan", "--port", slave.port, "--units", "9", "--config", str(tmp_path / "none.toml")]
        told = skyground(*words)
    assert told.returncode == 0
    assert "# no model is known for unit 9" in told.stdout
    assert tomllib.loads(told.stdout) == {}


def test_a_terminal_sees_how_far_it_is(tmp_path: Path) -> None:
    with ModbusSlave({}) as slave:
        screen, terminal = os.openpty()
        words = ["scan", "--port", slave.port, "--units", "6-7", "--config", str(tmp_path / "none.toml")]
        command = [sys.executable, "-m", "agent", *words]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, check=True)
        seen = os.read(screen, 4096).decode()
        os.close(screen)
        os.close(terminal)
    assert "at 6" in seen
    assert "at 7" in seen
    assert b"at 6" not in done.stdout


@contextmanager
def long_search(port: str, config: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A search of a whole line, in a process of its own."""
    words = ("scan", "--port", port, "--config", str(config), *words)
    command = [sys.executable, "-m", "agent", *words]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        yield child


def test_ctrl_c_concludes_with_what_was_found(tmp_path: Path) -> None:
    """The technician has seen the one he looked for: its table is printed, and how far it went."""
    with (
        ModbusSlave({2: Instrument(lambda: {0: 712, 1: 85})}) as slave,
        long_search(slave.port, tmp_path / "none.toml") as child,
    ):
        wait_until(lambda: any(request[0] > 3 for request in slave.heard), "it goes on after unit 2")
        child.send_signal(signal.SIGINT)
        said, complaints = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "# unit 2: " in said
    assert re.search(r"# 1 of \d+ asked answer; ended by Ctrl-C; 2\d\d more were not asked", said)
    assert [each["unit"] for each in tomllib.loads(said).get("sensor", [])] in ([2], [])
    assert "Traceback" not in complaints


def test_ctrl_c_leaves_json_whole(tmp_path: Path) -> None:
    with (
        ModbusSlave({2: Instrument(lambda: {0x4000: 1})}) as slave,
        long_search(slave.port, tmp_path / "none.toml", "--json") as child,
    ):
        wait_until(lambda: any(request[0] > 3 for request in slave.heard), "it goes on after unit 2")
        child.send_signal(signal.SIGINT)
        said, _ = child.communicate(timeout=20)
    answer = json.loads(said)
    assert child.returncode == 130
    assert [each["place"] for each in answer["found"]] == [2]
    assert answer["interrupted"]
    assert answer["error"] is None
    assert answer["asked"] + answer["not_asked"] == 247
    assert 2 <= answer["asked"] < 247


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter waits, in the same proportion: nobody has to be as slow as on a mine."""
    monkeypatch.setattr(modbus, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(modbus, "_THOROUGH_PATIENCE_S", 0.4)


@pytest.mark.usefixtures("_impatient")
def test_a_slow_instrument_is_found_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is late at first; the second question waits for it."""
    with ModbusSlave({6: Instrument(lambda: {0x4000: 1})}) as slave:
        slave.fault(6, Fault.DELAY, delay_s=0.2)
        words = ["scan", "--port", slave.port, "--units", "5-7", "--config", str(tmp_path / "none.toml")]
        assert main(words) == 0
    told = capsys.readouterr()
    assert "1 answered late and will be asked again" in told.err
    assert "# unit 6: it answers, and no profile makes sense of what it says" in told.out
    assert "# 1 of 3 asked answer" in told.out


@pytest.mark.usefixtures("_impatient")
def test_who_answered_late_and_then_no_more_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody is there: that must not get lost, though nothing more is known."""
    late = bytes.fromhex("04 83 02 D0 F0")
    with FarEnd(b"", late) as far_end:
        words = ["scan", "--port", far_end.port, "--units", "4-5", "--config", str(tmp_path / "none.toml")]
        assert main(words) == 0
    told = capsys.readouterr().out
    assert "# unit 4: it answers too late" in told
    assert "# 1 of 2 asked answer" in told
    assert "# no model is known for unit 4" in told


def test_a_station_that_ends_meanwhile_is_told(tmp_path: Path) -> None:
    """The search does not go over to the wire behind its back: systemd may be starting it again."""
    args = Namespace(
        config=tmp_path / "none.toml", bus=None, i2c=f"unix:{tmp_path / 'i2c'}", port=None, sdi12=False
    )
    with pytest.raises(RefusedError, match="the station ended"):
        list(_through_station(args.config, named(args), Question("i2c", (8,))))


def test_without_a_wire_the_wires_are_listed() -> None:
    told = skyground("scan")
    assert told.returncode == 0, told.stderr
    assert "serial port" in told.stdout
    assert "I2C adapter" in told.stdout
    answer = json.loads(skyground("scan", "--json").stdout)
    assert set(answer) == {"ports", "i2c"}


def test_the_list_says_what_to_type_next() -> None:
    cable = Port("/dev/ttyUSB0", "/dev/serial/by-id/usb-FTDI", "FTDI", is_mini_uart=False)
    told = "\n".join(lines([cable], ["/dev/i2c-1"]))
    assert "/dev/serial/by-id/usb-FTDI (now /dev/ttyUSB0)" in told
    assert "skyground scan --port /dev/serial/by-id/usb-FTDI" in told
    assert "skyground scan --i2c 1" in told
    bare = "\n".join(lines([], []))
    assert "no serial port" in bare
    assert "raspi-config" in bare


def test_the_help_costs_no_heavy_library() -> None:
    """`--help` of either command and of all: none of the libraries of wires and configurations."""
    heavy = {"pydantic", "serial", "smbus2", "minimalmodbus", "adafruit_ads1x15", "paho", "influxdb_client"}
    commands = ("", "scan", "read", "demo", "replay", "events", "simulate")
    for words in ([each, "--help"] if each else ["--help"] for each in commands):
        code = (
            "import sys\nfrom agent.cli.main import main\n"
            f"try:\n    main({words})\nexcept SystemExit:\n    pass\n"
            "sys.stderr.write(' '.join(sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert heavy.isdisjoint(done.stderr.split()), words
