"""Setting a journal aside that cannot be gone on with. Nothing of it is thrown away here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agent.model import Event, Severity

if TYPE_CHECKING:
    from pathlib import Path

    from agent.model import Instant


def set_aside(path: Path, name: str) -> Path:
    """Rename a journal, with its -wal and -shm, and say where it is now. Raises OSError."""
    n = 1
    while (aside := path.with_name(f"{path.name}.{name}-{n}")).exists():
        n += 1
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    directory = os.open(path.parent, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)
    return aside


def set_aside_event(name: str, reason: str, now: Instant) -> Event:
    """What everybody is told of it."""
    return Event(
        id=f"station/journal_set_aside/{now.wall_ns}",
        kind="journal_set_aside",
        subject="station",
        phase="raised",
        severity=Severity.ORANGE,
        at=now,
        title=f"the journal could not be used and was set aside as {name}",
        text=f"{reason}. Sampling goes on in a new journal; keep the old file, it may hold unsent data.",
        data={"reason": reason},
    )
