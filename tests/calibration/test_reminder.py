"""What people are told of calibrations: each thing once, over restarts too, and that it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from agent.acquire.calibration.due import DAY_S, Validity
from agent.acquire.calibration.reminder import Reminder
from agent.acquire.calibration.standing import Standing, Standings
from agent.clock import NS
from agent.model import Event, Severity, Trust
from tests.acquire.rig import HandClock
from tests.calibration.rig import RECORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Record

PH = "ph-3/ph"


class Told:
    """A reminder by a clock that moves by hand, and what it has told."""

    def __init__(self, left_open: Sequence[Event] | None = ()) -> None:
        self.clock = HandClock()
        self.standings = Standings()
        self.events: list[Event] = []
        self.left_open = left_open
        self.reminder = Reminder(
            self.standings, self.clock, self.take, structlog.get_logger(), lambda: self.left_open
        )

    def take(self, records: Sequence[Record]) -> None:
        self.events += [record for record in records if isinstance(record, Event)]

    def calibrated(self, name: str, due_in_days: float, trouble: str = "") -> None:
        now_s = self.clock.now().wall_ns / NS
        validity = Validity(now_s, now_s + due_in_days * DAY_S, 7 * DAY_S)
        self.standings.put(PH, Standing(RECORD._replace(id=name), validity, trouble))

    def look(self, after_days: float = 0.0) -> list[tuple[str, str]]:
        """Kind and phase of what is told after so long."""
        self.clock.advance(after_days * DAY_S)
        self.events.clear()
        self.reminder.step(self.clock.now())
        return [(event.kind, event.phase) for event in self.events]


def test_it_is_told_once_in_time_once_when_over_and_ends_with_the_next_calibration() -> None:
    told = Told()
    told.calibrated("a", 30)
    assert told.look() == []
    assert told.look(23.5) == [("calibration_due", "raised")]
    raised = told.events[0]
    assert (raised.subject, raised.severity, raised.data["calibration"]) == (PH, Severity.BLUE, "a")
    assert "What to do: skyground calibrate ph-3" in raised.text
    assert told.look(1) == []
    assert told.look(6) == [("calibration_due", "updated")]
    assert (told.events[0].id, told.events[0].data["stage"]) == (raised.id, "expired")
    assert "marked as suspect" in told.events[0].text
    assert told.look(100) == []
    told.calibrated("b", 30)
    assert told.look() == [("calibration_due", "cleared")]
    assert told.events[0].id == raised.id
    assert "In use is calibration b" in told.events[0].text


def test_one_made_before_the_clock_was_set_is_told_as_soon_as_it_is() -> None:
    told = Told()
    told.standings.put(PH, Standing(RECORD._replace(at_trust="none"), Validity(is_undated=True)))
    told.clock.trust = Trust.NONE
    assert told.look() == []
    told.clock.trust = Trust.NTP
    assert told.look() == [("calibration_due", "raised")]
    assert told.events[0].title == "nobody knows when ph-3/ph was calibrated"
    assert told.events[0].data == {"calibration": RECORD.id, "stage": "undated"}
    assert told.look(400) == []
    told.calibrated("b", 30)
    assert told.look() == [("calibration_due", "cleared")]


def test_what_the_last_run_told_is_not_told_again() -> None:
    before = Told()
    before.calibrated("a", 5)
    before.look()
    after = Told(left_open=None)
    after.calibrated("a", 5)
    assert after.look() == []  # nobody knows yet what is open
    after.left_open = before.events
    assert after.look() == []
    after.calibrated("b", 30)
    assert after.look() == [("calibration_due", "cleared")]


def test_what_a_person_answered_is_no_news_after_a_restart() -> None:
    before, after = Told(), Told()
    before.calibrated("a", 5)
    before.look()
    (raised,) = before.events
    data = {**raised.data, "by": "M", "note": "ordered"}
    after.left_open = [raised._replace(phase="acknowledged", data=data)]
    after.calibrated("a", 5)
    assert after.look() == []
    after.calibrated("b", 30)
    assert after.look() == [("calibration_due", "cleared")]
    assert "by" not in after.events[0].data


def test_without_a_time_nothing_begins_and_nothing_ends() -> None:
    told = Told()
    told.clock.trust = Trust.NONE
    told.calibrated("a", -5)
    assert told.look() == []
    told.clock.trust = Trust.RTC
    assert told.look() == [("calibration_due", "raised")]
    told.clock.trust = Trust.NONE
    told.clock.wall_ns = 0
    assert told.look() == []
    told.calibrated("b", 30)
    assert told.look() == [("calibration_due", "cleared")]  # that one is over whatever the time


def test_one_that_cannot_be_used_is_told_until_it_can() -> None:
    told = Told()
    told.standings.put(PH, Standing(trouble="calibration a is not used: it was made from V"))
    assert told.look() == [("calibration_fault", "raised")]
    assert told.events[0].severity is Severity.YELLOW
    assert "converted by the configuration" in told.events[0].text
    assert told.look(1) == []
    told.calibrated("b", 30)
    assert told.look() == [("calibration_fault", "cleared")]


def test_events_of_channels_that_are_no_longer_configured_end() -> None:
    before = Told()
    before.calibrated("a", -5)
    before.look()
    after = Told(left_open=before.events)
    assert after.look() == [("calibration_due", "cleared")]
    assert after.events[0].text == "It is no longer configured."


def test_of_two_that_were_left_open_the_older_ends() -> None:
    before = Told()
    before.calibrated("a", -5)
    before.look()
    first = before.events[0]
    after = Told(left_open=[first._replace(id="older"), first])
    after.calibrated("a", -5)
    assert after.look() == [("calibration_due", "cleared")]
    assert after.events[0].id == "older"
