"""Why numbers are missing in the journal."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol

from agent.ledger.reasons import DAMAGED, DELIVERED, EVICTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Entry


class Register(Protocol):
    """What the journal knows of records that it cannot show any more; a view or a reader."""

    def evicted(self) -> Sequence[tuple[int, int]]:
        """Ranges (first, last) of seqs that were given up before every destination had them."""
        ...

    def damaged(self) -> Sequence[int]:
        """The seqs of rows whose checksum was found to be wrong, in order."""
        ...


class Part(NamedTuple):
    """From `first` on numbers are missing for this reason."""

    first: int
    reason: str


def lacking(register: Register, seq: int, entries: Sequence[Entry]) -> dict[int, Sequence[Part]]:
    """What is missing between `seq` and these entries, part by part, by the seq of the entry behind it."""
    steps = pairwise([seq, *(entry.seq for entry in entries)])
    holes = [(before + 1, behind - 1) for before, behind in steps if behind > before + 1]
    if not holes:
        return {}
    evicted, damaged = register.evicted(), register.damaged()
    return {last + 1: _parts(first, last, evicted, damaged) for first, last in holes}


def _parts(
    first: int, last: int, evicted: Sequence[tuple[int, int]], damaged: Sequence[int]
) -> Sequence[Part]:
    """Nobody has what was given up or damaged; everybody has had the rest."""
    known = [(begin, end, EVICTED) for begin, end in evicted if begin <= last and first <= end]
    spoilt = damaged[bisect_left(damaged, first) : bisect_right(damaged, last)]
    known += [(seq, seq, DAMAGED) for seq in spoilt]
    parts: list[Part] = []
    at = first
    for begin, end, reason in sorted(known):
        if begin > at:
            parts.append(Part(at, DELIVERED))
        if end >= at:
            parts.append(Part(max(at, begin), reason))
            at = end + 1
    return parts if at > last else [*parts, Part(at, DELIVERED)]
