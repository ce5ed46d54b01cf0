"""The events that telling people itself gives rise to: a way to them that says no. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Event, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.model import Instant
    from agent.notify.contract import RefusedError

REFUSED = "notify_refused"


class Refusals:
    """What was told of one notifier. None of it goes by way of that notifier: see `Wants.concern`."""

    def __init__(self, notifier: str, left_open: Iterable[Event] = ()) -> None:
        self._notifier = notifier
        mine = [each for each in left_open if each.kind == REFUSED and each.data.get("notifier") == notifier]
        self._event: Event | None = mine[-1] if mine else None

    def refused(self, error: RefusedError, now: Instant) -> list[Event]:
        """It says no to us. Returns what is to be told: once, until it takes something again."""
        if self._event is not None:
            return []
        self._event = self._raised(error.what, error.hint, now)
        return [self._event]

    def taken(self, now: Instant) -> list[Event]:
        """It took something. Returns what is to be told."""
        event, self._event = self._event, None
        if event is None:
            return []
        text = "It takes what it is told again."
        return [event._replace(phase="cleared", at=now, title=f"over: {event.title}", text=text)]

    def given_up(self, what: str, hint: str, now: Instant) -> list[Event]:
        """One message, or one of its readers, will never be told. Returns what is to be told."""
        event = self._raised(what, hint, now)
        over = f"over: {event.title}"
        return [event, event._replace(phase="cleared", title=over)]

    def _raised(self, what: str, hint: str, now: Instant) -> Event:
        return Event(
            id=f"station/{REFUSED}/{self._notifier}/{now.wall_ns}",
            kind=REFUSED,
            subject="station",
            phase="raised",
            severity=Severity.YELLOW,
            at=now,
            title=f"notifier {self._notifier} does not get through to people",
            text=f"{what}. {hint or 'Look at the log of the far side'}."
            f" Then: skyground notify test {self._notifier}",
            data={"notifier": self._notifier, "reason": what},
        )
