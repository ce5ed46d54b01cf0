"""What people are told of calibrations: one is due, one is past its date, one cannot be used. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.calibration.due import DUE, EXPIRED, IN_TIME, UNDATED, UNFINISHED, UNFIT
from agent.acquire.calibration.record import utc_text
from agent.model import Event, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.acquire.calibration.record import CalibrationRecord
    from agent.acquire.calibration.standing import Standing
    from agent.model import Instant

DUE_KIND, FAULT_KIND = "calibration_due", "calibration_fault"
KINDS = (DUE_KIND, FAULT_KIND)
_WORDS_OF_PEOPLE = {"by", "note"}
_SEVERITY = {DUE_KIND: Severity.BLUE, FAULT_KIND: Severity.YELLOW}


class Notice(NamedTuple):
    """What is to be said now. `data` tells machines, and whether there is anything new to say."""

    title: str
    text: str
    data: Mapping[str, float | str]


def due_notice(channel: str, now: Standing, utc_s: float, told: str) -> Notice | None:
    """That a calibration should be made; None when it need not. `told`: the stage told so far."""
    stage = now.validity.stage(utc_s, told)
    if now.record is None or stage == IN_TIME:
        return None
    sensor = channel.partition("/")[0]
    if now.validity.expires_s is None:
        return Notice(
            f"nobody knows when {channel} was calibrated",
            f"The clock was not set when calibration {now.id} was made, so it has no date and is never due."
            f" What to do: skyground calibrate {sensor}, now that the station knows the time",
            {"calibration": now.id, "stage": UNDATED},
        )
    if now.record.verdict in UNFIT:
        return _unfit_notice(channel, now.record)
    expires = utc_text(now.validity.expires_s)
    said = {
        DUE: (f"{channel} is to be calibrated by {expires[:10]}", "Until then its values are believed."),
        EXPIRED: (f"the calibration of {channel} is past its date", "Its values are marked as suspect."),
    }
    title, text = said[stage]
    return Notice(
        title,
        f"Calibration {now.id} of {now.record.at[:10]} is good until {expires[:10]}. {text}"
        f" What to do: skyground calibrate {sensor}",
        {"calibration": now.id, "stage": stage, "expires": expires},
    )


def _unfit_notice(channel: str, record: CalibrationRecord) -> Notice:
    """That the calibration in force was never good."""
    said = "was not finished" if record.verdict == UNFINISHED else "found it unfit for use"
    return Notice(
        f"the calibration of {channel} {said}",
        f"Calibration {record.id} of {record.at[:10]} has the verdict {record.verdict!r}. Its values are"
        f" marked as suspect. What to do: skyground calibrate {channel.partition('/')[0]}",
        {"calibration": record.id, "stage": EXPIRED, "verdict": record.verdict},
    )


def fault_notice(channel: str, now: Standing) -> Notice | None:
    """That the calibration which somebody put in force is not, or may not be, the one in use; else None."""
    if not now.trouble:
        return None
    used = f"calibration {now.id}" if now.record else "the configuration"
    title = "may be the wrong one" if now.record else "is not used"
    return Notice(
        f"the calibration of {channel} {title}",
        f"{now.trouble}. It is converted by {used}."
        f" What to do: skyground calibration history {channel}, then rollback, withdraw or calibrate again",
        {"used": now.id or "configuration", "reason": now.trouble},
    )


def follow(open_event: Event | None, notice: Notice | None, begun: Event, end_text: str) -> Event | None:
    """The event that follows when `notice` is what is to be said, and `open_event` is what was said last.

    `begun` is the frame of one that begins now; `end_text` says why one is over.
    """
    # Read back after a restart it may hold what a person answered, which is no news, and no end.
    said = {
        name: value
        for name, value in (open_event.data if open_event else {}).items()
        if name not in _WORDS_OF_PEOPLE
    }
    if notice is None:
        if open_event is None:
            return None
        title = f"over: {open_event.title.removeprefix('over: ')}"
        return open_event._replace(phase="cleared", at=begun.at, title=title, text=end_text, data=said)
    if open_event is None:
        return begun._replace(title=notice.title, text=notice.text, data=notice.data)
    if said == dict(notice.data):
        return None
    return open_event._replace(
        phase="updated", at=begun.at, title=notice.title, text=notice.text, data=notice.data
    )


def frame(kind: str, channel: str, at: Instant, boot_id: str) -> Event:
    """An event of its own, without words yet."""
    name = f"{channel}/{kind}/{boot_id[:8]}-{at.mono_ns}"
    return Event(name, kind, channel, "raised", _SEVERITY[kind], at, "", "")
