"""The journal against a list and two dictionaries: whatever happens in whatever order, its promises hold.

Kept for ever: what was committed comes back, in order, once, under the same seq. Never: a wrong value, a seq
with two meanings, a record before its commit, a reader's place that nobody had said.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.journal.journal import Place
from agent.model import Event, Observation, Severity
from tests.journal.conftest import HEAD, PH, Store, observation

if TYPE_CHECKING:
    from agent.model import Entry, Record

READERS = st.sampled_from(["office", "archive"])
SHARE = st.floats(0, 1)
DAMAGE = st.sampled_from(
    [
        "value = value + 0.001",
        "raw = NULL",
        "wall_ns = wall_ns + 1",
        "mono_ns = -mono_ns - 1",
        "boot = boot + 77",
        "flag = 4",
        "crc = crc + 1",
        "channel = 1 - channel",
    ]
)


class JournalMachine(RuleBasedStateMachine):
    """One station with its card, over many runs."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.runs = 0
        self.store = Store(self.path).open()
        self.identity = self.store.journal.identity
        self.made = 0
        self.waiting: list[float] = []
        self.promised: list[float] = []
        self.named: dict[int, float] = {}
        self.damaged: set[float] = set()
        self.places: dict[str, Place] = {}
        self.places_on_disk: dict[str, Place] = {}
        self.parked: dict[tuple[str, int], str] = {}
        self.parked_on_disk: dict[tuple[str, int], str] = {}

    @property
    def path(self) -> Path:
        return self.directory / str(self.runs) / "journal.db"

    @property
    def head(self) -> int:
        return self.store.journal.head

    @rule(count=st.integers(1, 30), event=st.booleans())
    def hand_over(self, count: int, event: bool) -> None:  # noqa: FBT001 - drawn
        records: list[Record] = []
        for _ in range(count):
            self.made += 1
            records.append(observation(self.made, PH if self.made % 3 else HEAD))
            self.waiting.append(6.0 + self.made)
        if event:
            now = self.store.clock.now()
            records.append(
                Event(f"e{self.made}", "clock_step", "station", "raised", Severity.INFO, now, "", "")
            )
        self.store.journal.append(records)

    @rule()
    def commit(self) -> None:
        for _ in range(3):  # after a failure the file may be opened again first
            self.store.step(after_s=61)
        assert self.store.writer.status()["error"] == ""
        self._kept()

    @rule(after=st.integers(1, 400))
    def fail_to_commit(self, after: int) -> None:
        """SQLite is stopped somewhere within the transaction, or after it."""
        left = [after]

        def stop() -> bool:
            left[0] -= 1
            return left[0] == 0

        self.store.connection.set_progress_handler(stop, 1)
        commits = self.store.writer.commits
        self.store.step(after_s=61)
        if self.store.writer.file is not None:
            self.store.connection.set_progress_handler(None, 0)
        if self.store.writer.commits > commits:
            self._kept()

    @rule(reader=READERS, share=SHARE, gap=st.integers(1, 5), length=st.integers(0, 5))
    def advance(self, reader: str, share: float, gap: int, length: int) -> None:
        seq = round(self.head * share)
        islands = [(seq + 1 + gap, seq + 1 + gap + length)] if gap % 2 else []
        self.store.journal.advance(reader, seq, islands)
        self.places[reader] = Place(seq, tuple(islands))

    @precondition(lambda self: self.head > 0)
    @rule(reader=READERS, share=SHARE, reason=st.sampled_from(["too large", "no such field"]))
    def park(self, reader: str, share: float, reason: str) -> None:
        seq = max(1, round(self.head * share))
        self.store.journal.park(reader, seq, reason)
        self.parked[reader, seq] = reason

    @precondition(lambda self: self.parked)
    @rule(share=SHARE)
    def unpark(self, share: float) -> None:
        reader, seq = sorted(self.parked)[round((len(self.parked) - 1) * share)]
        self.store.journal.unpark(reader, [seq])
        del self.parked[reader, seq]

    @rule(share=SHARE, limit=st.integers(1, 7))
    def read_a_page(self, share: float, limit: int) -> None:
        after = round(self.head * share)
        view = self.store.journal.view()
        page = view.read_after(after, limit)
        view.close()
        assert len(page) <= limit
        tail = [entry for entry in self._all() if entry.seq > after]
        assert page == tail[: len(page)]
        assert page or not tail, "empty only at the end, however many are damaged"

    @precondition(lambda self: self._sound())
    @rule(share=SHARE, damage=DAMAGE)
    def damage(self, share: float, damage: str) -> None:
        seqs = self._sound()
        seq = seqs[round((len(seqs) - 1) * share)]
        connection = sqlite3.connect(self.path)
        changed = connection.execute(f"UPDATE record SET {damage} WHERE seq = ?", (seq,)).rowcount
        connection.commit()
        connection.close()
        assert changed == 1
        self.damaged.add(self.named[seq])

    @rule(torn=st.binary(max_size=64))
    def power_cut(self, torn: bytes) -> None:
        """The next run finds what is on the disk at this moment, and a write that had only begun."""
        here = self.path
        self.runs += 1
        self.path.parent.mkdir()
        for suffix in ("", "-wal"):
            shutil.copyfile(here.with_name(here.name + suffix), self.path.with_name(self.path.name + suffix))
        with self.path.with_name("journal.db-wal").open("ab") as log:
            log.write(torn)
        self.store.connection.close()
        self.waiting.clear()
        self.places, self.parked = dict(self.places_on_disk), dict(self.parked_on_disk)
        self._start()

    @rule()
    def stop_and_start(self) -> None:
        self.store.writer.close()
        self._kept()
        self._start()

    @invariant()
    def what_was_promised_is_there_once_in_order_and_nothing_else(self) -> None:
        values = [entry.record.value for entry in self._all() if isinstance(entry.record, Observation)]
        assert values == [value for value in self.promised if value not in self.damaged]

    @invariant()
    def a_seq_names_one_record_for_ever(self) -> None:
        for entry in self._all():
            if isinstance(entry.record, Observation):
                assert entry.record.value is not None
                assert self.named.setdefault(entry.seq, entry.record.value) == entry.record.value

    @invariant()
    def events_alone_are_the_events_of_all(self) -> None:
        view = self.store.journal.view()
        assert view.events_after(0, 100_000) == [
            entry for entry in self._all() if isinstance(entry.record, Event)
        ]
        view.close()

    @invariant()
    def a_reader_stands_where_it_said(self) -> None:
        journal = self.store.journal
        for reader, place in self.places.items():
            assert (journal.bookmark(reader), journal.islands(reader)) == place

    def teardown(self) -> None:
        self.store.writer.close()
        shutil.rmtree(self.directory)

    def _sound(self) -> list[int]:
        return sorted(seq for seq, value in self.named.items() if value not in self.damaged)

    def _all(self) -> list[Entry]:
        view = self.store.journal.view()
        try:
            return view.read_after(0, 1_000_000)
        finally:
            view.close()

    def _kept(self) -> None:
        """A commit has succeeded: all that had been said by then is on the disk."""
        self.promised += self.waiting
        self.waiting.clear()
        self.places_on_disk, self.parked_on_disk = dict(self.places), dict(self.parked)

    def _start(self) -> None:
        mono_s = self.store.clock.mono_s
        self.store = Store(self.path)
        self.store.clock.mono_s = mono_s + 60
        self.store.open()
        assert self.store.journal.identity == self.identity
        view = self.store.journal.view()
        for reader in ("office", "archive"):
            told = {(reader, seq): reason for seq, reason in view.parked(reader)}
            assert told == {key: reason for key, reason in self.parked_on_disk.items() if key[0] == reader}
        view.close()


TestJournal = JournalMachine.TestCase
TestJournal.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a sequence is short enough as it is found
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
