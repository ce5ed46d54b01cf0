"""A disk that says no: since when, why, when to ask again, and the event when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS
from agent.model import Event, Severity

if TYPE_CHECKING:
    from agent.model import Instant

_RETRY_S = (1.0, 30.0)
# A lock held for a moment, or one slow write, is a log line and nothing to tell the office of.
_WORTH_AN_EVENT_S = 10.0


class Trouble:
    """The state of one disk. `error` is the last one, empty while all is well."""

    def __init__(self) -> None:
        self.error = ""
        self.retry_s = 0.0
        self._not_before_s = 0.0
        self._since: Instant | None = None

    def rest_s(self, now: Instant) -> float:
        """How long to leave the disk alone still."""
        return max(0.0, self._not_before_s - now.mono_ns / NS)

    def failed(self, error: Exception, now: Instant) -> float:
        """It said no. Returns the seconds to wait: twice as long every time, up to half a minute."""
        self.error = str(error)
        self._since = self._since or now
        low, high = _RETRY_S
        self.retry_s = min(high, max(low, self.retry_s * 2))
        self._not_before_s = now.mono_ns / NS + self.retry_s
        return self.retry_s

    def over(self, now: Instant) -> list[Event]:
        """It has taken something again. Gives the event of what lasted long enough to matter."""
        since, error = self._since, self.error
        self.error, self.retry_s, self._since, self._not_before_s = "", 0.0, None, 0.0
        if since is None or now.mono_ns - since.mono_ns < _WORTH_AN_EVENT_S * NS:
            return []
        lasted_s = (now.mono_ns - since.mono_ns) / NS
        event = Event(
            id=f"station/journal_trouble/{since.wall_ns}",
            kind="journal_trouble",
            subject="station",
            phase="raised",
            severity=Severity.YELLOW,
            at=since,
            title="the journal could not be written",
            text=f"For {lasted_s:.0f} s records waited in memory: {error}. Check the card.",
            data={"reason": error, "lasted_s": round(lasted_s, 1)},
        )
        return [event, event._replace(phase="cleared", at=now, title="the journal is written again")]
