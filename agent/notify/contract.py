"""What a message is, what a sender is, and what can keep one from the other.

NotToldError
|-- AwayError      nobody there, or not now: keep the message, back off, try again
`-- RefusedError   the far side answered no, to us or to this message: only a person changes that
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.model import Severity


class Message(NamedTuple):
    """One push to a person.

    `id` is the same in every attempt, so that a duplicate is recognised; `threads` are those of the incidents
    that it is about, the same in all their messages. `made_ns` is the station's wall time, ns since 1970 UTC.
    `incidents` holds the figures for machines, as JSON values.
    """

    id: str
    threads: Sequence[str]
    change: str
    severity: Severity
    subject: str
    text: str
    made_ns: int
    incidents: Sequence[Mapping[str, object]] = ()


class NotToldError(Exception):
    """The message did not reach anybody. `hint` says what a person can do about it."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class AwayError(NotToldError):
    """Keep the message and come back. `retry_after_s`: the far side asked for that pause."""

    def __init__(self, what: str, hint: str = "", retry_after_s: float = 0.0) -> None:
        super().__init__(what, hint)
        self.retry_after_s = retry_after_s


class RefusedError(NotToldError):
    """The far side says no. `of_message`: to this message, and another may well be taken."""

    def __init__(self, what: str, hint: str = "", *, of_message: bool = False) -> None:
        super().__init__(what, hint)
        self.of_message = of_message


class Sender(Protocol):
    """One way to people. Used by one thread only."""

    def send(self, message: Message, people: Sequence[str]) -> Mapping[str, NotToldError]:
        """Return when the far side has taken the message; for whom of `people` it has not, and why.

        Waits no longer than the configured timeout. Raises NotToldError when nobody was told.
        """
        ...

    def hang_up(self) -> None:
        """Make a call that is under way fail now, and all that come. From any thread."""
        ...
