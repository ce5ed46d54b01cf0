"""Where each key of a TOML text stands: `{path: (line, column, width)}`.

`tomllib` gives values without places, so a message about a value could not point at its line. This scanner
reads a text that `tomllib` has already accepted (it decides nothing about validity) and notes where tables,
keys and array elements begin. It is run only when there is something to complain about.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_INDENT = re.compile(r"[ \t]*")
_STRING = (
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # up to two quotes may stand right before the closing three
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
)
_KEY = re.compile(rf"{_STRING}|[A-Za-z0-9_-]+", re.DOTALL)
_SCALAR = re.compile(rf"{_STRING}|[^,\]}}#\r\n]*[^,\]}}#\s]", re.DOTALL)


class Position(NamedTuple):
    """A place in a text: line and column from 1, and how many characters to underline."""

    line: int
    column: int
    width: int


def positions(text: str) -> dict[Path, Position]:
    """Index a valid TOML text: every table, key and array element, by its path in the parsed document."""
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.found


class _Scanner:
    def __init__(self, text: str) -> None:
        self.found: dict[Path, Position] = {}
        self._text = text
        self._at = 0
        self._last_table: dict[Path, int] = {}  # array of tables -> index of its newest table
        self._line_starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def scan(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> Path:
        start = self._at
        brackets = 2 if self._text.startswith("[[", start) else 1
        self._at += brackets
        names = [name for name, _ in self._keys()]
        self._at += brackets
        place = self._position(start, self._at)
        path: Path = ()
        for name in names[:-1]:
            path = self._newest((*path, name))
            self.found.setdefault(path, place)
        path = (*path, names[-1])
        if brackets == 2:  # noqa: PLR2004 - [[ ]]
            self.found.setdefault(path, place)
            self._last_table[path] = self._last_table.get(path, -1) + 1
            path = self._newest(path)
        self.found[path] = place
        return path

    def _newest(self, path: Path) -> Path:
        return (*path, self._last_table[path]) if path in self._last_table else path

    def _pair(self, table: Path) -> None:
        path = table
        for name, place in self._keys():
            path = (*path, name)
            self.found.setdefault(path, place)
        self._at += len("=")
        self._skip(_INDENT)
        self._value(path)

    def _keys(self) -> list[tuple[str, Position]]:
        """Read a dotted key, up to the first character that is no longer part of it."""
        keys: list[tuple[str, Position]] = []
        while not keys or self._peek() == ".":
            self._at += len(".") if keys else 0
            self._skip(_INDENT)
            start = self._at
            self._skip(_KEY)
            keys.append((_unquoted(self._text[start : self._at]), self._position(start, self._at)))
            self._skip(_INDENT)
        return keys

    def _value(self, path: Path) -> None:
        if self._peek() == "[":
            self._array(path)
        elif self._peek() == "{":
            self._inline_table(path)
        else:
            self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self._at += len("[")
        self._skip(_BLANK)
        index = 0
        while self._peek() != "]":
            start = self._at
            self._value((*path, index))
            self.found[*path, index] = self._position(start, self._at)
            self._comma()
            index += 1
        self._at += len("]")

    def _inline_table(self, path: Path) -> None:
        self._at += len("{")
        self._skip(_BLANK)
        while self._peek() != "}":
            self._pair(path)
            self._comma()
        self._at += len("}")

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self._peek() == ",":
            self._at += len(",")
            self._skip(_BLANK)

    def _peek(self) -> str:
        return self._text[self._at]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        assert match is not None, "tomllib has accepted this text"
        self._at = match.end()

    def _position(self, start: int, end: int) -> Position:
        line = bisect_right(self._line_starts, start)
        return Position(line, start - self._line_starts[line - 1] + 1, end - start)


def _unquoted(key: str) -> str:
    if key[0] not in "\"'":
        return key
    name: str = tomllib.loads(f"key = {key}")["key"]
    return name
