"""The events that delivery itself gives rise to, in words and figures. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Event, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Instant
    from agent.publish.contract import SinkError
    from agent.publish.ranges import Stretch

RECEIPT_GAP, GONE, REFUSED, UNHEARD = "receipt_gap", "gone", "sink_refused", "sink_unheard"


def receipt_gap(sink: str, lost: Stretch, now: Instant) -> Event:
    """What was acknowledged has not arrived."""
    return Event(
        id=f"station/receipt_gap/{sink}/{lost.first}",
        kind=RECEIPT_GAP,
        subject="station",
        phase="raised",
        severity=Severity.YELLOW,
        at=now,
        title=f"{_records(lost.length)} that sink {sink} acknowledged have not been stored",
        text=f"The receipts of the far side have stood at {lost.first - 1} for a while, {lost.last} is"
        " acknowledged. The broker has lost the rest: it is sent again.",
        data={"sink": sink, "first_seq": lost.first, "last_seq": lost.last, "records": lost.length},
    )


def gone(sink: str, holes: Sequence[Stretch], now: Instant) -> list[Event]:
    """These numbers will not come, not even when they are asked for once more."""
    told = [_gone(sink, hole, now) for hole in holes]
    return [each for event in told for each in (event, event._replace(phase="cleared"))]


def _gone(sink: str, hole: Stretch, now: Instant) -> Event:
    return Event(
        id=f"station/{GONE}/{sink}/{hole.first}-{now.wall_ns}",
        kind=GONE,
        subject="station",
        phase="raised",
        severity=Severity.INFO,
        at=now,
        title=f"what sink {sink} waits for from {hole.first} to {hole.last} will not come",
        text="These records are no longer in the journal, or this sink refused them: nobody need wait.",
        data={"sink": sink, "first_seq": hole.first, "last_seq": hole.last},
    )


def receipt_gap_given_up(event: Event, now: Instant) -> Event:
    """Sent again twice, and still missing."""
    return event._replace(
        phase="updated",
        severity=Severity.ORANGE,
        at=now,
        text="They were sent again twice and are still missing: look at the log of the ingest side, which"
        " does not take the record after its receipt. `skyground resend` sends them once more.",
    )


def cleared(event: Event, now: Instant, text: str) -> Event:
    """It is over."""
    return event._replace(phase="cleared", at=now, title=f"over: {event.title}", text=text)


def refused(sink: str, error: SinkError, now: Instant) -> Event:
    """A far side lets us in no more, and waiting will not change that."""
    return Event(
        id=f"station/sink_refused/{sink}/{now.wall_ns}",
        kind=REFUSED,
        subject="station",
        phase="raised",
        severity=Severity.YELLOW,
        at=now,
        title=f"sink {sink} has let nothing through for an hour",
        text=f"{error.what}. {error.hint or 'Look at its log'}. Everything is kept meanwhile.",
        data={"sink": sink, "reason": error.what},
    )


def unheard(sink: str, why: str, now: Instant) -> Event:
    """A far side takes everything and has nobody to give it to."""
    return Event(
        id=f"station/sink_unheard/{sink}/{now.wall_ns}",
        kind=UNHEARD,
        subject="station",
        phase="raised",
        severity=Severity.YELLOW,
        at=now,
        title=f"nobody has taken the readings from sink {sink} for an hour",
        text=why,
        data={"sink": sink},
    )


def left_open(events: Sequence[Event], kind: str, sink: str) -> Event | None:
    """The last of those that an earlier run has told of `sink` and not closed."""
    mine = [event for event in events if event.kind == kind and event.data.get("sink") == sink]
    return mine[-1] if mine else None


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"
