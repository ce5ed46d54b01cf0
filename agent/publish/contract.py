"""What a sink is. The shipper owns bookmarks, retries and halving; a sink only carries a batch across.

SinkError
|-- UnavailableError   nobody there, or not now: keep everything, back off, try again
|   `-- HungUpError    somebody was there, and went on being sent this batch: chance, or the batch
`-- RejectedError      the far side looked at the batch and refuses something in it: halve it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.model import Entry


# A contact that lasted this long is a good one. It is longer than a rival client with our name can stay away
# (the longest back-off, 60 s, after an idle check every 30 s), so two that evict each other never reach it.
HELD_S = 120.0


class SinkError(Exception):
    """The batch did not get across. `hint` says what a person can do about it."""

    def __init__(self, what: str, hint: str = "", accepted: int = 0) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        # How many entries from the front of the batch the far side did acknowledge before the trouble.
        self.accepted = accepted


class UnavailableError(SinkError):
    """Keep the batch and come back later; nothing in it is at fault.

    `retry_after_s` is set when the far side asked for a pause, `needs_person` when it refuses us: waiting
    alone will not change that.
    """

    def __init__(
        self,
        what: str,
        hint: str = "",
        accepted: int = 0,
        retry_after_s: float | None = None,
        *,
        needs_person: bool = False,
    ) -> None:
        super().__init__(what, hint, accepted)
        self.retry_after_s = retry_after_s
        self.needs_person = needs_person


class HungUpError(UnavailableError):
    """The far side had welcomed us, and the connection ended just after this batch went out.

    Once, that is chance. When it comes again and again with the same entry, that entry may be the reason.
    """


class RejectedError(SinkError):
    """Something in the batch will never be taken. A batch of one is then parked with the reason."""


class Receipt(NamedTuple):
    """The far side's own word, end to end: it has stored everything of this journal up to `seq`."""

    journal: str
    seq: int


class Order(NamedTuple):
    """Somebody at the far side asks for observations again, of one channel or (None) of all.

    `from_ns` <= time < `to_ns`, in ns since 1970 UTC. `id` is the asker's, for the answer.
    """

    id: str
    channel: str | None
    from_ns: int
    to_ns: int


class Deaf(NamedTuple):
    """No receipt can be heard: listening is off, or the far side does not let us."""


class Audible(NamedTuple):
    """Whether anybody takes what the far side passes on. `why_not`: nobody has for an hour; what to do."""

    why_not: str = ""


Word = Receipt | Order | Deaf | Audible


class Sink(Protocol):
    """One destination. Used by one thread only."""

    @property
    def max_batch(self) -> int:
        """How many entries `send` likes to get at once."""
        ...

    @property
    def needs_time(self) -> bool:
        """Whether entries wait until their time is settled, because the far side files them by time."""
        ...

    @property
    def traffic_bytes(self) -> int:
        """Roughly what has crossed the link since the start, both ways, headers included."""
        ...

    def heard(self) -> Sequence[Word]:
        """What the far side has said since the last call. Never blocks, never raises."""
        ...

    def answer(self, order: Order, answer: Mapping[str, object]) -> None:
        """Tell who gave `order` what became of it (JSON values). Raises UnavailableError."""
        ...

    def send(self, batch: Sequence[Entry]) -> None:
        """Return only when the far side has acknowledged every entry. Raises SinkError.

        Entries come in order of `seq`, but not always without holes. Connects by itself when needed.
        """
        ...

    def idle(self) -> float:
        """Called when there is nothing to send: stay connected. Returns seconds until the next call.

        Raises UnavailableError when the connection was lost or cannot be had.
        """
        ...

    def status(self) -> Mapping[str, object]:
        """What only this kind of sink can tell, as JSON values. Called from other threads."""
        ...

    def close(self) -> None:
        """Say goodbye within a few seconds. Never raises."""
        ...
