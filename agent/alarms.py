"""What people say to an event that has not ended: somebody has seen it, or it is over.

Told to the running station, on record before it says so. From there everybody knows: who reminds stops, and
the detectors take a person's word that it is over.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from agent.control import RefusedError
from agent.journal.lives import Lives
from agent.model import Severity
from agent.one_line import one_line
from agent.recorded import put_on_record
from agent.watch.live.recalled import is_ours

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.clock import Clock
    from agent.control import Deferred
    from agent.journal.journal import Journal
    from agent.journal.lives import Life
    from agent.model import Event

_LONGEST_ID, _LONGEST_NAME, _LONGEST_NOTE = 200, 100, 500
_SHOWN = 5
_LOOKS = 10


class _BehindError(Exception):
    """More has been told since the journal was looked at."""


class Alarms:
    """The handlers of the control socket for events."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any]], Deferred]]:
        """By command. Each answers when it is on record, and raises RefusedError."""
        return {"event_acknowledge": self.acknowledge, "event_close": self.close}

    def acknowledge(self, arguments: Mapping[str, Any]) -> Deferred:
        """`{"by": NAME}`, and if wanted `id`, or a part of it that no other has, and `note`.

        Without an id it is the one event that waits for it. It stays open; what gets worse is told again, and
        waits for it again.
        """
        who, note = _who(arguments), one_line(arguments, "note", _LONGEST_NOTE)
        is_named = bool(one_line(arguments, "id", _LONGEST_ID))

        def said() -> Event:
            events = [
                each.last
                for each in self._open()
                if each.last.severity > Severity.INFO and (is_named or each.acknowledged is None)
            ]
            return _answered(self._meant(arguments, events), "acknowledged", who, note)

        return self._put(said)

    def close(self, arguments: Mapping[str, Any]) -> Deferred:
        """`{"id": ID, "by": NAME, "note": WHY}`: what the detectors found is over, a person says.

        What the same evidence would say at no higher level is not said again for hours; what gets worse,
        comes back or will not go away is raised anew, under another id.
        """
        if not one_line(arguments, "id", _LONGEST_ID):
            raise RefusedError("no event is named", "skyground events lists those that are open")
        who, note = _who(arguments), one_line(arguments, "note", _LONGEST_NOTE)
        if not note:
            raise RefusedError("it is not said why it is over", "write what you have seen there, in quotes")

        def said() -> Event:
            event = self._meant(arguments, [each.last for each in self._open()])
            if not is_ours(event):
                raise RefusedError(
                    f"{event.id} ends by itself, when what it tells of is over",
                    "acknowledge it, and nobody is reminded of it: skyground events ack",
                )
            title = f"over: {event.title.removeprefix('over: ')}"
            told = event._replace(title=title, text=f"Closed by {who}: {note}")
            return _answered(told, "cleared", who, note)

        return self._put(said)

    def _open(self) -> list[Life]:
        """Raises RefusedError."""
        try:
            lives = Lives(self._journal.path, lambda _seq: None)
            try:
                return lives.open()
            finally:
                lives.close()
        except sqlite3.Error as error:
            raise RefusedError(
                f"the journal cannot be read: {error}", "`skyground status` says what is wrong with it"
            ) from error

    def _meant(self, arguments: Mapping[str, Any], events: Sequence[Event]) -> Event:
        """Raises RefusedError."""
        part = one_line(arguments, "id", _LONGEST_ID)
        exact = [each for each in events if each.id == part]
        found = exact or [each for each in events if part in each.id]
        if len(found) == 1:
            return found[0]
        if not found:
            what = f"no open event is called {part!r}" if part else "nothing waits to be acknowledged"
            raise RefusedError(what, "skyground events lists those that are open")
        names = ", ".join(each.id for each in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise RefusedError(f"{len(found)} open events are meant: {names}{more}", "write more of the id")

    def _put(self, answered: Callable[[], Event]) -> Deferred:
        """What is `answered` to the journal as it is. Raises RefusedError.

        An answer is to what its person may have read: not to news that is on its way while it is given.
        """
        for _ in range(_LOOKS):
            head = self._journal.head
            said = answered()._replace(at=self._clock.now())
            with suppress(_BehindError):
                return put_on_record(self._journal, said, _echo(said), partial(self._answer, said, head))
        raise RefusedError(
            f"there is news of {said.id} at this very moment", "look at skyground events, then say it again"
        )

    def _answer(self, said: Event, head: int) -> None:
        if not self._journal.answer(said, head):
            raise _BehindError


def _answered(event: Event, phase: str, who: str, note: str) -> Event:
    return event._replace(phase=phase, data={**event.data, "by": who, "note": note})


def _echo(said: Event) -> dict[str, object]:
    title = said.title.removeprefix("over: ")
    return {
        "id": said.id,
        "phase": said.phase,
        "title": title,
        "by": said.data["by"],
        "note": said.data["note"],
    }


def _who(arguments: Mapping[str, Any]) -> str:
    """Raises RefusedError."""
    who = one_line(arguments, "by", _LONGEST_NAME) or one_line(arguments, "login", _LONGEST_NAME)
    if not who:
        raise RefusedError("nobody is named", "say who you are: --by NAME")
    return who
