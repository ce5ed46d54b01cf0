"""What stood between us and a sink, as the error that keeps the batch."""

from __future__ import annotations

from agent.network import trouble
from agent.publish.contract import UnavailableError


def unavailable(error: BaseException, host: str, port: int) -> UnavailableError:
    """The error of a socket, or of a library around one, as what a person can act on."""
    found = trouble(error, host, port)
    return UnavailableError(found.what, found.hint, needs_person=found.needs_person)
