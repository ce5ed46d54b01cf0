"""Which calibration of each quantity of one sensor is in force, and every move of that pointer. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.calibration.fields import ident, tables, text
from agent.acquire.calibration.record import FORMAT, opened, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

# A weekly calibration of two quantities for ten years; the oldest moves go first.
MOST_MOVES = 1000
LARGEST_BYTES = 4 * 1024 * 1024


class Move(NamedTuple):
    """At `at`, `by` somebody, a quantity's pointer went to the record `id`; None: to the configuration."""

    quantity: str
    id: str | None
    at: str
    by: str
    why: str


class Pointers(NamedTuple):
    """All of one sensor, oldest move first."""

    moves: tuple[Move, ...] = ()

    def moved(self, move: Move) -> Pointers:
        """With one move more. That in force now is never forgotten, however old it is."""
        moves = (*self.moves, move)
        while len(moves) > MOST_MOVES:
            last = {each.quantity: each for each in moves}
            oldest = next(each for each in moves if each is not last[each.quantity])
            moves = tuple(each for each in moves if each is not oldest)
        return Pointers(moves)

    def now(self, quantity: str) -> Move | None:
        """The last move of a quantity; None when it was never calibrated."""
        return next(self.back(quantity), None)

    def back(self, quantity: str) -> Iterator[Move]:
        """The moves of a quantity, the newest first."""
        return (move for move in reversed(self.moves) if move.quantity == quantity)

    def trail(self, quantity: str) -> list[Move]:
        """The calibrations that led to that of now, the newest first; none when the configuration is the law.

        Who goes back does not want what he leaves: it is not in it. Nor is what was before a withdrawal.
        """
        trail: list[Move] = []
        for move in self.moves:
            if move.quantity != quantity:
                continue
            if move.id is None:
                trail.clear()
                continue
            known = [each.id for each in trail]
            if move.id in known:
                del trail[known.index(move.id) :]
            trail.append(move)
        return trail[::-1]

    @property
    def quantities(self) -> list[str]:
        """Those that were ever calibrated."""
        return sorted({move.quantity for move in self.moves})


def to_text(pointers: Pointers) -> str:
    """The file's text: `active` for whoever looks at it, and all moves. Raises RecordError."""
    active: dict[str, Any] = {}
    for quantity in pointers.quantities:
        move = pointers.now(quantity)
        if move is not None and move.id is not None:
            active[quantity] = {"id": move.id, "since": move.at, "by": move.by, "why": move.why}
    moves = [move._asdict() for move in pointers.moves]
    return sealed({"format": FORMAT, "active": active, "moves": moves}, LARGEST_BYTES)


def from_text(data: bytes) -> Pointers:
    """The pointers in a file. Raises RecordError."""
    return Pointers(tuple(_move(each) for each in tables(opened(data), "moves")))


def _move(fields: dict[str, Any]) -> Move:
    return Move(
        quantity=ident(fields, "quantity"),
        id=None if fields.get("id") is None else ident(fields, "id"),
        at=text(fields, "at"),
        by=text(fields, "by"),
        why=text(fields, "why"),
    )
