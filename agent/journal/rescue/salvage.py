"""Saving what nobody has got yet from a file that cannot be gone on with.

    journal.db (damaged) --rows that can be read, above the lowest bookmark--> journal.db.new
    then: journal.db -> journal.db.corrupt-1, journal.db.new -> journal.db

Portion by portion, so that whoever does it can show signs of life. A power cut at any moment leaves either
the damaged file in its place, and all of this begins again, or a new file that is complete.
"""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, TypeVar

from agent.journal.file.database import CORRUPT, UnusableError, making_sense
from agent.journal.file.file import BootsOf
from agent.journal.journal import Place, Work, is_reader
from agent.journal.reader import JournalReader
from agent.journal.rescue.aside import follow, remove, set_aside, sync_directory
from agent.journal.rescue.renumber import Kept
from agent.journal.room.disk import look
from agent.journal.room.retention import MB
from agent.journal.telling.parking import CARD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.journal.file.file import JournalFile
    from agent.model import Entry

T = TypeVar("T")

# A portion, and a log that is as large as it gets.
_ROOM_BYTES = 2 * MB

_PORTION = 1000
_STEP_S = 2.0
# Records wait in memory meanwhile: on a slow card this many take minutes, not hours.
_MOST = 1_000_000
# Where not even the end of a damaged file can be found it is looked for so far behind what is known.
_BEYOND = 100_000


def new_path(path: Path) -> Path:
    """Where the new file grows."""
    return path.with_name(path.name + ".new")


def finish_interrupted(path: Path) -> None:
    """What a power cut has left undone of putting it in the place of the old one. Raises OSError."""
    if not path.exists() and new_path(path).exists():
        follow(path)
        new_path(path).rename(path)
        sync_directory(path.parent)


class Salvage:
    """One attempt at one file. Raises OSError and sqlite3.Error where the new file cannot be written."""

    def __init__(
        self,
        path: Path,
        make: Callable[[Path], JournalFile],
        damage: Exception,
        make_room: Callable[[], bool],
        *,
        saves: bool,
    ) -> None:
        """`make_room` frees some of the disk, if it can."""
        self.saved = 0
        self.damaged = 0
        self._path = path
        self._make_room = make_room
        self._is_cut_short = False
        self._name, is_readable = CORRUPT, True
        if isinstance(damage, UnusableError):
            self._name, is_readable = damage.name, damage.is_readable
        self._seq = 0
        self._suspects: list[int] = []  # unreadable, or behind the end
        finish_interrupted(path)  # nothing that is complete is removed
        remove(new_path(path))
        self._new = make(new_path(path))
        self._old = self._opened(path) if saves and is_readable else None
        self._marks = self._read_marks()
        self._kept = self._read_kept()
        self._seq = max(min(self._marks.values(), default=0), self._end() - _MOST)
        self._still_open = dict(self._tried(JournalReader.still_open))
        self._has_boots = False

    def step(self) -> bool:
        """Save some more, for a second or two. Whether there may be more still."""
        until_s = time.monotonic() + _STEP_S
        if not self._has_boots:
            self._copy_boots()
            self._copy_open_events()
        while self._has_room() and (entries := self._read()):
            self._new.copy(entries, self._still_open)
            self._count([entry.seq for entry in entries])
            if time.monotonic() > until_s:
                return True
        return False

    def cut_short(self) -> bool:
        """Go on with what has been copied already. False when there is nothing, or this was tried before."""
        if self._is_cut_short or not self.saved:
            return False
        self._is_cut_short = True
        self._suspects.clear()
        return True

    def finish(self) -> Path:
        """Complete the new file and put it in the place of the old one. Returns where that is now."""
        self._new.commit(Work([], None, self._kept.places(), self._kept.parked()), "")
        self._new.empty_log()  # closing it would not say that it could not
        self.close()
        aside = set_aside(self._path, self._name)
        finish_interrupted(self._path)
        return aside

    def words(self) -> str:
        """For people."""
        if not self.saved:
            return "Nothing of it could be taken over; keep the file, it may hold unsent data."
        lost = f", at least {self.damaged} were damaged" if self.damaged else ""
        said = f"{self.saved} records that had not been sent everywhere were taken over{lost}."
        if not self._is_cut_short:
            return said
        return f"{said} The disk took no more: what came after them is in that file alone."

    def close(self) -> None:
        """Let go of both files."""
        self._new.close()
        if self._old is not None:
            self._old.close()

    def _has_room(self) -> bool:
        """Whether the new file may still grow, and its log be emptied after that."""
        while not self._is_cut_short and look(self._path.parent).free < _ROOM_BYTES:
            self._is_cut_short = not self._make_room()
        return not self._is_cut_short

    def _opened(self, path: Path) -> JournalReader | None:
        try:
            with making_sense():
                return JournalReader(path, self._suspects.append, self._end)
        except (sqlite3.Error, UnusableError):
            return None

    def _copy_boots(self) -> None:
        """What later times depend on: the order of boots, what is known of them, and where they ended."""
        ids = self._tried(JournalReader.boots)
        ends, settled = self._tried(JournalReader.ends_of_boots), self._tried(JournalReader.settled)
        if ids:
            self._new.copy_boots(BootsOf(ids, ends, settled))
        self._has_boots = True

    def _copy_open_events(self) -> None:
        """Also what everybody has been told: only with these can it ever be told that they are over."""
        entries: list[Entry] = []
        for seq in self._still_open:
            if seq <= self._seq:
                entries += self._tried(lambda old, seq=seq: old.read_after(seq - 1, 1, seq))  # type: ignore[misc]
        self._suspects.clear()
        if entries:
            self._new.copy(entries, self._still_open)
            self._kept.numbers.copied([entry.seq for entry in entries])

    def _read(self) -> list[Entry]:
        return self._tried(lambda old: old.read_after(self._seq, _PORTION))

    def _tried(self, read: Callable[[JournalReader], list[T]]) -> list[T]:
        """What the old file says; nothing where it cannot be read, not even around the damage."""
        try:
            with making_sense():
                return read(self._old) if self._old else []
        except (sqlite3.Error, UnusableError):
            return []

    def _read_marks(self) -> dict[str, int]:
        try:
            marks = self._old.bookmarks() if self._old else {}
        except sqlite3.Error:
            marks = {}
        return {name: seq for name, seq in marks.items() if is_reader(name)}

    def _read_kept(self) -> Kept:
        islands = dict(self._tried(lambda old: list(old.islands().items())))
        places = {reader: Place(seq, islands.get(reader, ())) for reader, seq in self._marks.items()}
        parked = self._tried(JournalReader.parked)
        return Kept(places, [each for each in parked if each[0] != CARD])

    def _end(self) -> int:
        try:
            return self._old.head() if self._old else 0
        except sqlite3.Error:
            return max(self._seq, *self._marks.values(), 0) + _BEYOND

    def _count(self, seqs: list[int]) -> None:
        """What is unreadable is damage only if something readable follows: it may lie behind the end."""
        self.saved += len(seqs)
        self.damaged += sum(seq < seqs[-1] for seq in self._suspects)
        self._suspects.clear()
        self._seq = seqs[-1]
        self._kept.numbers.copied(seqs)
