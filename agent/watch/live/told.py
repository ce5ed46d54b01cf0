"""What has been told of alarms, and what is on its way to the journal. Pure.

An event exists from its commit on. One that was handed over and is not there when nothing waits to be written
any more was lost in a full memory, and is handed over again; one that is there already, told by a life before
this one, is not told twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.watch.contract import Phase
from agent.watch.live.recalled import alarm_of, is_ours, said
from agent.watch.names import about

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.model import Event
    from agent.watch.contract import Hazard
    from agent.watch.live.recalled import Said

_REMEMBERED = 1000  # names; many more than stand at once


class Told:
    """The events of the detectors in one journal.

    Args:
        still_open: those that the journal held open when it was opened.
        ahead: those behind the place up to which everything had been judged, in their order.
    """

    def __init__(self, still_open: Iterable[Event] = (), ahead: Iterable[Event] = ()) -> None:
        ahead = [event for event in ahead if is_ours(event)]
        self._ahead = {said(event): event for event in ahead}
        self._on_its_way: dict[Said, Event] = {}
        self._is_over = dict.fromkeys((event.id for event in ahead), False)
        raised = {event.id for event in ahead if event.phase == Phase.RAISED}
        self.open = {event.id: event for event in still_open if is_ours(event) and event.id not in raised}
        """By id, those that are not over, each as it was told last."""

    @property
    def ahead(self) -> Sequence[Event]:
        """What a life before this one told, and neither has been found again nor read yet."""
        return tuple(self._ahead.values())

    def goes_on_as(self, of: tuple[Hazard, str]) -> Event | None:
        """Of what is ahead, the last telling of a hazard or a probe that is not its end; now found again."""
        for key, event in reversed(self._ahead.items()):
            if event.phase != Phase.CLEARED and about(alarm_of(event).finding) == of:
                del self._ahead[key]
                return event
        return None

    @property
    def is_all_there(self) -> bool:
        """Whether everything that was told has been read back from the journal."""
        return not self._on_its_way

    def knows(self, alarm_id: str) -> bool:
        """Whether anything was told under this name."""
        return alarm_id in self._is_over or alarm_id in self.open

    def is_over(self, alarm_id: str) -> bool:
        """Whether its end was told under this name."""
        return self._is_over.get(alarm_id, False)

    def tell(self, event: Event) -> bool:
        """Take note of an event to be told. Returns whether it must be handed over."""
        key = said(event)
        self._note(event)
        if self._ahead.pop(key, None):
            return False
        self._on_its_way[key] = event
        return True

    def read(self, event: Event) -> bool:
        """An event of ours has been read from the journal. Returns whether nobody has found it again."""
        key = said(event)
        self._on_its_way.pop(key, None)
        self._note(event)
        if event.phase == Phase.CLEARED:
            self.open.pop(event.id, None)
        elif event.phase == Phase.RAISED or event.id in self.open:
            self.open[event.id] = event
        return self._ahead.pop(key, None) is not None

    def _note(self, event: Event) -> None:
        was_over = self._is_over.pop(event.id, False)
        self._is_over[event.id] = event.phase == Phase.CLEARED or (was_over and event.phase != Phase.RAISED)
        if len(self._is_over) > _REMEMBERED:
            del self._is_over[next(iter(self._is_over))]

    def on_its_way(self) -> list[Event]:
        """What has been handed over and not been read back."""
        return list(self._on_its_way.values())

    def missing(self, handed_over: Iterable[Event]) -> list[Event]:
        """Of these, what has not been read back since."""
        return [each for each in handed_over if said(each) in self._on_its_way]
