"""Why numbers are missing in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from agent.ledger.reasons import DAMAGED, DELIVERED, EVICTED

if TYPE_CHECKING:
    from collections.abc import Sequence


class Register(Protocol):
    """What the journal knows of records that it cannot show any more; a view or a reader."""

    def evicted(self) -> Sequence[tuple[int, int]]:
        """Ranges (first, last) of seqs that were given up before every destination had them."""
        ...

    def damaged(self) -> Sequence[int]:
        """The seqs of rows whose checksum was found to be wrong."""
        ...


def reason_of(register: Register, first: int, last: int) -> str:
    """Why `first` to `last` are not in the journal."""
    if any(begin <= last and first <= end for begin, end in register.evicted()):
        return EVICTED
    if any(first <= seq <= last for seq in register.damaged()):
        return DAMAGED
    return DELIVERED
