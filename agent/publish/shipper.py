"""The one loop per sink: from bookmark+1 to head, send, then move the bookmark.

journal --read_after(bookmark)--> batch --> sink.send --> acknowledged: advance(bookmark)
                                    |          |-- unavailable: keep all, back off, come back
                                    |          `-- rejected: halve until the bad entry is alone,
                                    |                        park it with the reason, go on
                                    `-- stays in the journal for its retention, whatever happens here
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Protocol

import structlog

from agent.clock import NS
from agent.publish.contract import RejectedError, SinkError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.clock import Clock
    from agent.model import Entry, Instant
    from agent.publish.contract import Sink

_SENDS_PER_STEP = 8  # between two of them a stop is heard
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_LONGEST_RETRY_AFTER_S = 3600.0  # a server that asks for more is asked again anyway

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
        # Parts of one batch still to be sent, the next one last. More than one only after a rejection.
        self._parts: list[Sequence[Entry]] = []
        self._delivered = 0
        self._parked = 0
        self._parking = False
        self._trouble: SinkError | None = None
        self._failures = 0
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
        trouble = self._trouble
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
        self._sink.close()

    def _state(self) -> str:
        if self._trouble is not None:
            return "waiting"
        return "connected" if self._journal.head > self._bookmark else "idle"

    def _work(self) -> float:
        for _ in range(_SENDS_PER_STEP):
            if not self._parts and not self._load():
                wait_s = self._sink.idle()
                self._back()
                return wait_s
            self._send(self._parts.pop())
        return 0.0

    def _load(self) -> bool:
        """Put the next batch in `_parts`; False when everything is sent."""
        if self._journal.head > self._bookmark:
            batch = self._journal.read_after(self._bookmark, self._sink.max_batch)
            self._parts = [batch] if batch else []
        return bool(self._parts)

    def _send(self, part: Sequence[Entry]) -> None:
        try:
            self._sink.send(part)
        except RejectedError as error:
            self._back()
            self._split(self._accept(part, error.accepted), error)
        except UnavailableError as error:
            rest = self._accept(part, error.accepted)
            if rest:
                self._parts.append(rest)
            raise
        else:
            self._back()
            self._accept(part, len(part))
            self._parking = False

    def _accept(self, part: Sequence[Entry], count: int) -> Sequence[Entry]:
        """Move the bookmark over the first `count` entries; returns the others."""
        if count:
            self._delivered += count
            self._failures = 0
            self._move(part[count - 1].seq)
        return part[count:]

    def _split(self, rest: Sequence[Entry], error: RejectedError) -> None:
        if len(rest) > 1:
            half = len(rest) // 2
            self._parts += [rest[half:], rest[:half]]
        elif rest:
            self._park(rest[0].seq, error)

    def _park(self, seq: int, error: RejectedError) -> None:
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

    def _back(self) -> None:
        """The far side answered."""
        self._failures = 0
        if self._trouble is not None:
            self._trouble = None
            _log.info("sink_back", sink=self._sink_id, backlog=self._journal.head - self._bookmark)

    def _back_off(self, error: UnavailableError) -> float:
        """Full jitter, so that a fleet does not come back in step after a broker's restart."""
        if self._trouble is None:
            _log.warning(
                "sink_away",
                sink=self._sink_id,
                reason=error.what,
                hint=error.hint,
                data="kept in the journal, sent when the sink is back",
            )
        self._trouble = error
        ceiling_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(self._failures, 10))
        self._failures += 1
        asked_s = min(error.retry_after_s or 0.0, _LONGEST_RETRY_AFTER_S)
        wait_s = asked_s + random.uniform(0, ceiling_s)  # noqa: S311  # spreads load, guards nothing
        self._not_before_ns = self._clock.now().mono_ns + int(wait_s * NS)
        return wait_s
