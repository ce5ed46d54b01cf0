"""The life of a fault: one event and one log line when it is certain, one of each when it is over.

A single lost answer is on record as a missing observation; it is not worth waking anyone. Nor is what goes
away while somebody works on it: that is told when the work is over and it still is away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.model import Event, Instant, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

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

    def __init__(
        self, subject: Subject, log: FilteringBoundLogger, is_worked_on: Callable[[], bool] = lambda: False
    ) -> None:
        self._subject = subject
        self._is_worked_on = is_worked_on
        self._is_certain = False
        self._log = log
        self._since: Instant | None = None
        self._open: Event | None = None  # raised and not cleared
        self._is_inherited = False
        self.in_a_row = 0
        self.error = ""
        self.hint = ""

    @property
    def subject(self) -> tuple[str, str]:
        """Whose fault of which kind."""
        return self._subject.name, self._subject.kind

    def adopt(self, event: Event, at: Instant) -> list[Event]:
        """Go on with an event that the last run left open. Gives its end when one is open already."""
        if self._open is not None:
            text = "The station has started again and found it away anew."
            return [event._replace(phase="cleared", at=at, text=text)]
        self._open, self._is_inherited = event, True
        self._since = self._since or at
        self.error = self.error or event.text
        return []

    def failed(self, error: DriverError, at: Instant, *, certain: bool = False) -> list[Event]:
        """One more failure. Gives the event `raised` once: at the third in a row, or when it is `certain`."""
        self.in_a_row += 1
        self.error, self.hint = error.what, error.hint
        self._since = self._since or at
        self._is_certain = self._is_certain or certain or self.in_a_row >= FAILURES_TO_RAISE
        return self.due(at)

    def due(self, at: Instant) -> list[Event]:
        """The event `raised`, where it is certain, not told yet, and nobody works on it any more."""
        if self._since is None or not self._is_certain or self._open is not None or self._is_worked_on():
            return []
        noun = self._subject.noun
        self._log.warning(f"{noun} went away", error=self.error, hint=self.hint, failures=self.in_a_row)
        self._open = self._event(self._since, at)
        return [self._open]

    def worked(self, at: Instant) -> list[Event]:
        """It works. Gives the event `cleared` once, when it had been raised."""
        since, raised, is_inherited = self._since, self._open, self._is_inherited
        self._since, self._open, self._is_inherited, self.in_a_row = None, None, False, 0
        self._is_certain = False
        if since is None or raised is None:
            return []
        away_s = (at.mono_ns - since.mono_ns) / NS
        noun, name = self._subject.noun, self._subject.name
        self._log.info(f"{noun} is back", away_s=round(away_s, 1))
        how_long = "when the station was started" if is_inherited else f"for {away_s:.0f} s"
        text = f"It was away {how_long}; its observations of that time are on record as missing."
        return [raised._replace(phase="cleared", at=at, title=f"{noun} {name} works again", text=text)]

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

    def _event(self, since: Instant, at: Instant) -> Event:
        """The event of this fault; its id tells when it began."""
        name, kind, noun = self._subject
        title = f"{noun} {name} does not work"
        return Event(
            f"{name}/{kind}/{since.wall_ns}", kind, name, "raised", Severity.YELLOW, at, title, self._reason()
        )
