"""A journal in a temporary directory, and records to put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import structlog

from agent.journal.journal import Journal
from agent.journal.writer import JournalWriter
from agent.model import Calibration, Channel, Flag, Instant, Observation, Trust, Why

if TYPE_CHECKING:
    import sqlite3
    import threading
    from collections.abc import Iterator
    from pathlib import Path

PH = Channel("ph-3", "ph", "1", "pH")
HEAD = Channel("piezo-5", "pore_pressure", "kPa", "bar")
CALIBRATION = Calibration("config-0a1b2c3d", '{"kind":"unit"}')


class HandClock:
    """A clock that moves only by hand."""

    boot_id = "boot-a"

    def __init__(self) -> None:
        self.mono_s = 1000.0

    def now(self) -> Instant:
        """The hand-set time, with a wall clock that counts from 2026."""
        return Instant(1_785_000_000_000_000_000 + int(self.mono_s * 1e9), int(self.mono_s * 1e9), Trust.NTP)

    def seconds(self, wire_s: float) -> float:
        """No wire is here."""
        return wire_s

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        """Nobody waits by hand."""
        raise NotImplementedError


def observation(n: int = 0, channel: Channel = PH, at: Instant | None = None) -> Observation:
    """An observation that can be told from others by its value."""
    when = at or Instant(1_785_000_000_000_000_000 + n, 1000 + n, Trust.NTP)
    return Observation(channel, when, 6.0 + n, 6.0 + n, Flag.GOOD, Why.NONE, CALIBRATION)


class Store:
    """A journal with its writer, stepped by hand."""

    def __init__(self, path: Path, ring_records: int = 20_000) -> None:
        self.clock = HandClock()
        self.journal = Journal(path, ring_records)
        self.log = structlog.testing.CapturingLogger()
        self.writer = JournalWriter(self.journal, self.clock, self.log)

    def open(self) -> Store:
        """Open the file."""
        self.writer.open(self.clock.now())
        return self

    @property
    def connection(self) -> sqlite3.Connection:
        """The writing connection, for what a disk or a crash would do to it."""
        assert self.writer.file is not None
        return self.writer.file.connection

    def step(self, after_s: float = 0.0) -> float:
        """Let the writer step, so much later."""
        self.clock.mono_s += after_s
        return self.writer.step(self.clock.now())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open, empty journal."""
    opened = Store(tmp_path / "journal.db").open()
    yield opened
    opened.writer.close()
