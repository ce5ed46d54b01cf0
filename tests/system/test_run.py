"""`skyground run` as systemd and people see it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from drivers.simulated.modbus_slave import Fault
from tests.servers.process import free_port, wait_until
from tests.system.conftest import influx_toml, mqtt_toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.simulated.site import SimulatedSite
    from tests.servers.influxdb import Influxdb
    from tests.servers.mosquitto import Mosquitto, Subscriber
    from tests.servers.victoria import VictoriaMetrics
    from tests.system.agent_process import AgentProcess

CHANNELS = 19


def skyground(*words: str) -> subprocess.CompletedProcess[str]:
    """One command, as typed."""
    command = [sys.executable, "-m", "agent", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def all_good(agent: AgentProcess) -> bool:
    """Every channel has a good value."""
    channels = agent.status()["channels"]
    return len(channels) == CHANNELS and all(channel["flag"] == "good" for channel in channels)


def test_systemd_hears_ready_and_is_fed_while_data_reach_the_disk(
    make_agent: Callable[..., AgentProcess], tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        agent = make_agent(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="600000").start()
        assert manager.recv(500).decode() == f"READY=1\nSTATUS=sampling {CHANNELS} channels"
        heard = {manager.recv(500).decode().split("=")[0] for _ in range(6)}
        assert heard == {"WATCHDOG", "STATUS"}
        assert agent.stop() == 0
        last = ""
        while not last.startswith("STOPPING=1"):
            last = manager.recv(500).decode()


def test_status_for_people_and_for_programs(make_agent: Callable[..., AgentProcess]) -> None:
    port = free_port()
    agent = make_agent(mqtt_toml(port)).start()
    wait_until(lambda: all_good(agent), "all channels good")
    wait_until(lambda: agent.status()["sinks"][0]["last_error"], "the absent broker is noticed")
    text = skyground("status", "--config", str(agent.config))
    assert text.returncode == 0, text.stderr
    assert "demo-mine/st-1" in text.stdout
    assert "ph-3/ph" in text.stdout
    assert f"127.0.0.1:{port}" in text.stdout
    assert "help: " in text.stdout
    told: dict[str, Any] = json.loads(skyground("status", "--config", str(agent.config), "--json").stdout)
    assert {channel["channel"] for channel in told["channels"]} >= {"ph-3/ph", "level-1/water_level"}
    assert told["sinks"][0]["backlog"] > 0
    assert [bus["ok"] for bus in told["buses"]] == [True, True]
    assert agent.stop() == 0
    after = skyground("status", "--config", str(agent.config))
    assert after.returncode == 69
    assert "does not run" in after.stderr
    assert "its journal ends with record" in after.stdout


def test_a_second_copy_is_refused_and_the_first_goes_on(make_agent: Callable[..., AgentProcess]) -> None:
    agent = make_agent().start()
    second = skyground("run", "--config", str(agent.config))
    assert second.returncode == 69
    assert f"another copy of this station runs (process {agent.pid})" in second.stderr
    assert agent.stop() == 0


def test_a_station_samples_into_memory_until_its_state_directory_can_be_used(
    make_agent: Callable[..., AgentProcess], tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        agent = make_agent(NOTIFY_SOCKET=str(tmp_path / "notify"), RUNTIME_DIRECTORY=str(tmp_path / "run"))
        agent.state.write_text("a file where the directory should be", encoding="utf-8")
        agent.start()
        ready = manager.recv(500).decode()
        assert ready.startswith("READY=1\nSTATUS=JOURNAL CANNOT BE OPENED: ")
        assert "sampling" in ready
    wait_until(lambda: all_good(agent), "all channels good")
    status = agent.status()["journal"]
    assert (status["open"], status["waiting"] >= CHANNELS, bool(status["error"])) == (False, True, True)
    agent.state.unlink()
    wait_until(lambda: agent.status()["journal"]["open"], "the journal is open", 40)
    wait_until(lambda: agent.status()["journal"]["head"] >= CHANNELS, "what waited is on the disk")
    assert agent.stop() == 0


def test_a_journal_that_is_damaged_under_a_running_station_is_replaced_and_the_station_starts_again(
    make_agent: Callable[..., AgentProcess],
) -> None:
    agent = make_agent(period_s=0.2).start()
    wait_until(lambda: agent.status()["journal"]["head"] > CHANNELS, "records")
    old = agent.status()["journal"]["journal"]
    for part in agent.state.glob("journal.db*"):
        os.truncate(part, 0) if part.suffix != ".db-shm" else None
    assert agent.wait() == 75
    agent.start()
    wait_until(lambda: agent.status()["journal"]["head"] > CHANNELS, "records in a new journal")
    assert agent.status()["journal"]["journal"] not in {"", old}
    assert agent.stop() == 0
    assert (agent.state / "journal.db.corrupt-1").exists()


def test_a_device_that_goes_away_is_told_once_acknowledged_and_told_once_when_it_is_back(
    make_agent: Callable[..., AgentProcess], site: SimulatedSite
) -> None:
    agent = make_agent(period_s=0.2).start()
    wait_until(lambda: all_good(agent), "all channels good")
    site.slave.fault(3, Fault.SILENT)

    def flags() -> dict[str, str]:
        return {channel["channel"]: channel["flag"] for channel in agent.status()["channels"]}

    def told(event_part: str) -> list[dict[str, Any]]:
        return [line for line in agent.log() if line.get("sensor") == "ph-3" and event_part in line["event"]]

    wait_until(lambda: flags()["ph-3/ph"] == "missing", "the silent probe is missing")
    assert flags()["turb-4/turbidity"] == "good", "its neighbours go on"
    wait_until(lambda: len(told("")) == 1, "one line when it goes away")
    where = ("--config", str(agent.config))
    said = skyground("events", "ack", "--by", "M. Weber", *where)
    assert said.stdout.startswith("acknowledged by M. Weber: "), said.stderr
    site.slave.clear(3)
    wait_until(lambda: flags()["ph-3/ph"] == "good", "it is back")
    wait_until(lambda: len(told("")) == 2, "one line when it is back")
    assert agent.stop() == 0
    assert len(told("")) == 2
    (life,) = json.loads(skyground("events", "--json", *where).stdout)["over"]
    assert (life["subject"], life["closed_by"]) == ("ph-3", None)
    assert life["acknowledged"] == {"by": "M. Weber", "note": ""}


def test_values_are_the_same_at_the_screen_mqtt_influxdb_and_victoria_metrics(
    make_agent: Callable[..., AgentProcess],
    mosquitto: Mosquitto,
    subscribe: Callable[..., Subscriber],
    influxdb: Influxdb,
    victoria: VictoriaMetrics,
) -> None:
    database = influxdb.new_database()
    subscriber = subscribe(mosquitto, "mine/v1/demo-mine/st-1/#")
    sinks = (
        mqtt_toml(mosquitto.port)
        + influx_toml(influxdb.url, database)
        + influx_toml(victoria.url, "any", "v2", "metrics", text=False)
    )
    agent = make_agent(sinks, period_s=0.5)
    agent.start()
    wait_until(lambda: all_good(agent), "all channels good")
    (record,) = [
        record
        for message in subscriber.wait_for("/readings")
        for record in json.loads(message.payload)
        if record["n"] == "ph-3/ph"
    ][:1]
    where = "WHERE sensor = 'ph-3' AND quantity = 'ph'"
    wait_until(
        lambda: influxdb.query(f"SELECT value FROM reading {where}", database), "the value in InfluxDB"
    )
    stored = [row["value"] for row in influxdb.query(f"SELECT value FROM reading {where}", database)]
    assert record["v"] in stored
    wait_until(lambda: agent.status()["sinks"][2]["delivered"] > CHANNELS, "delivery to VictoriaMetrics")
    assert agent.stop() == 0
    retained = {message.topic.rsplit("/", 1)[1] for message in subscriber.messages}
    assert {"readings", "status", "meta"} <= retained


@pytest.mark.parametrize("command", [["--help"], ["--version"], ["status", "--state-dir", "/nonexistent"]])
def test_light_commands_import_nothing_heavy(command: list[str]) -> None:
    heavy = (
        "pydantic",
        "paho",
        "influxdb_client",
        "serial",
        "adafruit",
        "structlog",
        "minimalmodbus",
        "rich",
    )
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "agent", *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    imported = {
        line.rsplit("|", 1)[1].strip().split(".")[0] for line in run.stderr.splitlines() if "|" in line
    }
    assert "argparse" in imported
    assert imported.isdisjoint(heavy)
