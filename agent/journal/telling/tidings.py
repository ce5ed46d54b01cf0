"""What the journal says about its own space: the words of its events. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.journal.room.retention import MB
from agent.journal.telling.notice import Words

if TYPE_CHECKING:
    from pathlib import Path

    from agent.journal.room.prune import GivenUp


def giving_up(lost: GivenUp, *, sinks: bool) -> Words:
    """Records go that somebody has not got."""
    why = (
        "The journal is full of records that a destination has not confirmed: see `skyground status`, bring"
        " its link back or raise [journal] max_mb."
        if sinks
        else "The journal is full and no [[publish]] is configured: nobody else has these records."
    )
    return Words("the oldest undelivered records are given up to make room", why, _figures(lost))


def gave_up(lost: GivenUp) -> Words:
    """No more go; these went."""
    title = f"{lost.records} records were given up, undelivered, to make room"
    text = f"They lie between {lost.first} and {lost.last}. What is missing there will not come."
    return Words(title, text, _figures(lost))


def _figures(lost: GivenUp) -> dict[str, float | str]:
    return {"first_seq": lost.first, "last_seq": lost.last, "records": lost.records}


def disk_low(directory: Path, free_bytes: int) -> Words:
    """The file system has little room left."""
    text = (
        "The journal reuses the room of what was delivered."
        f" Free the disk: df -h {directory}; du -xh / | sort -h | tail; journalctl --vacuum-size=50M."
    )
    return Words(f"the disk under {directory} is nearly full", text, _free(free_bytes))


def disk_well(directory: Path, free_bytes: int) -> Words:
    """It has room again."""
    return Words(f"the disk under {directory} has room again", "Nothing needs to be done.", _free(free_bytes))


def _free(free_bytes: int) -> dict[str, float | str]:
    return {"free_mb": round(free_bytes / MB, 1)}


def wal_grows(path: Path, size_bytes: int) -> Words:
    """A reader holds up the checkpoints."""
    text = (
        "Some program reads the journal without end, so that what was written cannot be moved into it and the"
        f" -wal file grows. Find and end it: fuser -v {path}."
    )
    return Words("a reader holds the journal up", text, _wal(size_bytes))


def wal_well(size_bytes: int) -> Words:
    """It has let go."""
    return Words("no reader holds the journal up any more", "Nothing needs to be done.", _wal(size_bytes))


def _wal(size_bytes: int) -> dict[str, float | str]:
    return {"wal_mb": round(size_bytes / MB, 1)}
