"""The journal for one reader in one thread: pages of entries, its place, its parked rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.journal.reader import JournalReader
from agent.journal.telling.parking import CARD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.journal.journal import Journal
    from agent.model import Entry

# A damaged row is told once, however often it is met; so many are remembered.
_DAMAGED_REMEMBERED = 50_000


class JournalView:
    """A view belongs to the file that was open when it was first used; of a later one it knows nothing."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._of = ""
        self._reader: JournalReader | None = None
        self._damaged: set[int] = set()

    @property
    def head(self) -> int:
        """The last committed seq."""
        return self._journal.head if self._is_current() else 0

    @property
    def settled(self) -> int:
        """See `Journal.settled`."""
        return self._journal.settled if self._is_current() else 0

    def read_after(self, seq: int, limit: int, upto: int | None = None) -> list[Entry]:
        """Up to `limit` committed entries after `seq`, none above `upto`; damaged rows are parked instead."""
        reader = self._reading()
        return reader.read_after(seq, limit, upto) if reader else []

    def events_after(self, seq: int, limit: int) -> list[Entry]:
        """The same, of events only; what lies between them is not read."""
        reader = self._reading()
        return reader.events_after(seq, limit) if reader else []

    def judged(self, entries: Sequence[Entry]) -> list[Entry]:
        """See `JournalReader.judged`."""
        reader = self._reading()
        return reader.judged(entries) if reader else list(entries)

    def parked(self, reader: str) -> list[tuple[int, str]]:
        """Which records `reader` could not deliver, and why, as committed."""
        reading = self._reading()
        found = reading.parked() if reading else []
        return [(seq, reason) for name, seq, reason in found if name == reader]

    def channels(self) -> list[str]:
        """See `JournalReader.channels`."""
        reading = self._reading()
        return reading.channels() if reading else []

    def span(self, from_ns: int, to_ns: int) -> tuple[int, int] | None:
        """See `JournalReader.span`."""
        reading = self._reading()
        return reading.span(from_ns, to_ns) if reading else None

    def evicted(self) -> list[tuple[int, int]]:
        """See `JournalReader.evicted`."""
        reading = self._reading()
        return reading.evicted() if reading else []

    def damaged(self) -> list[int]:
        """See `JournalReader.damaged`; those too that this view has met and that are not committed yet."""
        reading = self._reading()
        return sorted({*reading.damaged(), *self._damaged}) if reading else []

    def bookmark(self, reader: str) -> int:
        """See `Journal.bookmark`."""
        return self._journal.bookmark(reader) if self._is_current() else 0

    def islands(self, reader: str) -> tuple[tuple[int, int], ...]:
        """See `Journal.islands`."""
        return self._journal.islands(reader) if self._is_current() else ()

    def advance(self, reader: str, seq: int, islands: Sequence[tuple[int, int]] = ()) -> None:
        """See `Journal.advance`."""
        self._journal.advance(reader, seq, islands, of=self._belonging())

    def park(self, reader: str, seq: int, reason: str) -> None:
        """See `Journal.park`."""
        self._journal.park(reader, seq, reason, of=self._belonging())

    def unpark(self, reader: str, seqs: Iterable[int]) -> None:
        """See `Journal.unpark`."""
        self._journal.unpark(reader, seqs, of=self._belonging())

    def close(self) -> None:
        """Let go of the file, in the thread that read."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _belonging(self) -> str:
        self._of = self._of or self._journal.identity
        return self._of

    def _is_current(self) -> bool:
        """Whether the file that this view belongs to is open."""
        return bool(self._belonging()) and self._of == self._journal.identity

    def _reading(self) -> JournalReader | None:
        """The connection, opened on first use so that it belongs to the thread that reads."""
        if self._reader is None and self._is_current():
            reader = JournalReader(self._journal.path, self._park_damaged, lambda: self._journal.head)
            if reader.journal_id != self._of:  # a new file has just taken its place
                reader.close()
                return None
            self._reader = reader
        return self._reader if self._is_current() else None

    def _park_damaged(self, seq: int) -> None:
        if seq in self._damaged:
            return  # at the end of the journal it is read again and again
        if len(self._damaged) >= _DAMAGED_REMEMBERED:
            self._damaged.clear()
        self._damaged.add(seq)
        self.park(CARD, seq, "checksum does not match: the row was damaged on the card")
