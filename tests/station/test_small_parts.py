"""Clock, heartbeat, systemd, log, paths: the small parts of a station."""

from __future__ import annotations

import io
import json
import os
import pty
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from agent import log, paths
from agent.clock import NS, FastClock, SystemClock
from agent.heartbeat import Heartbeat
from agent.model import Health, Instant, Trust
from agent.quantity import QUANTITIES, canonical_unit, factor
from agent.systemd import Notifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.model import Record


def test_the_system_clock_reads_both_clocks() -> None:
    clock = SystemClock()
    before = time.time_ns()
    now = clock.now()
    assert before <= now.wall_ns <= time.time_ns()
    assert clock.now().mono_ns >= now.mono_ns > 0
    assert clock.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def test_a_fast_clock_runs_both_clocks_fast() -> None:
    start_ns = 1_785_000_000 * NS
    clock = FastClock(3600.0, start_ns)
    first = clock.now()
    clock.wait(threading.Event(), 180.0)
    later = clock.now()
    assert first.wall_ns >= start_ns
    assert later.wall_ns - first.wall_ns == later.mono_ns - first.mono_ns >= 180 * NS


def test_the_wires_seconds_are_more_of_a_fast_clock() -> None:
    """A demo at sixty times the speed waits a minute of its own while an instrument measures for a second."""
    assert SystemClock().seconds(1.5) == 1.5
    assert FastClock(60.0, 0).seconds(1.5) == 90.0


def test_a_wait_ends_early_when_woken() -> None:
    wake = threading.Event()
    wake.set()
    SystemClock().wait(wake, 3600.0)
    FastClock(1.0, 0).wait(wake, 3600.0)


def test_a_heartbeat_beats_at_its_period_whatever_wakes_it() -> None:
    records: list[Record] = []
    heartbeat = Heartbeat(60, lambda: {"uptime_s": 1.0}, records.extend)
    delays = [heartbeat.step(Instant(0, mono_s * NS, Trust.NTP)) for mono_s in (100, 130, 160, 161)]
    assert delays == [60, 30, 60, 59]
    assert records == [Health(Instant(0, mono_s * NS, Trust.NTP), {"uptime_s": 1.0}) for mono_s in (100, 160)]
    assert heartbeat.status() == {"period_s": 60}
    heartbeat.close()


@pytest.fixture(params=["file", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """A service manager's socket and the address that it hands out."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        if request.param == "file":
            address = str(tmp_path / "notify")
            line.bind(address)
        else:
            address = f"@skyground-test-{os.getpid()}"
            line.bind("\0" + address[1:])
        line.settimeout(5)
        yield address, line


def test_systemd_hears_ready_status_watchdog_and_stopping(
    manager: tuple[str, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, line = manager
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    notifier = Notifier.from_environment()
    assert notifier.watchdog_s == 60
    notifier.ready("sampling")
    notifier.status("fine")
    notifier.feed()
    notifier.stopping()
    heard = [line.recv(200).decode() for _ in range(4)]
    assert heard == ["READY=1\nSTATUS=sampling", "STATUS=fine", "WATCHDOG=1", "STOPPING=1\nSTATUS=stopping"]


def test_without_a_manager_nothing_is_sent_and_nothing_fails(tmp_path: Path) -> None:
    assert Notifier(None, None).watchdog_s is None
    Notifier(None, None).feed()
    Notifier(str(tmp_path / "gone"), None).feed()


def test_a_service_logs_json_lines_with_the_traceback_and_no_variables() -> None:
    out = io.StringIO()
    logger = log.configure("info", out)
    secret = "canary"  # a local variable that a richer formatter would print
    try:
        int(secret[:0])
    except ValueError:
        logger.exception("broken", worker="w")
    logger.debug("not shown")
    (line,) = out.getvalue().splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["worker"], entry["level"]) == ("broken", "w", "error")
    assert "ValueError" in entry["exception"]
    assert "canary" not in line
    structlog.reset_defaults()


def test_a_log_that_nobody_can_take_any_more_costs_its_lines_and_nothing_else() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as out:
        logger = log.configure("info", out)
        for _ in range(3):
            logger.info("to nobody", much="x" * 100_000)
        with suppress(BrokenPipeError):
            out.close()
    logger.info("to a closed stream")
    structlog.reset_defaults()


def test_a_person_gets_readable_lines() -> None:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as terminal:
        log.configure("info", terminal).info("journal open", head=3)
        terminal.flush()
        line = os.read(leader, 1000).decode()
    os.close(leader)
    assert "journal open" in line
    assert not line.startswith("{")
    structlog.reset_defaults()


def test_systemd_decides_where_state_and_socket_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.setattr(paths, "RUNTIME", tmp_path)
    assert paths.state_dir(Path("/srv/x")) == Path("/srv/x")
    assert paths.socket_path(Path("/srv/x")) == Path("/srv/x/control.sock")
    assert paths.socket_path(paths.STATE) == tmp_path / "control.sock"
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/other")
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/other")
    assert paths.state_dir(Path("/srv/x")) == Path("/var/lib/other")
    assert paths.socket_path(Path("/srv/x")) == Path("/run/other/control.sock")


def test_units_convert_to_the_canonical_one_and_turbidity_never_converts() -> None:
    assert canonical_unit("turbidity", "NTU") == "NTU"
    assert canonical_unit("turbidity", "V") == "FNU"
    assert factor("bar", canonical_unit("pore_pressure", "bar")) == 100
    assert factor("kPa", "kPa") == 1
    with pytest.raises(KeyError):
        factor("FNU", "NTU")
    assert all(quantity.units and quantity.decimals >= 0 for quantity in QUANTITIES.values())
