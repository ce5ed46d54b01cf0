"""Setting a journal aside that cannot be gone on with: for a person who wants to look into it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from agent.journal.file.database import CORRUPT
from agent.journal.rescue.soundness import PARTS
from agent.model import Event, Severity

if TYPE_CHECKING:
    from pathlib import Path

    from agent.journal.rescue.salvage import Salvage
    from agent.model import Instant


# Two of them tell whether it happens again; more would only fill the card.
_KEPT = 2


def set_aside(path: Path, name: str) -> Path:
    """Rename a journal with its -wal and -shm, say where it is now. The newest two stay. Raises OSError."""
    numbers = sorted(_numbers(path))
    aside = path.with_name(f"{path.name}.{name}-{max(numbers, default=(0, ''))[0] + 1}")
    for suffix in PARTS:
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    for _, old in numbers[: 1 - _KEPT]:
        remove(path.with_name(old))
    sync_directory(path.parent)
    return aside


def remove_older(path: Path) -> bool:
    """Remove the oldest damaged journal but the last one. False when there is none. Raises OSError."""
    damaged = sorted(each for each in _numbers(path) if f".{CORRUPT}-" in each[1])
    for _, old in damaged[:-1]:
        remove(path.with_name(old))
        sync_directory(path.parent)
        return True
    return False


def follow(path: Path) -> None:
    """Put the -wal and -shm of a journal that was set aside beside it, should they still be in its old place.

    The next file there would be taken for theirs. Raises OSError.
    """
    aside = max(_numbers(path), default=(1, f"{path.name}.{CORRUPT}-1"))[1]
    for suffix in PARTS[1:]:
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(aside + suffix))


def remove(path: Path) -> None:
    """Remove a journal with its -wal and -shm, if it is there. Raises OSError."""
    for suffix in PARTS:
        part = path.with_name(path.name + suffix)
        if part.is_dir():
            continue  # it was never ours
        part.unlink(missing_ok=True)


def sync_directory(directory: Path) -> None:
    """Make renames in it durable. Raises OSError."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _numbers(path: Path) -> list[tuple[int, str]]:
    """The journals that were set aside here, each with its number."""
    pattern = re.compile(rf"{re.escape(path.name)}\.(corrupt|schema-\d+)-(\d+)")
    matches = (pattern.fullmatch(each.name) for each in path.parent.iterdir())
    return [(int(match[2]), match[0]) for match in matches if match]


def set_aside_event(aside: str, reason: str, salvage: Salvage, now: Instant) -> Event:
    """What everybody is told of it."""
    return Event(
        id=f"station/journal_set_aside/{now.wall_ns}",
        kind="journal_set_aside",
        subject="station",
        phase="raised",
        severity=Severity.ORANGE,
        at=now,
        title=f"the journal could not be used and was set aside as {aside}",
        text=f"{reason[:1].upper()}{reason[1:]}. {salvage.words()} Sampling goes on in a new journal.",
        data={"reason": reason, "file": aside, "records": salvage.saved, "damaged": salvage.damaged},
    )


def removed_event(now: Instant) -> list[Event]:
    """What everybody is told when somebody has removed or replaced the file under a running station."""
    event = Event(
        id=f"station/journal_set_aside/{now.wall_ns}",
        kind="journal_set_aside",
        subject="station",
        phase="raised",
        severity=Severity.ORANGE,
        at=now,
        title="the journal's file was removed or replaced while the station ran",
        text="What had not been sent is gone with it. Sampling goes on in the file that is there now.",
        data={"reason": "removed"},
    )
    return [event, event._replace(phase="cleared")]
