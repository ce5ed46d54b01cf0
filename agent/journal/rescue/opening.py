"""Opening a journal that may be damaged, half replaced, or none at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.journal.file.database import UnusableError
from agent.journal.rescue.salvage import finish_interrupted
from agent.journal.rescue.soundness import look_before_opening, look_inside

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.journal.file.file import JournalFile


def opened(path: Path, make: Callable[[Path], JournalFile]) -> tuple[JournalFile, bool]:
    """The file, and whether all of it has been checked. Raises UnusableError, sqlite3.Error, OSError."""
    finish_interrupted(path)
    look_before_opening(path)
    try:
        file = make(path)
    except UnicodeDecodeError as error:  # Python cannot even repeat what SQLite says about such a schema
        raise UnusableError("it is damaged: its schema is no text", is_readable=False) from error
    try:
        return file, look_inside(file.connection)
    except BaseException:
        file.close()
        raise
