"""What people note while no station runs: one file of lines, taken into the journal when it starts.

    visits.jsonl         the command line appends, each line on the disk before it says so
    visits.taken.jsonl   what a station has taken; gone when the journal has given all of it back

A station that dies in between takes the same lines again, under the same ids.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from typing import TYPE_CHECKING, NamedTuple

from agent.model import Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

    from structlog.typing import FilteringBoundLogger

    from agent.journal.journal import Journal
    from agent.model import Instant

KEPT, TAKEN = "visits.jsonl", "visits.taken.jsonl"
_LONGEST_BYTES = 1_000_000
_LOOK_S, _SOON_S = 60.0, 1.0
_PAGE = 500


class FullError(OSError):
    """So much is kept already that no station can ever have run here."""


def keep(state: Path, command: str, arguments: Mapping[str, Any], noted_ns: int) -> None:
    """Put one command on the disk for the station that will start. `noted_ns`: since 1970. Raises OSError."""
    path = state / KEPT
    line = json.dumps({"command": command, "arguments": dict(arguments), "noted_ns": noted_ns})
    while True:
        with path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _is_at(path, file.fileno()):
                continue  # a station has just taken it away
            if file.tell() > _LONGEST_BYTES:
                raise FullError(f"{path} is full: let the station run")
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            return


def _is_at(path: Path, descriptor: int) -> bool:
    mine = os.fstat(descriptor)
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)


class _Taken(NamedTuple):
    """What was handed to the journal: where to look for it, and what has not been seen there."""

    from_seq: int
    ids: set[str]


class VisitSpool:
    """A worker that takes in what was kept. `record_of` makes a record of a line."""

    name = "visit-spool"

    def __init__(
        self, state: Path, journal: Journal, record_of: Callable[[str], Visit], log: FilteringBoundLogger
    ) -> None:
        self.wake = threading.Event()
        self._kept, self._taken = state / KEPT, state / TAKEN
        self._journal = journal
        self._record_of = record_of
        self._log = log
        self._waits: _Taken | None = None

    def step(self, _now: Instant) -> float:
        """Take what there is, or see whether the journal has it. Returns the seconds until the next."""
        if not self._journal.is_open:
            return _SOON_S
        try:
            if self._waits is not None:
                return self._look(self._waits)
            return _SOON_S if self._take() else _LOOK_S
        except OSError as error:
            self._log.warning("what was noted while no station ran cannot be taken in", error=str(error))
            return _LOOK_S

    def status(self) -> Mapping[str, object]:
        """How much of it the journal has not given back."""
        return {"waiting": len(self._waits.ids) if self._waits else 0}

    def close(self) -> None:
        """What the journal has not given back is taken again by the next run."""

    def _take(self) -> bool:
        """Hand over what is kept; False when there is nothing. Raises OSError."""
        if not self._taken.exists():
            if not self._kept.exists():
                return False
            self._move()
        visits = self._visits()
        self._waits = _Taken(self._journal.head, {visit.id for visit in visits})
        self._journal.append(visits)
        self._log.info("what was noted while no station ran is taken in", records=len(visits))
        return True

    def _visits(self) -> list[Visit]:
        """Raises OSError."""
        text = self._taken.read_bytes().decode(errors="replace")
        return [self._record_of(line) for line in text.splitlines() if line.strip()]

    def _move(self) -> None:
        with self._kept.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # nobody is in the middle of a line
            self._kept.rename(self._taken)

    def _look(self, waits: _Taken) -> float:
        """Raises OSError."""
        nothing_waits = self._journal.waiting() == 0  # before the look: what is committed meanwhile is seen
        view, seq, ids = self._journal.view(), waits.from_seq, set(waits.ids)
        try:
            while ids and (page := view.read_after(seq, _PAGE)):
                seq = page[-1].seq
                ids -= {each.record.id for each in page if isinstance(each.record, Visit)}
        finally:
            view.close()
        self._waits = waits._replace(from_seq=seq, ids=ids)
        if ids and nothing_waits:  # memory was full: the journal has counted them as lost, the file has not
            self._journal.append([visit for visit in self._visits() if visit.id in ids])
            self._log.warning("what was noted while no station ran is handed over again", records=len(ids))
        if ids:
            return _SOON_S
        self._taken.unlink()
        self._waits = None
        return 0.0
