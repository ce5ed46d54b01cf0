"""The one loop per sink: from bookmark+1 to head, send, then move the bookmark.

journal --read_after(bookmark)--> batch --> sink.send --> acknowledged: advance(bookmark)
                                    |          |-- unavailable: keep all, back off, come back
                                    |          |-- hung up: the same, until it can be no chance;
                                    |          |           then smaller portions, as if rejected
                                    |          `-- rejected: halve until the bad entry is alone,
                                    |                        park it with the reason, go on
                                    `-- stays in the journal for its retention, whatever happens here
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

import structlog

from agent.clock import NS
from agent.publish.contact import Contact
from agent.publish.contract import HungUpError, RejectedError, UnavailableError
from agent.publish.suspicion import Suspicion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.clock import Clock
    from agent.model import Entry, Instant
    from agent.publish.contract import Sink, SinkError

_SENDS_PER_STEP = 8  # between two of them a stop is heard

_log = structlog.get_logger()


class Log(Protocol):
    """What the shipper needs of the journal."""

    @property
    def head(self) -> int:
        """Sequence number of the newest committed entry, 0 when there is none."""
        ...

    def read_after(self, seq: int, limit: int) -> list[Entry]:
        """At most `limit` committed entries behind `seq`, in order; holes in `seq` are possible."""
        ...

    def bookmark(self, reader: str) -> int:
        """The last entry that `reader` is done with, 0 for a new reader."""
        ...

    def advance(self, reader: str, seq: int) -> None:
        """`reader` is done with everything up to `seq`. Losing this in a crash costs a resend."""
        ...

    def park(self, reader: str, seq: int, reason: str) -> None:
        """Put on record that the far side of `reader` will never take entry `seq`, and why."""
        ...

    def close(self) -> None:
        """Let go of the journal's file, in the thread that read."""
        ...


class Shipper:
    """A Worker that carries the journal to one sink. `clock` is the one whose instants `step` gets."""

    def __init__(self, sink_id: str, sink: Sink, log: Log, clock: Clock) -> None:
        self.name = f"publish-{sink_id}"
        self.wake = threading.Event()
        self._sink_id = sink_id
        self._sink = sink
        self._journal = log
        self._clock = clock
        self._bookmark = log.bookmark(sink_id)
        # Parts of one batch still to be sent, the next one last. More than one only after trouble.
        self._parts: list[Sequence[Entry]] = []
        self._delivered = 0
        self._parked = 0
        self._parking = False
        self._contact = Contact(sink_id)
        self._suspicion = Suspicion()
        self._not_before_ns = 0

    def step(self, now: Instant) -> float:
        """Send what is there, a few batches at the most. Returns the seconds until there is more to do."""
        wait_ns = self._not_before_ns - now.mono_ns
        if wait_ns > 0:
            return wait_ns / NS
        try:
            return self._work()
        except UnavailableError as error:
            return self._back_off(error)

    def status(self) -> Mapping[str, object]:
        """Where this sink stands: bookmark, backlog, the last trouble and its cure.

        `state` is "waiting" while the far side is away, "connected" while there is something to send,
        "idle" when all is sent.
        """
        trouble = self._contact.trouble
        wait_ns = self._not_before_ns - self._clock.now().mono_ns
        return {
            "sink": self._sink_id,
            "state": self._state(),
            "bookmark": self._bookmark,
            "backlog": max(0, self._journal.head - self._bookmark),
            "delivered": self._delivered,
            "parked": self._parked,
            "last_error": trouble.what if trouble else "",
            "hint": trouble.hint if trouble else "",
            "retry_in_s": round(max(0, wait_ns) / NS, 1) if trouble else 0.0,
            **self._sink.status(),
        }

    def close(self) -> None:
        """Say goodbye to the far side. What was not sent stays in the journal."""
        try:
            self._sink.close()
        finally:
            self._journal.close()

    def _state(self) -> str:
        if self._contact.trouble is not None:
            return "waiting"
        return "connected" if self._journal.head > self._bookmark else "idle"

    def _work(self) -> float:
        for _ in range(_SENDS_PER_STEP):
            if not self._parts and not self._load():
                wait_s = self._sink.idle()
                self._answered()
                return wait_s
            self._send(self._portion())
        return 0.0

    def _load(self) -> bool:
        """Put the next batch in `_parts`; False when everything is sent."""
        if self._journal.head > self._bookmark:
            batch = self._journal.read_after(self._bookmark, self._sink.max_batch)
            self._parts = [batch] if batch else []
        return bool(self._parts)

    def _portion(self) -> Sequence[Entry]:
        """The next part, or as much of it as may go out together."""
        part = self._parts.pop()
        rows = self._suspicion.limit(len(part))
        if rows < len(part):
            self._parts.append(part[rows:])
        return part[:rows]

    def _send(self, part: Sequence[Entry]) -> None:
        try:
            self._sink.send(part)
        except RejectedError as error:
            self._answered()
            self._split(self._accept(part, error.accepted), error)
        except UnavailableError as error:
            rest = self._accept(part, error.accepted)
            if not self._blamed(rest, error):
                raise
        else:
            self._answered()
            self._suspicion.went()
            self._accept(part, len(part))
            self._parking = False

    def _blamed(self, rest: Sequence[Entry], error: UnavailableError) -> bool:
        """Keep what was not taken; False when the trouble is to be waited out."""
        if not rest or not isinstance(error, HungUpError):
            self._suspicion.other_trouble()
            blamed = False
        else:
            blamed = self._suspicion.hung_up(rest)
        if blamed and len(rest) == 1:
            self._suspicion.found()
            self._park(rest[0].seq, error)
        elif rest:
            self._parts.append(rest)
        return blamed

    def _accept(self, part: Sequence[Entry], count: int) -> Sequence[Entry]:
        """Move the bookmark over the first `count` entries; returns the others."""
        if count:
            self._delivered += count
            self._move(part[count - 1].seq)
        return part[count:]

    def _split(self, rest: Sequence[Entry], error: RejectedError) -> None:
        if len(rest) > 1:
            half = len(rest) // 2
            self._parts += [rest[half:], rest[:half]]
        elif rest:
            self._park(rest[0].seq, error)

    def _park(self, seq: int, error: SinkError) -> None:
        self._journal.park(self._sink_id, seq, error.what)
        self._parked += 1
        self._move(seq)
        if not self._parking:  # one line for a run of them, not one each
            self._parking = True
            _log.warning(
                "sink_refuses_entry",
                sink=self._sink_id,
                seq=seq,
                reason=error.what,
                hint=error.hint,
                data="kept in the journal, parked for this sink",
            )

    def _move(self, seq: int) -> None:
        self._bookmark = seq
        self._journal.advance(self._sink_id, seq)

    def _answered(self) -> None:
        self._contact.succeeded(self._clock.now(), self._journal.head - self._bookmark)

    def _back_off(self, error: UnavailableError) -> float:
        wait_s = self._contact.failed(error)
        self._not_before_ns = self._clock.now().mono_ns + int(wait_s * NS)
        return wait_s
