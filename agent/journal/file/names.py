"""The dictionaries of a journal: boots, channels and calibrations, each kept once and numbered."""

from __future__ import annotations

import sqlite3

from agent.journal.file.row import Names
from agent.model import Calibration, Channel

_TABLES = {
    "boot": "boot_id",
    "channel": "sensor, quantity, unit, raw_unit",
    "calibration": "id, body",
}


class Dictionaries:
    """Numbers for names (writer) and names for numbers (readers), through one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.reload()

    def reload(self) -> None:
        """Read all three again: after a rollback, or when a reader meets a number that it does not know."""
        self._numbers: dict[str, dict[tuple[str, ...], int]] = {table: {} for table in _TABLES}
        self._by_number: dict[str, dict[int, tuple[str, ...]]] = {table: {} for table in _TABLES}
        self._seeds: dict[tuple[int, int | None, int | None], tuple[Names, int]] = {}
        for table, columns in _TABLES.items():
            for n, *name in self._connection.execute(f"SELECT n, {columns} FROM {table}"):  # noqa: S608 - constants
                if all(isinstance(part, str) for part in name):  # else damaged: its rows are, too
                    self._remember(table, n, tuple(name))

    def number(self, table: str, name: tuple[str, ...]) -> int:
        """The number of a name; a new name is inserted into the transaction under way."""
        known = self._numbers[table].get(name)
        if known is not None:
            return known
        try:
            number = self._insert(table, name)
        except sqlite3.IntegrityError:
            number = self._mend(table, name)
        self._remember(table, number, name)
        self._seeds.clear()
        return number

    def known(self, table: str, name: tuple[str, ...]) -> int | None:
        """The number of a name; None for one that has none yet."""
        return self._numbers[table].get(name)

    def seed(self, boot: int, channel: int | None = None, calibration: int | None = None) -> int:
        """Where the CRC of a row with these numbers begins. They are known."""
        found = self.names(boot, channel, calibration)
        assert found is not None, "its numbers have just been given"
        return found[1]

    def names(self, boot: int, channel: int | None, calibration: int | None) -> tuple[Names, int] | None:
        """What the numbers of a row stand for, and the seed of its CRC. None for an unknown number."""
        key = (boot, channel, calibration)
        found = self._seeds.get(key)
        if found is None:
            names = self._look_up(boot, channel, calibration)
            if names is None:
                return None
            found = self._seeds[key] = (names, names.seed())
        return found

    def _look_up(self, boot: int, channel: int | None, calibration: int | None) -> Names | None:
        boots, channels, calibrations = self._by_number.values()
        if boot not in boots:
            return None
        if channel is None or calibration is None:
            return Names(boots[boot][0], None, None)
        if channel not in channels or calibration not in calibrations:
            return None
        return Names(boots[boot][0], Channel(*channels[channel]), Calibration(*calibrations[calibration]))

    def _insert(self, table: str, name: tuple[str, ...]) -> int:
        marks = ",".join("?" * len(name))
        insert = f"INSERT INTO {table} ({_TABLES[table]}) VALUES ({marks})"  # noqa: S608 - constants
        number = self._connection.execute(insert, name).lastrowid
        assert number is not None
        return number

    def _mend(self, table: str, name: tuple[str, ...]) -> int:
        """The index has the name, the table another since a bit of it flipped: put the table right."""
        columns = f"({_TABLES[table]}) = ({','.join('?' * len(name))})"
        query = f"SELECT n FROM {table} WHERE {columns}"  # noqa: S608 - constants
        (number,) = self._connection.execute(query, name).fetchone()
        self._connection.execute(f"REINDEX {table}")  # an update would look for the wrong name in it
        self._connection.execute(f"UPDATE {table} SET {columns} WHERE n = ?", (*name, number))  # noqa: S608
        return int(number)

    def _remember(self, table: str, number: int, name: tuple[str, ...]) -> None:
        self._numbers[table][name] = number
        self._by_number[table][number] = name
