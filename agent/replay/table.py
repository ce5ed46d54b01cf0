"""A CSV file in the long form as columns: time_utc, channel or sensor, value; rows in any order.

Held is what a row needs, about 120 bytes while rows are sorted: a million of them take 120 MB. Of a file that
is longer than `MOST_ROWS` the beginning is used.
"""

from __future__ import annotations

import csv
import zlib
from array import array
from datetime import UTC, datetime
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, NamedTuple

from agent.replay.opening import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

MOST_ROWS = 20_000_000
_MOST_SENSORS = 1000
_TOLD = 5
_LAST_S = 7_258_118_400.0  # the begin of 2200: what a clock says beyond is no time
_NAMES = ("channel", "sensor")
_NO_VALUE = {"", "na", "n/a", "nan", "null", "none", "-"}


class Refused(NamedTuple):
    """A row that cannot be used, by its line in the file, counted from 1."""

    line: int
    reason: str


class Table:
    """The rows of a file, in its order.

    Args:
        since_s: earlier rows are passed over; seconds since 1970.
        until_s: rows of this moment and later are, too.

    Attributes:
        sensors: their names, in the order in which they appear.
        sensor: of each row, its place in `sensors`.
        t_s: of each row, seconds since 1970 in UTC.
        value: of each row; NaN where there is none.
        refused: the first of the rows that cannot be used as they are.
        refusals: how many of these there are.
        trouble: why reading ended before the file did; "" when it did not.
    """

    def __init__(self, since_s: float = -inf, until_s: float = inf) -> None:
        self._since_s, self._until_s = since_s, until_s
        self.sensors: list[str] = []
        self.sensor = array("H")
        self.t_s = array("d")
        self.value = array("d")
        self.refused: list[Refused] = []
        self.refusals = 0
        self.trouble = ""
        self._places: dict[str, int] = {}
        self._times = bytearray()

    def __len__(self) -> int:
        return len(self.t_s)

    def order(self) -> list[int]:
        """The rows by time; those of one time as they stand in the file."""
        return sorted(range(len(self)), key=self.t_s.__getitem__)

    def times(self) -> Iterator[str]:
        """The time of each row in the file's own words."""
        begin = 0
        while (end := self._times.find(b"\n", begin)) >= 0:
            yield self._times[begin:end].decode()
            begin = end + 1

    def add(self, line: int, time: str, sensor: str, text: str) -> None:
        """One more row, or what is wrong with it."""
        time, sensor = time.strip(), sensor.strip()
        t_s = self._time_s(line, time)
        if t_s is None or not self._since_s <= t_s < self._until_s:
            return
        place = self._places.get(sensor)
        if place is None and (place := self._place(line, sensor)) is None:
            return
        value = _number(text)
        if value is None:
            value = nan
            if text.strip().lower() not in _NO_VALUE:
                self.refuse(line, f"the value {text[:40]!r} is not a number: it counts as missing")
        self._times += time.encode()
        self._times += b"\n"
        self.t_s.append(t_s)
        self.sensor.append(place)
        self.value.append(value if isfinite(value) else nan)

    def _time_s(self, line: int, time: str) -> float | None:
        try:
            at = datetime.fromisoformat(time)
            t_s = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            t_s = None
        if t_s is None or not time.isprintable():  # what parts date and hour may be any sign
            self.refuse(line, f"the time {time[:40]!r} is not like 2026-11-22T06:00Z: the row is left out")
            return None
        if not 0 <= t_s < _LAST_S:
            self.refuse(line, f"the time {time[:40]!r} is before 1970 or after 2199: the row is left out")
            return None
        return t_s

    def refuse(self, line: int, reason: str) -> None:
        """A row that cannot be used as it is."""
        self.refusals += 1
        if len(self.refused) < _TOLD:
            self.refused.append(Refused(line, reason))

    def _place(self, line: int, sensor: str) -> int | None:
        """Of a name that comes for the first time."""
        if not sensor:
            self.refuse(line, "it does not say of which channel it is: the row is left out")
            return None
        if len(self.sensors) >= _MOST_SENSORS:
            self.refuse(line, f"more than {_MOST_SENSORS} channels: {sensor[:40]!r} is left out")
            return None
        self.sensors.append(sensor)
        self._places[sensor] = len(self.sensors) - 1
        return self._places[sensor]


def _number(text: str) -> float | None:
    """Of a text; None when it is no number. Python's own `7_0` is none in a file."""
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None


def read(file: TextIO, since_s: float = -inf, until_s: float = inf) -> Table:
    """All rows of a file between two times. Raises UnreadableError when it has none in this form."""
    table = Table(since_s, until_s)
    try:
        heading = _fields(file.readline())
    except (csv.Error, EOFError, OSError, zlib.error) as error:
        raise UnreadableError(str(error)) from error
    if not heading:
        raise UnreadableError("it is empty")
    places = _places([name.strip().lower() for name in heading])
    line = 1
    try:
        for line, text in enumerate(file, start=2):
            _read_line(line, text, places, table)
            if len(table) >= MOST_ROWS:
                table.trouble = f"it has more than {MOST_ROWS} rows: the rest is left out; split the file"
                break
    except (EOFError, OSError, zlib.error) as error:
        table.trouble = f"what comes behind line {line} cannot be read: {error}"
    return table


def _fields(line: str) -> list[str]:
    """Of one line. Raises csv.Error for a quote that does not end in it."""
    line = line.rstrip("\r\n")
    if '"' not in line:  # by far the most
        return line.split(",") if line else []
    return next(csv.reader([line], strict=True))


def _places(heading: list[str]) -> tuple[int, int, int]:
    """Where time, channel and value stand in a row."""
    name = next((each for each in _NAMES if each in heading), None)
    if name is None or "time_utc" not in heading or "value" not in heading:
        raise UnreadableError(
            f"its first line, {','.join(heading)[:80]!r}, must name the columns time_utc, channel (or sensor)"
            " and value; each further line is one value"
        )
    return heading.index("time_utc"), heading.index(name), heading.index("value")


def _read_line(line: int, text: str, places: tuple[int, int, int], table: Table) -> None:
    """A line is a row, whatever is quoted: a stray quote must not swallow the rows behind it."""
    try:
        row = _fields(text)
    except csv.Error as error:
        table.refuse(line, f"it is no CSV ({error}; a row ends with its line): the row is left out")
        return
    time, sensor, value = places
    if len(row) > max(places):
        table.add(line, row[time], row[sensor], row[value])
    elif row:
        table.refuse(line, f"{len(row)} columns are too few: the row is left out")
