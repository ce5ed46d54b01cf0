"""Events that the last run left open and that nobody in this one goes on with. Pure.

An event that never ends would be believed for ever by whoever shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.acquire import drift, maintenance
from agent.acquire.calibration import notices as calibrations
from agent.journal.room import losses
from agent.notify import notices as notify
from agent.notify.wiring import people
from agent.publish import notices
from agent.watch.contract import Hazard
from agent.watch.live.recalled import is_ours

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from agent.config.schema import Config
    from agent.model import Event, Instant

_OF_INSTRUMENTS = {"sensor_fault", "bus_fault", drift.KIND}
_OF_SINKS = {notices.RECEIPT_GAP, notices.REFUSED, notices.UNHEARD}
_OF_A_PERSON = {"by", "note"}
_OF_THE_STATION = {maintenance.KIND, losses.KIND, *calibrations.KINDS}


def ended(events: Iterable[Event], config: Config, watched: Collection[str], now: Instant) -> list[Event]:
    """The ends of those among `events` that nobody will end. `watched`: the channels under the detectors."""
    return [
        event._replace(
            phase="cleared",
            at=now,
            title=f"over: {event.title}",
            text=_why(event),
            # A person who had answered it has not ended it.
            data={name: value for name, value in event.data.items() if name not in _OF_A_PERSON},
        )
        for event in events
        if not _is_adopted(event, config, watched)
    ]


def _is_adopted(event: Event, config: Config, watched: Collection[str]) -> bool:
    if is_ours(event):
        return event.subject in watched if event.kind == Hazard.SENSOR else bool(watched)
    if event.kind in _OF_INSTRUMENTS:
        return event.subject in {*(sensor.id for sensor in config.sensor), *(s.bus for s in config.sensor)}
    if event.kind in _OF_SINKS:
        return event.data.get("sink") in {sink.id for sink in config.publish}
    if event.kind in notify.KINDS:
        mine = [each for each in config.notify if each.id == event.data.get("notifier")]
        about = {notify.WAY, notify.MESSAGE, *(who for each in mine for who in people(each))}
        return bool(mine) and event.data.get("about") in about
    return event.kind in _OF_THE_STATION


def _why(event: Event) -> str:
    if event.kind in _OF_INSTRUMENTS:
        return f"{event.subject} is no longer configured."
    if is_ours(event):
        return "No channel is configured any more that would show it."
    return "The station has started again: what is still wrong is told anew."
