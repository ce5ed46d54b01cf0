"""The words for what became of an observation that is not there. Pure."""

from __future__ import annotations

from agent.model import Why

UNKNOWN = "unknown"
BLOCKED = "blocked"
DAMAGED = "damaged"
EVICTED = "evicted"
DELIVERED = ""  # it was there, and made room after every destination had it
# Of several reasons the first of these counts; what is left goes by its lowest bit.
_FIRST = (Why.MAINTENANCE, Why.BUS_DOWN)


def word_of(why: Why) -> str:
    """The reason of a missing observation: `no_answer`, `maintenance`, ..."""
    for reason in (*_FIRST, *Why):
        if reason and reason in why:
            return str(reason.name).lower()
    return UNKNOWN
