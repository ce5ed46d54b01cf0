"""Deleting old records, a few thousand at a time, and noting in the same transaction what was given up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from agent.journal.file import arrival_rows
from agent.journal.file.checked import sealed, unsealed
from agent.journal.file.row import EVENT
from agent.journal.room.retention import Cut, Done, Floors, missing

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

# About 150 pages: tens of milliseconds on a card, and commits wait no longer.
ROWS = 2000

_OF = {"data": f"kind != {EVENT}", "events": f"kind = {EVENT}"}
# An event that is still going on is needed to tell its end; there are never many.
_STAYS = "seq IN (SELECT seq FROM open_event)"
_DAMAGED = "seq IN (SELECT seq FROM parked WHERE reader = 'journal')"


class GivenUp(NamedTuple):
    """Records that went before everybody had them: so many of those from `first` to `last`."""

    first: int
    last: int
    records: int

    def and_then(self, other: GivenUp) -> GivenUp:
        """Both as one."""
        return GivenUp(min(self.first, other.first), max(self.last, other.last), self.records + other.records)


class Loss(NamedTuple):
    """One time of need: the id of its events, all that was given up in it, the head when that was last."""

    id: str
    all: GivenUp
    head: int


class Task(NamedTuple):
    """One cut to be made: for which destinations, and what a loss that begins with it is called."""

    cut: Cut
    sinks: Sequence[Done]
    head: int
    loss_id: str


class Pruner:
    """Prunes one journal through its writing connection. Every method may raise sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.gone = _read_floors(connection)
        self.loss = _read_loss(connection)

    def prune(self, task: Task) -> int:
        """Delete the oldest rows of a cut, in a transaction of its own. Returns how many were given up."""
        cut = task.cut._replace(upto=self._reach(task.cut))
        gone = self.gone._replace(**{cut.of: cut.upto})
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            given_up = self._given_up(cut, task.sinks)
            loss = _grown(self.loss, given_up, task)
            self._delete(cut)
            for each in given_up:
                _note(self._connection, each)
            _write_state(self._connection, gone, loss)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk has rolled back already
                self._connection.execute("ROLLBACK")
            raise
        self.gone, self.loss = gone, loss
        return sum(each.records for each in given_up)

    def end_loss(self) -> None:
        """The need is over, and that is told."""
        self._connection.execute("DELETE FROM meta WHERE key = 'loss'")
        self.loss = None

    def _reach(self, cut: Cut) -> int:
        """Up to which seq the next `ROWS` rows of the cut reach."""
        row = self._connection.execute(
            f"SELECT seq FROM record WHERE {_OF[cut.of]} AND seq > ? AND seq <= ?"  # noqa: S608 - constants
            f" ORDER BY seq LIMIT 1 OFFSET {ROWS - 1}",
            (cut.after, cut.upto),
        ).fetchone()
        return cut.upto if row is None else int(row[0])

    def _given_up(self, cut: Cut, sinks: Sequence[Done]) -> tuple[GivenUp, ...]:
        """What somebody has not got. A damaged row was told as damaged: it could not be delivered anyway."""
        query = (
            f"SELECT count(*) FROM record"  # noqa: S608 - constants
            f" WHERE {_OF[cut.of]} AND seq BETWEEN ? AND ? AND NOT {_STAYS} AND NOT {_DAMAGED}"
        )
        ranges = missing(cut.after + 1, cut.upto, sinks)
        counts = [self._connection.execute(query, each).fetchone()[0] for each in ranges]
        return tuple(GivenUp(*each, count) for each, count in zip(ranges, counts, strict=True) if count)

    def _delete(self, cut: Cut) -> None:
        inside = (cut.after, cut.upto)
        self._connection.execute(
            f"DELETE FROM record WHERE {_OF[cut.of]} AND seq > ? AND seq <= ? AND NOT {_STAYS}",  # noqa: S608
            inside,
        )
        # What cannot be sent again need not be remembered as refused.
        self._connection.execute(
            "DELETE FROM parked WHERE seq > ? AND seq <= ? AND seq NOT IN"
            " (SELECT seq FROM record WHERE seq > ? AND seq <= ?)",
            inside * 2,
        )
        if cut.of == "data":
            arrival_rows.forget(self._connection, cut.upto)


def given_up_in_all(connection: sqlite3.Connection) -> int:
    """How many records this journal has given up since it was made."""
    (count,) = connection.execute("SELECT coalesce(sum(count), 0) FROM evicted").fetchone()
    return int(count)


def _note(connection: sqlite3.Connection, new: GivenUp) -> None:
    """Add to the table of what was given up; ranges that overlap or touch become one."""
    near = connection.execute(
        "SELECT first, last, count FROM evicted WHERE first <= ? AND last >= ?",
        (new.last + 1, new.first - 1),
    ).fetchall()
    for row in near:
        new = new.and_then(GivenUp(*row))
        connection.execute("DELETE FROM evicted WHERE first = ?", row[:1])
    connection.execute("INSERT INTO evicted VALUES (?, ?, ?)", new)


def _read_floors(connection: sqlite3.Connection) -> Floors:
    """Up to where each class was pruned before, so that nothing is looked for twice."""
    query = "SELECT value FROM meta WHERE key = ?"
    rows = [connection.execute(query, (f"gone_{name}",)).fetchone() for name in Floors._fields]
    return Floors(*(int((row and unsealed(row[0])) or 0) for row in rows))


def _read_loss(connection: sqlite3.Connection) -> Loss | None:
    """The need that was not over when the station stopped."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'loss'").fetchone()
    text = row and unsealed(row[0])
    if not text:
        return None
    name, everything, head = json.loads(text)
    return Loss(name, GivenUp(*everything), head)


def _grown(loss: Loss | None, given_up: Sequence[GivenUp], task: Task) -> Loss | None:
    for each in given_up:
        everything = each if loss is None else loss.all.and_then(each)
        loss = Loss(task.loss_id if loss is None else loss.id, everything, task.head)
    return loss


def _write_state(connection: sqlite3.Connection, gone: Floors, loss: Loss | None) -> None:
    state = [(f"gone_{name}", sealed(str(seq))) for name, seq in gone._asdict().items()]
    if loss is not None:
        state.append(("loss", sealed(json.dumps(loss))))
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", state)
