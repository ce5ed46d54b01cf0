"""`skyground read` as a technician types it, with and without a running station."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from agent import control
from agent.acquire.turn import LONGEST_S
from agent.cli import read, running
from agent.cli.main import main
from agent.control import Control, RefusedError
from agent.requests import LONGEST_READ_S
from drivers.simulated.modbus_slave import Fault
from tests.servers.process import wait_until
from tests.system.test_run import all_good, skyground

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from drivers.simulated.site import SimulatedSite
    from tests.system.agent_process import AgentProcess


def test_without_a_station_the_bus_is_opened_and_read_once(
    make_agent: Callable[..., AgentProcess], site: SimulatedSite
) -> None:
    agent = make_agent()
    told = skyground("read", "ph-3", "--raw", "--config", str(agent.config))
    assert told.returncode == 0, told.stderr
    assert "no station runs" in told.stdout
    assert "ph-3/ph" in told.stdout
    assert "raw: " in told.stdout
    assert "good" in told.stdout
    assert [request[0] for request in site.slave.heard] == [3], "one question, to this one only"


def test_the_answer_for_programs_has_all_there_is(make_agent: Callable[..., AgentProcess]) -> None:
    agent = make_agent()
    answer = json.loads(skyground("read", "level-1", "--json", "--config", str(agent.config)).stdout)
    (channel,) = answer["channels"]
    assert set(channel) == {"channel", "unit", "raw_unit", "value", "raw", "flag", "why", "age_s", "at"}
    # 4-20 mA over 100 ohm, 0 to 10 m (the site's wiring): 0.4 V is 0 m, 2.0 V is 10 m.
    assert channel["value"] == pytest.approx((channel["raw"] - 0.4) / 1.6 * 10, abs=1e-3)


def test_a_running_station_reads_it_now(make_agent: Callable[..., AgentProcess]) -> None:
    """An hour between its own readings, and still this one is of this moment."""
    agent = make_agent(period_s=3600.0).start()
    wait_until(lambda: all_good(agent), "first readings")
    before = {each["channel"]: each["at"] for each in agent.status()["channels"]}
    told = skyground("read", "ph-3", "--json", "--config", str(agent.config))
    assert told.returncode == 0, told.stderr
    answer = json.loads(told.stdout)
    assert "running station" in answer["source"]
    assert all(each["at"] > before[each["channel"]] for each in answer["channels"])


@pytest.mark.parametrize("running", [False, True])
def test_a_silent_sensor_is_told_with_what_to_do(
    make_agent: Callable[..., AgentProcess],
    site: SimulatedSite,
    running: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    site.slave.fault(3, Fault.SILENT)
    agent = make_agent(period_s=60.0)
    if running:
        agent.start()
    told = skyground("read", "ph-3", "--config", str(agent.config))
    assert told.returncode == 1
    assert "missing: no answer" in told.stdout
    assert "does not answer" in told.stderr
    assert "help: " in told.stderr


def test_a_damaged_answer_is_not_called_silence(
    make_agent: Callable[..., AgentProcess], site: SimulatedSite
) -> None:
    site.slave.fault(3, Fault.BAD_CRC)
    told = skyground("read", "ph-3", "--raw", "--config", str(make_agent().config))
    assert told.returncode == 1
    assert "missing: bad answer" in told.stdout
    assert "raw: none" in told.stdout


def test_a_bus_that_is_not_there_is_told(make_agent: Callable[..., AgentProcess]) -> None:
    agent = make_agent()
    agent.config.write_text(agent.config.read_text().replace('rs485-0"\nbaud', 'gone"\nbaud'))
    told = skyground("read", "ph-3", "--config", str(agent.config))
    assert told.returncode == 1
    assert "missing: bus down" in told.stdout
    assert "does not exist" in told.stderr


@pytest.mark.parametrize("running", [False, True])
def test_an_unknown_sensor_names_the_known_ones(
    make_agent: Callable[..., AgentProcess],
    running: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    agent = make_agent()
    if running:
        agent.start()
    told = skyground("read", "ph-9", "--config", str(agent.config))
    assert told.returncode == 2
    assert "no sensor 'ph-9'" in told.stderr
    assert "ph-3" in told.stderr


def test_a_wrong_configuration_is_explained(make_agent: Callable[..., AgentProcess]) -> None:
    agent = make_agent()
    agent.config.write_text(agent.config.read_text().replace("baud = 9600", "baud = 9601"))
    told = skyground("read", "ph-3", "--config", str(agent.config))
    assert told.returncode == 78
    assert "9601" in told.stderr


@pytest.mark.parametrize("running", [False, True])
def test_watching_goes_on_until_ctrl_c(
    make_agent: Callable[..., AgentProcess],
    running: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A line of JSON for each reading, each later than the one before; Ctrl-C is a good end."""
    agent = make_agent(period_s=0.2)
    if running:
        agent.start()
    words = ["read", "ph-3", "--watch", "--json", "--config", str(agent.config)]
    command = [sys.executable, "-m", "agent", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        seen = [json.loads(child.stdout.readline()) for _ in range(3)]
        child.send_signal(signal.SIGINT)
        child.stdout.read()
        assert child.wait(20) == 0
    times = [each["channels"][0]["at"] for each in seen]
    assert times == sorted(set(times))


def test_watching_ends_when_nobody_can_be_asked(make_agent: Callable[..., AgentProcess]) -> None:
    told = skyground("read", "ph-9", "--watch", "--config", str(make_agent().config))
    assert told.returncode == 2


def test_watching_ends_when_the_configuration_is_spoilt(make_agent: Callable[..., AgentProcess]) -> None:
    """Somebody edits it meanwhile: that is told, and not repeated for ever."""
    agent = make_agent(period_s=0.2)
    words = ["read", "ph-3", "--watch", "--json", "--config", str(agent.config)]
    command = [sys.executable, "-m", "agent", *words]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        agent.config.write_text(agent.config.read_text().replace("baud = 9600", "baud = 9601"))
        _, said = child.communicate(timeout=20)
        assert child.returncode == 78
    assert said.count("9601") >= 1


def test_a_station_that_ends_meanwhile_has_no_last_value(tmp_path: Path) -> None:
    refusal = RefusedError("the station is being stopped", "start it, then ask again")
    with pytest.raises(RefusedError, match="being stopped"):
        read._last(tmp_path / "none.toml", "ph-3", refusal)


@pytest.fixture
def busy_station(tmp_path: Path) -> Iterator[Path]:
    """The configuration of a station whose bus has no time for anybody."""
    last = {
        "channel": "ph-3/ph", "unit": "1", "raw_unit": "pH", "value": 4.2, "raw": 4.2,
        "flag": "good", "why": [], "age_s": 75.0, "at": "2026-08-01T00:00:00.000Z",
    }  # fmt: skip

    def refuse(_arguments: Mapping[str, Any]) -> object:
        raise RefusedError("bus rs485-0 is busy with another request", "ask again later")

    from agent.clock import SystemClock

    station = Control(tmp_path / "control.sock", {"read": refuse, "status": lambda _: {"channels": [last]}})
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            station.step(SystemClock().now())

    thread = threading.Thread(target=serve)
    thread.start()
    wait_until((tmp_path / "control.sock").exists, "it listens")
    config = tmp_path / "station.toml"
    config.write_text(f'[station]\nsite = "a"\nid = "b"\nstate_dir = "{tmp_path}"\n')
    yield config
    stop.set()
    thread.join()
    station.close()


def test_of_a_busy_bus_the_last_value_is_shown_with_its_age(busy_station: Path) -> None:
    told = skyground("read", "ph-3", "--config", str(busy_station))
    assert told.returncode == 0
    assert "the last value that the running station has" in told.stdout
    assert "4.2" in told.stdout
    assert "75 s" in told.stdout
    assert "busy with another request" in told.stderr


def test_what_takes_long_says_so_and_how_to_end_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once, on standard error; a quick one says nothing, however it ends."""
    monkeypatch.setattr(running, "_SOON_S", 0.01)
    with running.explained_when_slow("slow; Ctrl-C ends it"):
        wait_until(lambda: "Ctrl-C" in capsys.readouterr().err, "it says so")
    monkeypatch.setattr(running, "_SOON_S", 60.0)
    with pytest.raises(KeyboardInterrupt), running.explained_when_slow("slow"):
        raise KeyboardInterrupt
    timers = [each for each in threading.enumerate() if isinstance(each, threading.Timer)]
    assert all(each.finished.is_set() for each in timers), "it will say nothing later either"
    assert capsys.readouterr().err == ""


def test_the_station_is_waited_for_as_long_as_any_measurement_takes(
    monkeypatch: pytest.MonkeyPatch, busy_station: Path
) -> None:
    """The wait on the socket lasts longer than the station's own, whose refusal is heard."""
    waits: list[float] = []
    ask = control.ask

    def noted(*words: Any, timeout_s: float) -> Any:
        waits.append(timeout_s)
        return ask(*words, timeout_s=timeout_s)

    monkeypatch.setattr(control, "ask", noted)
    assert main(["read", "ph-3", "--config", str(busy_station)]) == 0
    assert waits[0] > LONGEST_READ_S > LONGEST_S


def test_how_often_is_told_by_the_configuration(tmp_path: Path) -> None:
    """Also by one that is wrong elsewhere; once a minute when it says nothing, as the schema has it."""
    config = tmp_path / "station.toml"
    config.write_text(
        '[[sensor]]\nid = "a"\nperiod_s = 5\n[[sensor]]\nid = "b"\n[[sensor]]\nid = "c"\nperiod_s = 0\n'
    )
    assert [read._period_s(config, each) for each in "abcd"] == [5.0, 60.0, 0.1, 60.0]
    assert read._period_s(tmp_path / "none.toml", "a") == 60.0


def test_a_measurement_that_takes_time_is_waited_for(tmp_path: Path) -> None:
    """SDI-12: started, ready a second later, fetched."""
    from drivers.simulated.sdi12_instruments import clarivue_10
    from drivers.simulated.sdi12_line import Sdi12Line

    with Sdi12Line([clarivue_10("0", wait_s=1)]) as line:
        config = tmp_path / "station.toml"
        config.write_text(
            f'[station]\nsite = "a"\nid = "b"\nstate_dir = "{tmp_path}"\n'
            f'[[bus]]\nid = "sdi"\nkind = "serial"\nport = "{os.path.realpath(line.port)}"\n'
            '[[sensor]]\nid = "soil"\nbus = "sdi"\nmodel = "clarivue-10"\naddress = "0"\n'
        )
        told = skyground("read", "soil", "--config", str(config), "--raw")
    assert told.returncode == 0, told.stderr
    assert "raw: 12.4 FNU" in told.stdout
