"""One sink's way through one journal: reads portions for its lanes, keeps its places in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS
from agent.model import observed
from agent.publish.lanes import Lane, Lanes
from agent.publish.marks import event_mark
from agent.publish.portion import Portion
from agent.publish.ranges import Done, Stretch
from agent.publish.reconcile import Reconciler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Entry
    from agent.publish.lanes import Asked
    from agent.publish.source import Source

# As many events that went ahead are known by number; of more, some go again with their neighbours.
_MOST_AHEAD = 4096
# Where the card is damaged each of them is looked at by itself: with all of a backlog a step took minutes.
_SEQS_AT_ONCE = 20_000
_COUNT_EVERY_S = 600.0

# What `Cargo.status` would say before there is a journal.
NOT_OPEN: dict[str, object] = {
    "bookmark": 0,
    "backlog": 0,
    "islands": [],
    "lanes": {"live": 0, "asked": 0, "backlog": 0},
    "unsettled": 0,
    "parked": 0,
    "receipt": None,
    "receipt_stuck": False,
}


class Cargo:
    """What is to be sent of the journal that `source` holds now. Made in any thread, used in one.

    With `needs_time` only records whose time is settled.
    """

    def __init__(self, sink_id: str, source: Source, *, needs_time: bool) -> None:
        self.identity = source.identity
        self.log = log = source.view()
        self.receipts = Reconciler(sink_id, source, log)
        self.lanes = Lanes(
            Done(log.bookmark(sink_id), log.islands(sink_id)), log.bookmark(event_mark(sink_id))
        )
        # Also when nothing was ever delivered: who saves records from a damaged file must know of this sink.
        log.advance(sink_id, self.lanes.done.bookmark, self.lanes.done.islands)
        self._sink_id = sink_id
        self._needs_time = needs_time
        self._open: dict[Lane, Portion] = {}
        self._no_events_upto = 0
        # By number, not by bookmark: an index that hides an event from the lane of its own must not lose it.
        self._ahead: dict[int, None] = {}
        self._parked = 0
        self._count_at_ns = 0

    @property
    def top(self) -> int:
        """The last record that may be sent."""
        return self.log.settled if self._needs_time else self.log.head

    @property
    def waiting(self) -> int:
        """How many records are not delivered, those included that may not be sent yet."""
        return self.lanes.done.missing(self.log.head)

    @property
    def has_work(self) -> bool:
        """Whether anything is to be sent that may be."""
        return self.lanes.done.missing(self.top) > 0 or self.lanes.asked_left > 0

    def status(self) -> dict[str, object]:
        """Places and lanes. `backlog` is all that is not delivered, `unsettled` what waits for its time."""
        done = self.lanes.done
        return {
            "bookmark": done.bookmark,
            "backlog": self.waiting,
            "islands": [list(each) for each in done.islands],
            "lanes": {
                "live": self.lanes.fresh(self.top),
                "asked": self.lanes.asked_left,
                "backlog": self.lanes.behind(),
            },
            "unsettled": self.log.head - self.top,
            "parked": self._parked,
            **self.receipts.status(),
        }

    def count_parked(self, now_ns: int) -> None:
        """Now and then: what makes room on the card goes without a word to us."""
        if now_ns >= self._count_at_ns:
            self._count_at_ns = now_ns + int(_COUNT_EVERY_S * NS)
            self._parked = len(self.log.parked(self._sink_id))

    def fresh(self) -> int:
        """How many live records wait to be read; 0 while some are on their way."""
        return 0 if Lane.LIVE in self._open else self.lanes.fresh(self.top)

    def next(self, lane: Lane, rows: int, live_rows: int) -> Portion | None:
        """What `lane` has to send, `rows` at the most; None when it has nothing.

        It may be empty: what was read is another lane's. What is on its way comes again until it is over.
        Of what is new no more than `live_rows` are live: see `Lanes.live`.
        """
        portion = self._open.get(lane) or self._load(lane, rows, live_rows)
        if portion is not None:
            self._open[lane] = portion
        return portion

    def up_to_date(self, portion: Portion, part: Sequence[Entry]) -> Sequence[Entry]:
        """`part` for a far side that files by time: a newer word on an observation may be there already.

        What is live is always there before anything is said of it.
        """
        return part if portion.lane is Lane.LIVE or not self._needs_time else self.log.judged(part)

    def accepted(self, portion: Portion, part: Sequence[Entry]) -> None:
        """The far side has taken `part`, the first of what was left of `portion`."""
        if not part:
            return
        if portion.asked is not None and portion.asked.parked:
            taken = [entry.seq for entry in part if entry.seq in portion.asked.parked]
            if taken:
                self.log.unpark(self._sink_id, taken)
                self._parked = max(0, self._parked - len(taken))
        self._went_ahead(portion, part)
        self._past(portion, part[-1].seq)

    def park(self, portion: Portion, entry: Entry, reason: str) -> None:
        """The far side will never take `entry`, the first of what was left of `portion`."""
        self.log.park(self._sink_id, entry.seq, reason)
        if portion.asked is None or entry.seq not in portion.asked.parked:
            self._parked += 1
        self._went_ahead(portion, [entry])
        self._past(portion, entry.seq)

    def end(self, portion: Portion) -> None:
        """Nothing of `portion` is left."""
        del self._open[portion.lane]
        self._past(portion, portion.stretch.last)

    def close(self) -> None:
        """Let go of the journal's file, in the thread that read."""
        self.log.close()

    def _past(self, portion: Portion, seq: int) -> None:
        """Everything of `portion` up to `seq` has been dealt with."""
        if portion.lane is Lane.EVENTS:
            if seq > self.lanes.event_mark:
                self.lanes.event_mark = seq
                self.log.advance(event_mark(self._sink_id), seq)
            return
        if portion.asked is not None:
            portion.asked.past(seq)
            if portion.asked.channel is not None:
                return  # the other channels between them have not been sent
        before = (self.lanes.done.bookmark, self.lanes.done.islands)
        self.lanes.done.add(portion.stretch.first, seq)
        if before != (self.lanes.done.bookmark, self.lanes.done.islands):
            self.log.advance(self._sink_id, self.lanes.done.bookmark, self.lanes.done.islands)

    def _load(self, lane: Lane, rows: int, live_rows: int) -> Portion | None:
        asked = None
        match lane:
            case Lane.EVENTS:
                return self._events(rows)
            case Lane.LIVE:
                stretch = self.lanes.live(self.top, live_rows)
            case Lane.ASKED:
                asked, stretch = self.lanes.next_asked() or (None, None)
            case Lane.BACKLOG:
                stretch = self.lanes.backlog()
        return self._read(lane, stretch, rows, asked) if stretch else None

    def _events(self, rows: int) -> Portion | None:
        mark, top = self.lanes.event_mark, self.top
        if top <= max(mark, self._no_events_upto):
            return None
        found = [entry for entry in self.log.events_after(mark, rows) if entry.seq <= top]
        if not found:
            self._no_events_upto = top
            return None
        return Portion(Lane.EVENTS, Stretch(mark + 1, found[-1].seq), found)

    def _read(self, lane: Lane, stretch: Stretch, rows: int, asked: Asked | None) -> Portion:
        stretch = Stretch(stretch.first, min(stretch.last, stretch.first + _SEQS_AT_ONCE - 1))
        found = self.log.read_after(stretch.first - 1, rows, stretch.last)
        last = found[-1].seq if found else stretch.last
        if asked is None:
            wanted = [entry for entry in found if entry.seq not in self._ahead]
        elif asked.channel is None:
            wanted = found
        else:
            wanted = [entry for entry in found if _is_of(entry, asked.channel)]
        return Portion(lane, Stretch(stretch.first, last), wanted, asked)

    def _went_ahead(self, portion: Portion, part: Sequence[Entry]) -> None:
        """Let the other lanes pass over what the events' own has dealt with."""
        if portion.lane is Lane.EVENTS:
            self._ahead.update((entry.seq, None) for entry in part)
            while len(self._ahead) > _MOST_AHEAD:
                del self._ahead[next(iter(self._ahead))]


def _is_of(entry: Entry, channel: str) -> bool:
    found = observed(entry.record)
    return found is not None and str(found.channel) == channel
