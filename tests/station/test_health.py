"""The watchdog is fed while data can reach the disk, and not otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import structlog

from agent.clock import SystemClock
from agent.config.load import load
from agent.outside import machine
from agent.station import Station

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from agent.clock import Clock
    from agent.worker import Worker

CONFIG = """
[station]
site = "s"
id = "t"
state_dir = "{state}"
[[bus]]
id = "rs485-0"
kind = "serial"
port = "/dev/ttyUSB0"
[[bus]]
id = "rs485-1"
kind = "serial"
port = "/dev/ttyUSB1"
[[publish]]
id = "office"
kind = "mqtt"
host = "127.0.0.1"
[[sensor]]
id = "a"
model = "keller-30"
bus = "rs485-0"
unit = 1
[[sensor]]
id = "b"
model = "keller-30"
bus = "rs485-1"
unit = 1
"""


class StuckRunner:
    """Says of workers that they are late, and lets none of them do anything."""

    def __init__(self) -> None:
        self.late_s: dict[str, float] = {}

    def add_room(self, workers: Iterable[Worker], clock: Clock) -> None:
        """They are known."""
        del clock
        self.late_s |= dict.fromkeys((worker.name for worker in workers), 0.0)

    def start(self) -> None:
        """Nobody moves."""

    def stop(self, timeout_s: float) -> bool:
        """Nobody has moved."""
        del timeout_s
        return True

    def overdue_s(self) -> dict[str, float]:
        """As the test says."""
        return self.late_s

    def faults(self) -> dict[str, int]:
        """None."""
        return {}


@pytest.fixture
def runner() -> StuckRunner:
    return StuckRunner()


@pytest.fixture
def station(tmp_path: Path, runner: StuckRunner) -> Iterator[Station]:
    path = tmp_path / "skyground.toml"
    path.write_text(CONFIG.format(state=tmp_path / "state"), encoding="utf-8")
    log = structlog.testing.CapturingLogger()
    outside = machine(log)._replace(runner=runner)
    with Station(load(path), SystemClock(), log, outside) as station:
        yield station


def test_a_writer_that_is_stuck_in_a_commit_is_given_up_after_45_seconds(
    station: Station, runner: StuckRunner
) -> None:
    assert station.healthy()
    runner.late_s["journal"] = 44.0
    assert station.healthy()
    runner.late_s["journal"] = 46.0
    assert not station.healthy()


def test_one_stuck_bus_is_no_reason_to_restart_and_all_of_them_are(
    station: Station, runner: StuckRunner
) -> None:
    buses = [name for name in runner.late_s if "rs485" in name]
    assert len(buses) == 2
    runner.late_s[buses[0]] = 3600.0
    assert station.healthy()
    runner.late_s[buses[1]] = 3600.0
    assert not station.healthy()


def test_a_missing_network_is_no_reason_to_restart(station: Station, runner: StuckRunner) -> None:
    assert "publish-office" in runner.late_s
    for name in runner.late_s:
        if name != "journal" and "rs485" not in name:
            runner.late_s[name] = 86_400.0
    assert station.healthy()


def test_a_disk_that_says_no_is_no_reason_to_restart(tmp_path: Path, runner: StuckRunner) -> None:
    """It could not be freed by it, and what waits in memory would be lost."""
    (tmp_path / "state").write_text("in its place", encoding="utf-8")
    path = tmp_path / "skyground.toml"
    path.write_text(CONFIG.format(state=tmp_path / "state"), encoding="utf-8")
    log = structlog.testing.CapturingLogger()
    with Station(load(path), SystemClock(), log, machine(log)._replace(runner=runner)) as station:
        assert station.status()["journal"]["error"]
        assert station.healthy()
