"""What this room needs of the journal: the shared front, and one thread's view of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Entry, Event, Record


class Log(Protocol):
    """One journal file, as one reader in one thread sees it."""

    @property
    def head(self) -> int:
        """Sequence number of the newest committed entry, 0 when there is none."""
        ...

    @property
    def settled(self) -> int:
        """The last seq such that it and all before it have a time that will not change again."""
        ...

    def read_after(self, seq: int, limit: int, upto: int | None = None) -> list[Entry]:
        """At most `limit` committed entries behind `seq`, none behind `upto`, in order; with holes.

        Empty only when there is nothing more.
        """
        ...

    def events_after(self, seq: int, limit: int) -> list[Entry]:
        """The same for events alone."""
        ...

    def judged(self, entries: Sequence[Entry]) -> list[Entry]:
        """The same entries, each with the last of what was said of it later (`Entry.later`)."""
        ...

    def bookmark(self, reader: str) -> int:
        """The last entry that `reader` is done with, 0 for a new reader."""
        ...

    def islands(self, reader: str) -> tuple[tuple[int, int], ...]:
        """What `reader` is done with above its bookmark: (first, last)."""
        ...

    def advance(self, reader: str, seq: int, islands: Sequence[tuple[int, int]] = ()) -> None:
        """`reader` is done with everything up to `seq`, and `islands`. Losing this costs a resend."""
        ...

    def park(self, reader: str, seq: int, reason: str) -> None:
        """Put on record that the far side of `reader` will never take entry `seq`, and why."""
        ...

    def unpark(self, reader: str, seqs: Sequence[int]) -> None:
        """It has taken them after all."""
        ...

    def parked(self, reader: str) -> list[tuple[int, str]]:
        """What was refused: (seq, reason), by seq."""
        ...

    def channels(self) -> list[str]:
        """Every channel that any record is of, by name."""
        ...

    def span(self, from_ns: int, to_ns: int) -> tuple[int, int] | None:
        """First and last seq of what may have happened in `from_ns` <= time < `to_ns`; None: nothing."""
        ...

    def close(self) -> None:
        """Let go of the journal's file, in the thread that read."""
        ...


class Source(Protocol):
    """The journal's shared front. Every method may be called from any thread."""

    @property
    def is_open(self) -> bool:
        """Whether the file is open; before that nothing of it is known."""
        ...

    @property
    def identity(self) -> str:
        """The id of the file; another one when it had to be set aside."""
        ...

    @property
    def open_events(self) -> tuple[Event, ...]:
        """Events that the last run left open."""
        ...

    def append(self, records: Sequence[Record]) -> None:
        """Hand records over for the next commit."""
        ...

    def view(self) -> Log:
        """The file as it is now, for one thread."""
        ...
