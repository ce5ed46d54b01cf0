"""A journal, its ledger, and days that pass by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import structlog

from agent.clock import NS
from agent.journal.journal import RING_RECORDS, Journal
from agent.journal.writer import JournalWriter
from agent.ledger.worker import Ledger
from agent.model import Completeness, Health, Instant, Trust
from tests.journal.conftest import observation
from tests.ledger.story import BEGIN_S

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from agent.model import Record


class DayClock:
    """Seconds after a midnight, moved by hand."""

    def __init__(self) -> None:
        self.boot_id = "boot-0"
        self.trust = Trust.NTP
        self.at_s = 0.0
        self.booted_s = -1000.0

    def at(self, at_s: float) -> Instant:
        """That moment."""
        return Instant(round((BEGIN_S + at_s) * NS), round((at_s - self.booted_s) * NS), self.trust)

    def now(self) -> Instant:
        """The moment as set."""
        return self.at(self.at_s)

    def seconds(self, wire_s: float) -> float:
        """No wire is here."""
        return wire_s

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        """Nobody waits by hand."""
        raise NotImplementedError


class Site:
    """A station's journal and ledger, without the rest of it; times in seconds after midnight."""

    def __init__(self, path: Path, period_s: float = 60.0) -> None:
        self.path = path
        self.period_s = period_s
        self.clock = DayClock()
        self.start()

    def start(self, ring_records: int = RING_RECORDS) -> None:
        """A process begins."""
        self.journal = Journal(self.path, ring_records)
        self.writer = JournalWriter(self.journal, self.clock, structlog.testing.CapturingLogger())
        self.writer.open(self.clock.now())
        self.ledger = Ledger(self.journal, {"ph-3": self.period_s}, self.journal.append)

    def crash(self) -> None:
        """It ends without a word: what was not committed is gone."""
        self.ledger.close()
        assert self.writer.file is not None
        self.writer.file.connection.close()

    def lose_power(self, until_s: float) -> None:
        """The machine starts again at that time, and the station with it."""
        self.crash()
        self.clock.boot_id += "+"
        self.clock.booted_s = self.clock.at_s = until_s
        self.start()

    def commit(self) -> None:
        """The writer's turn."""
        self.writer.step(self.clock.now())

    def append(self, *records: Record) -> None:
        """On the disk, at the time of the last of them."""
        self.clock.at_s = records[-1].at.wall_ns / NS - BEGIN_S
        self.journal.append(records)
        self.commit()

    def read(self, from_s: float, to_s: float) -> None:
        """A value in every period."""
        count = int((to_s - from_s) // self.period_s)
        self.append(*(observation(n, at=self.clock.at(from_s + self.period_s * n)) for n in range(count)))

    def give_up(self, first: int, last: int) -> None:
        """As retention does with what somebody has not got."""
        assert self.writer.file is not None
        connection = self.writer.file.connection
        connection.execute("DELETE FROM record WHERE seq BETWEEN ? AND ?", (first, last))
        connection.execute("INSERT INTO evicted VALUES (?, ?, ?)", (first, last, last - first + 1))

    def alive(self, at_s: float) -> None:
        """The station's heartbeat."""
        self.append(Health(self.clock.at(at_s), {"uptime_s": 1.0}))

    def count(self) -> None:
        """Let the ledger do all that it can, without a commit."""
        for _ in range(1000):
            if self.ledger.step(self.clock.now()) > 1:
                return
        raise AssertionError("the ledger never waits")

    def accounts(self) -> list[Completeness]:
        """Those in the journal."""
        view = self.journal.view()
        try:
            records = [entry.record for entry in view.read_after(0, 1_000_000)]
        finally:
            view.close()
        return [record for record in records if isinstance(record, Completeness)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site that runs."""
    found = Site(tmp_path / "journal.db")
    yield found
    found.crash()
