"""The one loop per sink: take the next portion, send it, then note that it has arrived.

journal --lanes--> portion --> sink.send --> acknowledged: bookmark, islands
                                   |          |-- unavailable: keep all, back off, come back
                                   |          |-- hung up: the same, until it can be no chance;
                                   |          |           then smaller parts, as if rejected
                                   |          `-- rejected: halve until the bad entry is alone,
                                   |                        park it with the reason, go on
                                   `-- stays in the journal for its retention, whatever happens here
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.publish import resend
from agent.publish.budget import Budget
from agent.publish.cargo import NOT_OPEN, Cargo
from agent.publish.contact import Contact
from agent.publish.contract import Audible, Deaf, Order, Receipt, UnavailableError
from agent.publish.dispatch import Dispatch
from agent.publish.flow import PORTION_S, Company, Flow
from agent.publish.lanes import Lane, Turns
from agent.publish.marks import budget_mark
from agent.publish.reconcile import ORIGIN
from agent.publish.turned_away import TurnedAway
from agent.publish.unheard import Unheard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.clock import Clock
    from agent.model import Event, Instant
    from agent.publish.contract import Sink
    from agent.publish.lanes import Asked, Lanes
    from agent.publish.portion import Portion
    from agent.publish.source import Source

_SENDS_PER_STEP = 8
_MOST_OWED = 64  # answers
# What is new is live while it fits into so many portions; more of it has piled up in an outage.
_LIVE_PORTIONS = 2
_JOURNAL_WAIT_S = 1.0
_SHORTEST_WAIT_S = 0.01


class Terms(NamedTuple):
    """How one sink is to be served: see the configuration. `channels` are the station's, by name."""

    channels: Sequence[str] = ()
    batch_s: float = 0.0
    max_mb_per_day: float | None = None
    drain_rows_per_s: float | None = None


_PLAIN = Terms()


class Shipper:
    """A Worker that carries the journal to one sink. `clock` is the one whose instants `step` gets."""

    def __init__(self, sink_id: str, sink: Sink, source: Source, clock: Clock, terms: Terms = _PLAIN) -> None:
        self.name = f"publish-{sink_id}"
        self.wake = threading.Event()
        self.sink_id = sink_id
        self._sink = sink
        self._source = source
        self._clock = clock
        self._terms = terms
        self._cargo: Cargo | None = None
        self._budget = Budget(None, None, 0)
        self._contact = Contact(sink_id)
        self._turned_away = TurnedAway(sink_id)
        self._unheard = Unheard(sink_id)
        self._dispatch = Dispatch(sink_id, sink, clock)
        self._flow = Flow(terms.drain_rows_per_s)
        self._company = Company(terms.batch_s)
        self._turns = Turns()
        self._turnstile = resend.Turnstile()
        self._owed: deque[tuple[Order, Mapping[str, object]]] = deque()
        self._not_before_ns = 0
        self._board(clock.now())

    @property
    def needs_time(self) -> bool:
        """Whether only records with a settled time are sent."""
        return self._sink.needs_time

    @property
    def journal(self) -> str:
        """The id of the journal that batches come from; empty while none is open."""
        return self._cargo.identity if self._cargo else ""

    @property
    def waiting(self) -> int:
        """How many records are not delivered."""
        return self._cargo.waiting if self._cargo else 0

    def step(self, now: Instant) -> float:
        """Send what is there, a few portions at the most. Returns the seconds until there is more to do."""
        cargo = self._board(now)
        if cargo is None:
            return _JOURNAL_WAIT_S
        wait_ns = self._not_before_ns - now.mono_ns
        if wait_ns > 0:
            return wait_ns / NS
        try:
            return self._work(cargo)
        except UnavailableError as error:
            return self._back_off(cargo, error)

    def ask(self, asked: Asked) -> None:
        """Send records (again), after what is live. From any thread. Raises WishError."""
        self.can_be_asked().asked.append(asked)
        self.wake.set()

    def can_be_asked(self) -> Lanes:
        """Raises WishError when nothing more can be asked for now. From any thread."""
        cargo = self._cargo
        if cargo is None:
            raise resend.WishError("the journal is not open yet", "ask again in a minute")
        if len(cargo.lanes.asked) >= resend.MOST_WAITING:
            raise resend.WishError(
                f"sink {self.sink_id} has {resend.MOST_WAITING} requests waiting",
                "wait until they are served",
            )
        return cargo.lanes

    def status(self) -> Mapping[str, object]:
        """Where this sink stands: bookmark, backlog, the last trouble and its cure.

        `state` is "waiting" while the far side is away, "connected" while there is something to send,
        "idle" when all is sent that may be.
        """
        trouble = self._contact.trouble
        wait_ns = self._not_before_ns - self._clock.now().mono_ns
        return {
            "sink": self.sink_id,
            "state": self._state(),
            **(self._cargo.status() if self._cargo else NOT_OPEN),
            "delivered": self._dispatch.delivered,
            "drain_rows_per_s": round(self._flow.drain_rate, 1),
            "last_error": trouble.what if trouble else "",
            "hint": trouble.hint if trouble else "",
            "retry_in_s": round(max(0, wait_ns) / NS, 1) if trouble else 0.0,
            "budget": self._budget.status(),
            **self._sink.status(),
        }

    def close(self) -> None:
        """Say goodbye to the far side. What was not sent stays in the journal."""
        try:
            self._sink.close()
        finally:
            if self._cargo is not None:
                self._cargo.close()

    def _state(self) -> str:
        if self._contact.trouble is not None:
            return "waiting"
        return "connected" if self._cargo is not None and self._cargo.has_work else "idle"

    def _board(self, now: Instant) -> Cargo | None:
        """The journal that is open now, from where this sink has got to in it; None when none is."""
        if not self._source.is_open:
            return None
        if self._cargo is not None and self._cargo.identity == self._source.identity:
            return self._cargo
        if self._cargo is not None:
            self._cargo.close()
        self._cargo = cargo = Cargo(self.sink_id, self._source, needs_time=self.needs_time)
        left = cargo.log.bookmark(budget_mark(self.sink_id))
        self._budget = Budget(self._terms.max_mb_per_day, left - 1 if left else None, now.mono_ns)
        for each in (self._turned_away, self._unheard):
            each.adopt(self._source.open_events)
        return cargo

    def _work(self, cargo: Cargo) -> float:
        self._listen(cargo)
        end_ns = self._clock.now().mono_ns + PORTION_S * NS
        for _ in range(_SENDS_PER_STEP):
            portion = self._next(cargo)
            if portion is None:
                return self._rest(cargo)
            if not portion.is_over:
                self._send(cargo, portion)
            if portion.is_over:
                cargo.end(portion)
            if self._clock.now().mono_ns >= end_ns:
                break  # a stop is heard only between two steps
        return 0.0

    def _next(self, cargo: Cargo) -> Portion | None:
        """Of the first lane that may send and has something."""
        now_ns = self._clock.now().mono_ns
        self._budget.update(now_ns, self._sink.traffic_bytes)
        most = self._sink.max_batch
        for lane in self._turns.order():
            if self._hold_s(cargo, lane, now_ns) > 0:
                continue
            rows = self._flow.drain_rows(most) if lane >= Lane.ASKED else self._flow.rows(most)
            portion = cargo.next(lane, rows, self._live_rows(most))
            if portion is not None:
                self._turns.went(lane)
                if lane is Lane.LIVE:
                    self._company.gone()
                return portion
        return None

    def _live_rows(self, most: int) -> int:
        """How many new records are live: few on a slow link, more where a budget makes them wait.

        There each cut would be one of many.
        """
        return _LIVE_PORTIONS * (most if self._budget.is_limited else self._flow.rows(most))

    def _hold_s(self, cargo: Cargo, lane: Lane, now_ns: int) -> float:
        """How long `lane` has to wait for its budget, its pace or its company, or rests."""
        wait_s = max(self._budget.wait_s(lane), self._dispatch.wait_s(lane, now_ns))
        if lane is Lane.LIVE:
            return max(
                wait_s, self._company.wait_s(now_ns, cargo.fresh(), self._flow.rows(self._sink.max_batch))
            )
        if lane >= Lane.ASKED:
            return max(wait_s, self._flow.drain_wait_s(now_ns))
        return wait_s

    def _send(self, cargo: Cargo, portion: Portion) -> None:
        """Send a part, and learn from it how fast this goes."""
        began_ns = self._clock.now().mono_ns
        before = self._dispatch.delivered
        try:
            rows = self._dispatch.send(cargo, portion, self._flow.rows(self._sink.max_batch))
        finally:
            now = self._clock.now()
            took_s = (now.mono_ns - began_ns) / NS
            taken = self._dispatch.delivered - before
            if taken and portion.lane >= Lane.ASKED:
                self._flow.drained(taken, now.mono_ns, took_s)
        self._answered(cargo)
        self._tell(self._turned_away.answered(now))
        if rows:
            self._flow.went(rows, took_s, self._sink.max_batch)
        if self._budget.is_limited:
            self._budget.update(now.mono_ns, self._sink.traffic_bytes)
            cargo.log.advance(budget_mark(self.sink_id), self._budget.left_bytes + 1)

    def _rest(self, cargo: Cargo) -> float:
        """Nothing may go: stay connected. Returns the seconds until something may."""
        wait_s = self._sink.idle()
        self._answered(cargo)
        now_ns = self._clock.now().mono_ns
        holds = (self._hold_s(cargo, lane, now_ns) for lane in Lane)
        return max(_SHORTEST_WAIT_S, min([wait_s, *(each for each in holds if each > 0)]))

    def _listen(self, cargo: Cargo) -> None:
        """Hear what the far side has to say, see what is missing there."""
        now = self._clock.now()
        cargo.count_parked(now.mono_ns)
        for word in self._sink.heard():
            match word:
                case Receipt():
                    cargo.receipts.hear(word)
                case Deaf():
                    cargo.receipts.forget(now)
                case Audible():
                    given = cargo.receipts.are_given
                    self._tell(self._unheard.hear(word, now, has_receipts=given))
                case Order() if len(self._owed) < _MOST_OWED:
                    self._owed.append((word, self._obey(cargo, word)))
        while self._owed:  # what cannot be answered now is answered later
            self._sink.answer(*self._owed[0])
            self._owed.popleft()
        is_sending = any(each.origin == ORIGIN for each in tuple(cargo.lanes.asked))
        lost = cargo.receipts.step(now, cargo.lanes.done.bookmark, is_sending=is_sending)
        if lost is not None:
            cargo.lanes.asked.append(lost)

    def _obey(self, cargo: Cargo, order: Order) -> Mapping[str, object]:
        """Do what somebody at the far side asks for. Returns the answer."""
        try:
            self._turnstile.enter(self._clock.now().mono_ns)
            found = resend.by_time(
                self.sink_id, order, cargo.log, self._terms.channels, settled_only=self.needs_time
            )
            self.ask(found.asked)
        except resend.WishError as error:
            return {"error": error.what, "hint": error.hint}
        return {"ok": found.as_json()}

    def _answered(self, cargo: Cargo) -> None:
        self._contact.succeeded(self._clock.now(), cargo.waiting)

    def _back_off(self, cargo: Cargo, error: UnavailableError) -> float:
        now = self._clock.now()
        cargo.receipts.pause()
        self._flow.begin_anew()
        self._tell(self._turned_away.failed(error, now))
        wait_s = self._contact.failed(error)
        self._not_before_ns = now.mono_ns + int(wait_s * NS)
        return wait_s

    def _tell(self, events: Sequence[Event]) -> None:
        if events:
            self._source.append(events)
