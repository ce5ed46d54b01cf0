"""A machine that is switched on and off, with a clock that may be set or not, and a journal on its card.

The truth is known: a record's value is the true time at which it was made, in seconds since the machine's
first start.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import structlog

from agent.clock import NS
from agent.journal.journal import Journal
from agent.journal.reader import JournalReader
from agent.journal.writer import JournalWriter
from agent.model import Entry, Event, Flag, Instant, Observation, Trust, Why
from tests.journal.conftest import CALIBRATION, PH

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")
T0_NS = 1_795_305_600 * NS


class Clock:
    """The clocks of one boot."""

    def __init__(self, machine: Machine, boot_id: str, wall_ns: int, trust: Trust) -> None:
        self.boot_id = boot_id
        self.trust = trust
        self._machine = machine
        self._start_ns = machine.true_ns
        self._offset_ns = wall_ns

    def now(self) -> Instant:
        """What it says at the true time that it is."""
        mono_ns = self._machine.true_ns - self._start_ns
        return Instant(mono_ns + self._offset_ns, mono_ns, self.trust)

    def say(self, wall_ns: int) -> None:
        """Set it, rightly or wrongly."""
        self._offset_ns = wall_ns - self.now().mono_ns

    def seconds(self, wire_s: float) -> float:
        """No wire is here."""
        return wire_s

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        """Nobody waits by hand."""
        raise NotImplementedError


class Seen(NamedTuple):
    """One observation as a reader sees it, beside the truth."""

    entry: Entry
    true_ns: int

    @property
    def wrong_s(self) -> float:
        """How far the time that it has by now is from the truth."""
        return abs(self.entry.time.wall_ns - self.true_ns) / NS


class Machine:
    """Without a clock chip: every boot begins in 1970, unless it is told otherwise."""

    def __init__(self, path: Path, wait_h: float = 24.0) -> None:
        self.true_ns = T0_NS
        self.path = path
        self._wait_h = wait_h
        self._boots = 0

    def boot(self, wall_ns: int = 0, trust: Trust = Trust.NONE) -> Machine:
        """Switch it on and start the station."""
        self._boots += 1
        self.clock = Clock(self, f"boot-{self._boots}", wall_ns, trust)
        return self.start()

    def start(self) -> Machine:
        """Start the station, in the boot that there is."""
        self.journal = Journal(self.path)
        self.writer = JournalWriter(
            self.journal, self.clock, structlog.testing.CapturingLogger(), clock_wait_h=self._wait_h
        )
        self.writer.open(self.clock.now())
        return self

    def kill(self) -> Machine:
        """End the station, and nothing else."""
        file = self.writer.file
        if file is not None:
            file.close()
        return self

    def restart(self) -> Machine:
        """Kill the station and start it again, in the boot that there is."""
        return self.kill().start()

    def spoil(self) -> Machine:
        """Damage the file, so that a new one must take over what nobody has got yet."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute("UPDATE meta SET value = 'x' WHERE key = 'journal_id'")
        connection.close()
        return self

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        """The card is not there."""
        folder = self.path.parent
        away = folder.rename(folder.with_name("away"))
        folder.touch()
        yield
        folder.unlink()
        away.rename(folder)

    def run(self, seconds: float, every_s: float = 600.0) -> Machine:
        """Observe and commit, at the beginning of every stretch of `every_s`."""
        for _ in range(round(seconds / every_s)):
            self.observe()
            self.writer.step(self.clock.now())
            self.true_ns += round(every_s * NS)
        return self

    def observe(self) -> None:
        """One observation, not committed yet."""
        seconds = (self.true_ns - T0_NS) / NS
        at = self.clock.now()
        self.journal.append([Observation(PH, at, seconds, seconds, Flag.GOOD, Why.NONE, CALIBRATION)])

    def sync(self) -> Machine:
        """The network sets the clock."""
        self.clock.say(self.true_ns)
        self.clock.trust = Trust.NTP
        return self

    def off(self, seconds: float) -> Machine:
        """Cut the power, for so long."""
        self.kill()
        self.true_ns += round(seconds * NS)
        return self

    def entries(self) -> list[Entry]:
        """All records, as another process reads them."""
        return self.reading(lambda reader: reader.read_after(0, 1_000_000))

    def observed(self) -> list[Seen]:
        """All observations."""
        return [
            Seen(entry, T0_NS + round((entry.record.value or 0) * NS))
            for entry in self.entries()
            if isinstance(entry.record, Observation)
        ]

    def events(self, kind: str, phase: str = "raised") -> list[Entry]:
        """All events of a kind."""
        return [
            entry
            for entry in self.entries()
            if isinstance(entry.record, Event) and (entry.record.kind, entry.record.phase) == (kind, phase)
        ]

    def span(self, from_ns: int, to_ns: int) -> tuple[int, int] | None:
        """Where a stretch of time lies, as another process finds it."""
        return self.reading(lambda reader: reader.span(from_ns, to_ns))

    def reading(self, look: Callable[[JournalReader], T]) -> T:
        """What another process sees."""
        reader = JournalReader(self.path, print)
        try:
            return look(reader)
        finally:
            reader.close()
