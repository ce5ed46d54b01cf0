"""Telling that undelivered records were given up: when it begins, a few times a day, and when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.journal.telling import tidings
from agent.journal.telling.notice import Notice, name
from agent.model import Severity

if TYPE_CHECKING:
    from agent.journal.room.prune import Loss, Pruner
    from agent.model import Event, Instant

KIND = "evicted"
_TELL_S = 6 * 3600.0
_HOUR_S = 3600.0
_DAY_S = 86_400.0


def loss_id(at: Instant) -> str:
    """What a loss that begins now is called."""
    return name(KIND, at)


class Losses:
    """Follows the loss of one journal, which the pruner keeps in the file."""

    def __init__(self, pruner: Pruner, *, sinks: bool) -> None:
        self._pruner = pruner
        self._sinks = sinks
        self._notice = Notice(KIND, Severity.ORANGE)
        self._ended = False
        self._begun_s = self._told_s = self._grown_s = 0.0
        self._told: Loss | None = None

    def go_on(self, pruner: Pruner) -> None:
        """The file has been opened again."""
        self._pruner = pruner

    def end_of_last_run(self, open_events: tuple[Event, ...], at: Instant) -> list[Event]:
        """A loss that was not over when the station stopped ends here: its figures are known."""
        loss = self._pruner.loss
        if loss is None:
            return []
        self._ended = True
        words = tidings.gave_up(loss.all)
        if any(event.id == loss.id for event in open_events):
            self._notice.adopt(loss.id)
            return [self._notice.cleared(at, words)]
        return [self._notice.raised(at, words, loss.id), self._notice.cleared(at, words)]

    def forget_ended(self) -> None:
        """What was said before the last commit is in the file now. Raises sqlite3.Error."""
        if self._ended:
            self._pruner.end_loss()
            self._ended = False
            self._told = None

    def grown(self, now_s: float, at: Instant) -> list[Event]:
        """More was given up just now."""
        loss = self._pruner.loss
        assert loss is not None
        self._grown_s = now_s
        words = tidings.giving_up(loss.all, sinks=self._sinks)
        if not self._notice.is_up:
            self._begun_s = self._told_s = now_s
            self._told = loss
            return [self._notice.raised(at, words, loss.id)]
        return []

    def look(self, now_s: float, at: Instant, delivered: int) -> list[Event]:
        """Some time has passed: is it over, or is there more to tell?"""
        loss = self._pruner.loss
        if loss is None or not self._notice.is_up:
            return []
        caught_up = delivered >= loss.head and now_s - self._begun_s >= _HOUR_S
        if caught_up or now_s - self._grown_s >= _DAY_S:
            self._ended = True
            return [self._notice.cleared(at, tidings.gave_up(loss.all))]
        if loss != self._told and now_s - self._told_s >= _TELL_S:
            self._told_s, self._told = now_s, loss
            return [self._notice.updated(at, tidings.giving_up(loss.all, sinks=self._sinks))]
        return []
