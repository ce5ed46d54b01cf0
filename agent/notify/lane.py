"""What one reader is still to be told: an outbox, its place in the journal, its pace and its rests.

In the journal stand, under the lane's name, its bookmark with islands (what has been told, or need not be),
and two notes: from where on to read to know what is open, and when the reader was last reminded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS
from agent.notify.outbox import Outbox
from agent.notify.pace import Pace
from agent.notify.patience import Patience

if TYPE_CHECKING:
    from agent.journal.view import JournalView
    from agent.model import Entry, Instant
    from agent.notify.contract import NotToldError
    from agent.notify.outbox import Letter, Wants
    from agent.notify.texts import Moment

_PAGE = 500


class Lane:
    """Of one notifier; `who` is an address, or empty where the far side knows no readers."""

    def __init__(self, wants: Wants, who: str, max_per_h: int) -> None:
        self.who = who
        self.outbox = Outbox(wants)
        self.patience = Patience(is_slow=True)
        self._wants = wants
        self._name = f":notify-{wants.notifier}{f'/{who}' if who else ''}"  # no sink has a colon in its name
        self._pace = Pace(max_per_h)
        # Told by an earlier run: up to this seq, and these ranges; and what was before there was this lane.
        self._told, self._islands, self._unknown = 0, tuple[tuple[int, int], ...](), 0
        self._noted: object = None

    def begin(self, view: JournalView) -> None:
        """Go on in this file."""
        floor = view.bookmark(f"{self._name}:open")
        self._told, self._islands = view.bookmark(self._name), view.islands(self._name)
        self._unknown = 0 if self._told or floor else view.head
        seen, reminded_s = floor - 1 if floor else self._told, view.bookmark(f"{self._name}:reminded")
        self.outbox = Outbox(self._wants, seen, reminded_s)
        self._noted = None

    def read(self, view: JournalView, moment: Moment) -> bool:
        """Take the next page of events. Returns whether everything has been read."""
        entries = view.events_after(self.outbox.seen, _PAGE)
        for entry in entries:
            self._take(entry, moment)
        return len(entries) < _PAGE

    def note(self, view: JournalView) -> None:
        """Put on record how far the reader has been told, when that has changed."""
        box = self.outbox
        noted = (box.mark, box.islands, box.floor, box.reminded_s)
        if noted == self._noted:
            return
        view.advance(self._name, box.mark, box.islands)
        view.advance(f"{self._name}:open", box.floor + 1)
        view.advance(f"{self._name}:reminded", box.reminded_s)
        self._noted = noted

    def next(self, now_ns: int, station_ns: int) -> Letter | None:
        """What to tell now; None when there is nothing, or it has to wait."""
        if self._rest_s(now_ns) > 0:
            return None
        return self.outbox.next(station_ns, together=self._pace.is_flood(now_ns))

    def wait_s(self, now_ns: int, station_ns: int) -> float | None:
        """How long until there is something to tell; None: for ever."""
        due_s = self.outbox.wait_s(station_ns)
        return None if due_s is None else max(due_s, self._rest_s(now_ns))

    def told(self, letter: Letter, now_ns: int, at: Instant) -> None:
        """The reader has it. `now_ns` is the wire's time, `at` the station's."""
        self.patience.succeeded()
        self._pace.went(now_ns)
        self.outbox.told(letter, at.mono_ns, at.wall_ns)

    def missed(self, error: NotToldError, now_ns: int) -> None:
        """The reader has not been reached."""
        self.patience.failed(error, now_ns, self.outbox.news)

    def _rest_s(self, now_ns: int) -> float:
        box = self.outbox
        return max(self.patience.wait_s(now_ns, box.news, box.worst), self._pace.wait_s(now_ns))

    def _take(self, entry: Entry, moment: Moment) -> None:
        if entry.seq <= self._told or any(first <= entry.seq <= last for first, last in self._islands):
            self.outbox.recall(entry, self._told_ns(entry, moment))
        elif entry.seq <= self._unknown:
            self.outbox.discover(entry)
        else:
            self.outbox.take(entry)

    def _told_ns(self, entry: Entry, moment: Moment) -> int:
        """When the reader last heard of it: monotonic ns of the station's clock."""
        since_s = moment.at.wall_ns // NS - self.outbox.reminded_s
        return moment.at.mono_ns - int(min(moment.age_s(entry), max(0, since_s)) * NS)
