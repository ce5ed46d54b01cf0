"""The loop of one notifier: read events, tell what is news, note that it has been told.

    journal ─▶ lane of each reader ─▶ letter ─▶ text ─▶ sender ── taken: noted in the journal
                                                           |── away: everything stays, back off
                                                           |── refused: the same, slowly, and told as an event
                                                           `── one reader or one message only: that one rests

Readers who are to be told the same at the same time get one message. A power cut between telling and noting
costs one message that comes twice, with one id.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import structlog

from agent.notify.contract import NotToldError, RefusedError
from agent.notify.drill import Drill
from agent.notify.lane import Lane
from agent.notify.notices import MESSAGE, WAY, Notices
from agent.notify.patience import Patience
from agent.notify.texts import Moment, compose, exercise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.clock import Clock
    from agent.journal.journal import Journal
    from agent.journal.view import JournalView
    from agent.model import Event, Instant, Severity
    from agent.notify.contract import Message, Sender
    from agent.notify.outbox import Letter, Wants
    from agent.notify.texts import Whence

_JOURNAL_WAIT_S = 1.0
_IDLE_S = 60.0
_MOST_DRILLS = 4

_log = structlog.get_logger()


class _Due(NamedTuple):
    lane: Lane
    letter: Letter


class Notifier:
    """A Worker that tells the events of the journal to people. It steps by the wire's clock.

    `clock` is the station's: how long something has lasted is told by it. `people`: whom the far side is to
    tell; one empty name where it knows best. `make_sender` raises NotToldError.
    """

    def __init__(
        self,
        wants: Wants,
        whence: Whence,
        journal: Journal,
        clock: Clock,
        make_sender: Callable[[], Sender],
        max_per_h: int,
        people: Sequence[str] = ("",),
    ) -> None:
        self.name = f"notify-{wants.notifier}"
        self.wake = threading.Event()
        self.notifier_id = wants.notifier
        self._whence = whence
        self._journal = journal
        self._clock = clock
        self._make_sender = make_sender
        self._sender: Sender | None = None
        self._view: JournalView | None = None
        self._of = ""
        self._lanes = [Lane(wants, who, max_per_h) for who in people]
        self._counts = (0, 0)  # waiting and open, for who asks from another thread
        self._patience = Patience()
        self._trouble: NotToldError | None = None  # of the last message
        self._notices = Notices(wants.notifier)
        self._drills: deque[Drill] = deque()
        self._delivered = 0

    def step(self, now: Instant) -> float:
        """Tell one thing, if there is something. Returns the seconds until there is more to do."""
        if self._drills:
            self._exercise(self._drills.popleft())
            return 0.0
        if not self._journal.is_open:
            return _JOURNAL_WAIT_S
        if self._view is None or self._of != self._journal.identity:
            self._begin()
        if not self._read():
            return 0.0
        rest_s = self._patience.wait_s(now.mono_ns, self._news(), self._worst())
        if rest_s > 0:
            return rest_s
        station_ns = self._clock.now().mono_ns
        letters = ((each, each.next(now.mono_ns, station_ns)) for each in self._lanes)
        due = [_Due(lane, letter) for lane, letter in letters if letter is not None]
        if due:
            self._tell(due, now)
            return 0.0
        waits = [each.wait_s(now.mono_ns, station_ns) for each in self._lanes]
        return min([_IDLE_S, *(wait_s for wait_s in waits if wait_s is not None)])

    def interrupt(self) -> None:
        """Let a message that is under way fail: the station stops. From any thread."""
        if self._sender is not None:
            self._sender.hang_up()

    def ask(self) -> Drill | None:
        """Have a test message sent, at once. From any thread. None: there are enough of them."""
        if len(self._drills) >= _MOST_DRILLS:
            return None
        drill = Drill(len(self._lanes))
        self._drills.append(drill)
        self.wake.set()
        return drill

    def status(self) -> Mapping[str, object]:
        """Where it stands; `unreached` are readers who are not told while others are. From any thread."""
        trouble, (waiting, still_open) = self._trouble, self._counts
        ill = [(each.who, each.patience.trouble) for each in self._lanes]
        unreached = [{"who": who, "why": error.what, "hint": error.hint} for who, error in ill if error]
        return {
            "notifier": self.notifier_id,
            "state": "waiting" if trouble or unreached else "idle",
            "waiting": waiting,
            "open": still_open,
            "delivered": self._delivered,
            "last_error": trouble.what if trouble else "",
            "hint": trouble.hint if trouble else "",
            "unreached": unreached,
        }

    def close(self) -> None:
        """Let go of the journal."""
        if self._view is not None:
            self._view.close()
            self._view = None

    def _begin(self) -> None:
        """Go on in the file that is open now."""
        self.close()
        self._view = self._journal.view()
        self._of = self._journal.identity
        for each in self._lanes:
            each.begin(self._view)
        self._notices = Notices(self.notifier_id, self._journal.open_events)

    def _read(self) -> bool:
        """Take the next page of events. Returns whether everything has been read, and that is noted."""
        moment = self._moment()
        has_all = self._view is None or all(each.read(self._view, moment) for each in self._lanes)
        if has_all:
            self._note()
        return has_all

    def _note(self) -> None:
        if self._view is not None:
            for each in self._lanes:
                each.note(self._view)
        boxes = [each.outbox for each in self._lanes]
        self._counts = (max(each.waiting for each in boxes), max(each.open for each in boxes))

    def _news(self) -> int:
        return max(each.outbox.news for each in self._lanes)

    def _worst(self) -> Severity:
        return max(each.outbox.worst for each in self._lanes)

    def _tell(self, due: Sequence[_Due], now: Instant) -> None:
        """The gravest of what is due, to all who are to hear the same."""
        moment = self._moment()
        written = [(each, compose(each.letter, self._whence, moment)) for each in due]
        message = max(written, key=lambda each: each[0].letter.worst)[1]
        due = [each for each, same in written if same.id == message.id]
        try:
            missed = self._send(message, [each.lane.who for each in due])
        except NotToldError as error:
            self._failed(due, error, now)
            return
        self._taken(missed, [each.lane.who for each in due])
        at = self._clock.now()
        for lane, letter in due:
            why = missed.get(lane.who)
            if why is None:
                lane.told(letter, now.mono_ns, at)
            else:
                lane.missed(why, now.mono_ns)
                self._notice(lane.who, why, letter)
        if not any(each.outbox.refused for each in self._lanes):
            self._append(self._notices.taken(MESSAGE, at))
        self._delivered += len(missed) < len(due)
        self._note()
        self._journal.hurry()

    def _taken(self, missed: Mapping[str, NotToldError], people: Sequence[str]) -> None:
        """The far side listens, if not to all."""
        at = self._clock.now()
        if self._trouble is not None:
            _log.info("notifier_back", notifier=self.notifier_id)
        self._trouble = None
        self._patience.succeeded()
        self._append(self._notices.taken(WAY, at))
        for lane in self._lanes:
            if lane.who in people and lane.who not in missed:
                lane.patience.succeeded()
                self._append(self._notices.taken(lane.who, at))

    def _failed(self, due: Sequence[_Due], error: NotToldError, now: Instant) -> None:
        """Nobody has it."""
        if self._trouble is None:  # one line for a run of them, not one each
            _log.warning("notifier_fails", notifier=self.notifier_id, reason=error.what, hint=error.hint)
        self._trouble = error
        if isinstance(error, RefusedError) and error.of_message:
            for lane, letter in due:
                lane.outbox.rests(letter, self._clock.now().mono_ns)
            self._note()
            self._notice(MESSAGE, error, due[0].letter)
            return
        self._patience.failed(error, now.mono_ns, self._news())
        self._notice(WAY, error, due[0].letter)

    def _notice(self, about: str, error: NotToldError, letter: Letter) -> None:
        """Tell by other ways. That a message about such a thing fails is nothing to tell of."""
        if not letter.is_of_itself:
            self._append(self._notices.failed(about, error, letter.worst, self._clock.now()))

    def _exercise(self, drill: Drill) -> None:
        people = [each.who for each in self._lanes]
        try:
            missed = self._send(exercise(self.notifier_id, self._whence, self._moment()), people)
        except NotToldError as error:
            drill.over({}, error)
            return
        self._taken(missed, people)
        drill.over(missed)

    def _send(self, message: Message, people: Sequence[str]) -> Mapping[str, NotToldError]:
        """Raises NotToldError."""
        if self._sender is None:
            self._sender = self._make_sender()
        return self._sender.send(message, people)

    def _moment(self) -> Moment:
        return Moment(self._clock.boot_id, self._clock.now())

    def _append(self, events: Sequence[Event]) -> None:
        if events:
            self._journal.append(events)
