"""The life of a fault: one event and one log line when it is certain, one of each when it is over.

A single lost answer is on record as a missing observation; it is not worth waking anyone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.model import Event, Instant, Severity

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from drivers.contract import DriverError

# One failure is noise on the line and two may be a coincidence; after the third in a row nobody answers.
FAILURES_TO_RAISE = 3


class Subject(NamedTuple):
    """Who can be at fault: its name, the kind of the event, and what to call it in a sentence."""

    name: str
    kind: str
    noun: str


class Fault:
    """Counts the failures of one sensor or bus in a row, and says what follows from them."""

    def __init__(self, subject: Subject, log: FilteringBoundLogger) -> None:
        self._subject = subject
        self._log = log
        self._since: Instant | None = None
        self._raised = False
        self.in_a_row = 0
        self.error = ""
        self.hint = ""

    def failed(self, error: DriverError, at: Instant, *, certain: bool = False) -> list[Event]:
        """One more failure. Gives the event `raised` once: at the third in a row, or when it is `certain`."""
        self.in_a_row += 1
        self.error, self.hint = error.what, error.hint
        self._since = self._since or at
        if self._raised or not (certain or self.in_a_row >= FAILURES_TO_RAISE):
            return []
        self._raised = True
        noun, name = self._subject.noun, self._subject.name
        self._log.warning(f"{noun} went away", error=self.error, hint=self.hint, failures=self.in_a_row)
        return [self._event("raised", self._since, at, f"{noun} {name} does not work", self._reason())]

    def worked(self, at: Instant) -> list[Event]:
        """It works. Gives the event `cleared` once, when it had been raised."""
        since, raised = self._since, self._raised
        self._since, self._raised, self.in_a_row = None, False, 0
        if since is None or not raised:
            return []
        away_s = (at.mono_ns - since.mono_ns) / NS
        noun, name = self._subject.noun, self._subject.name
        self._log.info(f"{noun} is back", away_s=round(away_s, 1))
        text = f"It was away for {away_s:.0f} s; its observations of that time are on record as missing."
        return [self._event("cleared", since, at, f"{noun} {name} works again", text)]

    def status(self) -> dict[str, object]:
        """For people and JSON: since when it fails, if it does, and the last error ever seen."""
        since = self._since
        return {
            "ok": since is None,
            "failing_since_mono_ns": since and since.mono_ns,
            "error": self.error,
            "hint": self.hint,
        }

    def _reason(self) -> str:
        """What went wrong and what to do, as sentences."""
        return ". ".join(part.rstrip(".") for part in (self.error, self.hint) if part) + "."

    def _event(self, phase: str, since: Instant, at: Instant, title: str, text: str) -> Event:
        """An event of this fault; the onset makes its id the same in every phase."""
        name, kind, _ = self._subject
        return Event(f"{name}/{kind}/{since.wall_ns}", kind, name, phase, Severity.YELLOW, at, title, text)
