"""Files that are written beside what is there, and put in its place once all is done.

So a wrong file name, a full disk or Ctrl-C costs nobody the answers of the run before.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from typing import TextIO


class Drafts:
    """The files of one run, as a context; what has not been kept at its end is gone. Raises OSError."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._drafts: dict[Path, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stack.close()
        finally:
            for draft in self._drafts.values():
                draft.unlink(missing_ok=True)

    def open(self, name: str) -> TextIO:
        """A file to be written. What is no file, as a pipe, is written as it is: it has nothing to lose."""
        path = Path(name).resolve()
        draft = path
        if path.is_file() or not path.exists():
            draft = self._drafts[path] = path.with_name(f".{path.name}.{os.getpid()}.part")
        return self._stack.enter_context(draft.open("w", encoding="utf-8", newline=""))

    def keep(self) -> None:
        """All is written: each takes its place."""
        self._stack.close()
        while self._drafts:
            path, draft = self._drafts.popitem()
            draft.replace(path)


def is_same_file(one: str, other: str) -> bool:
    """Whether two names are of one file, be it over links; of files that are not there yet, too."""
    try:
        return Path(one).samefile(other)
    except OSError:
        return Path(one).resolve() == Path(other).resolve()
