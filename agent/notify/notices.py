"""The events that telling people itself gives rise to: a way that is shut, a reader not reached. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS
from agent.model import Event, Severity
from agent.notify.contract import AwayError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.model import Instant
    from agent.notify.contract import NotToldError

REFUSED, UNHEARD = "notify_refused", "notify_unheard"
KINDS = frozenset({REFUSED, UNHEARD})
WAY, MESSAGE = "way", "message"
"""What an event is about when it is not about one reader: the whole way to people, or single messages."""
_AWAY_NS = 2 * 3600 * NS


class Notices:
    """What was told of one notifier, once for each thing that is wrong, until it is right again.

    Nothing of it goes by way of that notifier: see `Wants.concern`.
    """

    def __init__(self, notifier: str, left_open: Iterable[Event] = ()) -> None:
        self._notifier = notifier
        self._since_ns: dict[str, int] = {}
        self._open = {
            (each.kind, str(each.data.get("about"))): each
            for each in left_open
            if each.kind in KINDS and each.data.get("notifier") == notifier
        }

    def failed(self, about: str, error: NotToldError, worst: Severity, now: Instant) -> list[Event]:
        """It was tried in vain with something of the level `worst`. Returns what is to be told.

        A no at once, an absence after two hours: links come and go.
        """
        since_ns = self._since_ns.setdefault(about, now.mono_ns)
        kind = UNHEARD if isinstance(error, AwayError) else REFUSED
        if kind == UNHEARD and now.mono_ns - since_ns < _AWAY_NS:
            return []
        severity = Severity.ORANGE if worst >= Severity.ORANGE else Severity.YELLOW
        event = self._open.get((kind, about))
        if event is not None and event.severity >= severity:
            return []
        if event is not None:
            event = event._replace(phase="updated", severity=severity, at=now)
        else:
            event = self._raised(kind, about, error, severity, now)
        self._open[kind, about] = event
        return [event]

    def taken(self, about: str, now: Instant) -> list[Event]:
        """It took something. Returns what is to be told."""
        self._since_ns.pop(about, None)
        over = [self._open.pop((kind, about), None) for kind in sorted(KINDS)]
        text = "What is to be told is taken again."
        return [
            each._replace(phase="cleared", at=now, title=f"over: {each.title}", text=text)
            for each in over
            if each is not None
        ]

    def _raised(self, kind: str, about: str, error: NotToldError, severity: Severity, now: Instant) -> Event:
        whom = {WAY: "people", MESSAGE: "people with a message"}.get(about, about)
        does = "has not got through for two hours to" if kind == UNHEARD else "does not get through to"
        return Event(
            id=f"station/{kind}/{self._notifier}/{about}/{now.wall_ns}",
            kind=kind,
            subject=self._notifier,
            phase="raised",
            severity=severity,
            at=now,
            title=f"notifier {self._notifier} {does} {whom}",
            text=f"{error.what}. {error.hint or 'Look at the log of the far side'}."
            f" It is tried again and again. Then: skyground notify test {self._notifier}",
            data={"notifier": self._notifier, "about": about, "reason": error.what},
        )
