"""What a file is, by its first bytes: a journal of a station, or text, maybe gzipped."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from typing import BinaryIO, TextIO

STDIN = "-"
_JOURNAL = b"SQLite format 3\x00"
_GZIP = b"\x1f\x8b"


def is_journal(file: str) -> bool:
    """Whether it is a database. Raises OSError."""
    if file == STDIN:
        return False
    with Path(file).open("rb") as stream:
        return stream.read(len(_JOURNAL)) == _JOURNAL


def opened(file: str) -> TextIO:
    """The text of a file, or of standard input for `-`. What is no UTF-8 is replaced. Raises OSError."""
    buffered = cast("io.BufferedReader", sys.stdin.buffer if file == STDIN else Path(file).open("rb"))  # noqa: SIM115 - closed with what wraps it
    packed = buffered.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
    binary = cast("BinaryIO", gzip.GzipFile(fileobj=buffered) if packed else buffered)
    return io.TextIOWrapper(binary, encoding="utf-8", errors="replace", newline="")
