"""The loop of one notifier: read events, tell what is news, note that it has been told.

    journal ─▶ outbox ─▶ letter ─▶ text ─▶ sender ── taken: noted in the journal
                                             |── away: everything stays, back off
                                             `── refused: the same, slowly, and told as an event

In the journal stand, under the reader's name, its bookmark (everything up to there has been told, or need not
be), and two notes: from where on to read to know what is open, and when people were last reminded. A power
cut between telling and noting costs one message that comes twice, with one id.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

import structlog

from agent.clock import NS
from agent.notify.contract import NotToldError, RefusedError
from agent.notify.drill import Drill
from agent.notify.notices import Refusals
from agent.notify.outbox import Outbox
from agent.notify.pace import Pace
from agent.notify.patience import Patience
from agent.notify.texts import Moment, compose, exercise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.clock import Clock
    from agent.journal.journal import Journal
    from agent.journal.view import JournalView
    from agent.model import Entry, Event, Instant
    from agent.notify.contract import Message, Sender
    from agent.notify.outbox import Letter, Wants
    from agent.notify.texts import Whence

_PAGE = 500
_JOURNAL_WAIT_S = 1.0
_IDLE_S = 60.0
_NEWS_WAIT_S = 60.0  # news try again a far side that said no, but not more often
_MOST_DRILLS = 4

_log = structlog.get_logger()


class Notifier:
    """A Worker that tells the events of the journal to people. It steps by the wire's clock.

    `clock` is the station's: how long something has lasted is told by it. `make_sender` raises NotToldError.
    """

    def __init__(
        self,
        wants: Wants,
        whence: Whence,
        journal: Journal,
        clock: Clock,
        make_sender: Callable[[], Sender],
        max_per_h: int,
    ) -> None:
        self.name = f"notify-{wants.notifier}"
        self.wake = threading.Event()
        self.notifier_id = wants.notifier
        self._wants = wants
        self._whence = whence
        self._journal = journal
        self._clock = clock
        self._make_sender = make_sender
        self._sender: Sender | None = None
        self._view: JournalView | None = None
        self._of = ""
        self._past = (0, 0)  # up to these seqs: told by an earlier run, and before there was this notifier
        self._outbox = Outbox(wants)
        self._noted = (0, 0, 0)
        self._counts = (0, 0)  # waiting and open, for who asks from another thread
        self._pace = Pace(max_per_h)
        self._patience = Patience()
        self._refusals = Refusals(wants.notifier)
        self._drills: deque[Drill] = deque()
        self._trouble: NotToldError | None = None
        self._tried_ns = 0
        self._not_before_ns = 0
        self._tried_news = 0
        self._delivered = 0

    def step(self, now: Instant) -> float:
        """Tell one thing, if there is something. Returns the seconds until there is more to do."""
        if self._drills:
            self._exercise(self._drills.popleft())
            return 0.0
        if not self._journal.is_open:
            return _JOURNAL_WAIT_S
        if self._of != self._journal.identity:
            self._begin()
        if not self._read():
            return 0.0
        self._note()
        wait_s = max(self._rest_s(now.mono_ns), self._pace.wait_s(now.mono_ns))
        if wait_s > 0:
            return wait_s
        station_ns = self._clock.now().mono_ns
        letter = self._outbox.next(station_ns, together=self._pace.is_flood(now.mono_ns))
        if letter is None:
            due_s = self._outbox.wait_s(station_ns)
            return _IDLE_S if due_s is None else min(due_s, _IDLE_S)
        self._tell(letter, now)
        return 0.0

    def ask(self) -> Drill | None:
        """Have a test message sent, at once. From any thread. None: there are enough of them."""
        if len(self._drills) >= _MOST_DRILLS:
            return None
        drill = Drill()
        self._drills.append(drill)
        self.wake.set()
        return drill

    def status(self) -> Mapping[str, object]:
        """Where it stands. From any thread."""
        trouble, (waiting, still_open) = self._trouble, self._counts
        return {
            "notifier": self.notifier_id,
            "state": "waiting" if trouble else "idle",
            "waiting": waiting,
            "open": still_open,
            "delivered": self._delivered,
            "last_error": trouble.what if trouble else "",
            "hint": trouble.hint if trouble else "",
        }

    def close(self) -> None:
        """Let go of the journal."""
        if self._view is not None:
            self._view.close()
            self._view = None

    def _begin(self) -> None:
        """Go on in the file that is open now."""
        self.close()
        self._view = view = self._journal.view()
        self._of = self._journal.identity
        told, floor = view.bookmark(_reader(self.notifier_id)), view.bookmark(_open_note(self.notifier_id))
        is_new = not told and not floor
        self._past = (told, view.head if is_new else 0)
        self._outbox = Outbox(
            self._wants,
            seen=floor - 1 if floor else told,
            reminded_s=view.bookmark(_reminder_note(self.notifier_id)),
        )
        self._refusals = Refusals(self.notifier_id, self._journal.open_events)

    def _read(self) -> bool:
        """Take the next page of events. Returns whether everything has been read."""
        if self._view is None:
            return True
        entries = self._view.events_after(self._outbox.seen, _PAGE)
        for entry in entries:
            self._take(entry)
        return len(entries) < _PAGE

    def _take(self, entry: Entry) -> None:
        told, unknown = self._past
        if entry.seq <= told:
            self._outbox.recall(entry, self._told_ns(entry))
        elif entry.seq <= unknown:
            self._outbox.discover(entry)
        else:
            self._outbox.take(entry)

    def _told_ns(self, entry: Entry) -> int:
        """When a person last heard of what an earlier run has told: monotonic ns of the station's clock."""
        moment = self._moment()
        since_s = moment.at.wall_ns // NS - self._outbox.reminded_s
        return moment.at.mono_ns - int(min(moment.age_s(entry), max(0, since_s)) * NS)

    def _note(self) -> None:
        """Put on record how far people have been told, when that has changed."""
        box = self._outbox
        self._counts = (box.waiting, box.open)
        noted = (box.mark, box.floor + 1, box.reminded_s)
        if self._view is None or noted == self._noted:
            return
        names = (_reader(self.notifier_id), _open_note(self.notifier_id), _reminder_note(self.notifier_id))
        for name, value in zip(names, noted, strict=True):
            self._view.advance(name, value)
        self._noted = noted

    def _rest_s(self, now_ns: int) -> float:
        """How long the far side is left alone; a minute at the most when there is news."""
        until_ns = self._not_before_ns
        if self._outbox.news > self._tried_news and isinstance(self._trouble, RefusedError):
            until_ns = min(until_ns, self._tried_ns + int(_NEWS_WAIT_S * NS))
        return max(0, until_ns - now_ns) / NS

    def _tell(self, letter: Letter, now: Instant) -> None:
        self._tried_ns, self._tried_news = now.mono_ns, self._outbox.news
        message = compose(letter, self._whence, self._moment())
        try:
            never = self._send(message)
        except NotToldError as error:
            self._failed(letter, message, error, now)
            return
        at = self._clock.now()
        self._delivered += 1
        self._pace.went(now.mono_ns)
        self._outbox.told(letter, at.mono_ns, at.wall_ns)
        self._note()
        self._journal.hurry()
        self._taken(at)
        for who in never:
            self._append(self._refusals.given_up(f"a recipient is refused: {who}", "correct `to`", at))

    def _taken(self, at: Instant) -> None:
        if self._trouble is not None:
            _log.info("notifier_back", notifier=self.notifier_id, waiting=self._outbox.waiting)
        self._trouble, self._not_before_ns = None, 0
        self._patience.succeeded()
        self._append(self._refusals.taken(at))

    def _failed(self, letter: Letter, message: Message, error: NotToldError, now: Instant) -> None:
        at = self._clock.now()
        if self._trouble is None:  # one line for a run of them, not one each
            _log.warning("notifier_fails", notifier=self.notifier_id, reason=error.what, hint=error.hint)
        self._trouble = error
        if isinstance(error, RefusedError) and error.of_message:
            if self._outbox.refused(letter, at.mono_ns, at.wall_ns):
                self._append(self._refusals.given_up(f"{error.what}: {message.subject}", error.hint, at))
            return
        if isinstance(error, RefusedError):
            self._append(self._refusals.refused(error, at))
        self._not_before_ns = now.mono_ns + int(self._patience.failed(error) * NS)

    def _exercise(self, drill: Drill) -> None:
        try:
            drill.over(self._send(exercise(self.notifier_id, self._whence, self._moment())))
        except NotToldError as error:
            drill.over((), error)
            return
        self._taken(self._clock.now())

    def _send(self, message: Message) -> Sequence[str]:
        """Raises NotToldError."""
        if self._sender is None:
            self._sender = self._make_sender()
        return self._sender.send(message)

    def _moment(self) -> Moment:
        return Moment(self._clock.boot_id, self._clock.now())

    def _append(self, events: Sequence[Event]) -> None:
        if events:
            self._journal.append(events)


def _reader(notifier: str) -> str:
    """How far people have been told. No sink has a colon in its name."""
    return f":notify-{notifier}"


def _open_note(notifier: str) -> str:
    """From where on to read to know what is open: seq + 1; 0 when it never read."""
    return f":notify-{notifier}:open"


def _reminder_note(notifier: str) -> str:
    """When people were last reminded: s since 1970 UTC by the station's clock, 0 when never."""
    return f":notify-{notifier}:reminded"
