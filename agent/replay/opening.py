"""What a file is, by its first bytes: a journal of a station, or text, maybe gzipped."""

from __future__ import annotations

import gzip
import io
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO, TextIO

STDIN = "-"
_JOURNAL = b"SQLite format 3\x00"
_GZIP = b"\x1f\x8b"


class UnreadableError(Exception):
    """The file as a whole cannot be used; the text says why."""


def is_journal(file: str) -> bool:
    """Whether it is a database. Raises UnreadableError."""
    if file == STDIN or Path(file).is_fifo():  # what is read of a pipe is gone from it
        return False
    try:
        with Path(file).open("rb") as stream:
            return stream.read(len(_JOURNAL)) == _JOURNAL
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error


@contextmanager
def opened(file: str) -> Iterator[TextIO]:
    """The text of a file, or of standard input for `-`; what is no UTF-8 is replaced.

    Raises UnreadableError.
    """
    with ExitStack() as stack:
        try:
            stream = sys.stdin.buffer if file == STDIN else stack.enter_context(Path(file).open("rb"))
            buffered = cast("io.BufferedReader", stream)
            packed = buffered.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
        except OSError as error:
            raise UnreadableError(error.strerror or str(error)) from error
        binary = cast("BinaryIO", gzip.GzipFile(fileobj=buffered) if packed else buffered)
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="")
        try:
            yield text
        finally:
            text.detach()  # standard input stays open for whoever comes after
