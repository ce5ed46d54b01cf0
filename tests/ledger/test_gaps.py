"""What is missing, told as a person would tell it."""

from __future__ import annotations

import re
from pathlib import Path

from agent.clock import NS
from agent.journal.clocks.runs import not_running
from agent.journal.file.file import LastRun
from agent.journal.telling.overflow import Overflow
from agent.ledger.gaps import merged
from agent.ledger.reasons import BLOCKED, DAMAGED, EVICTED, UNKNOWN, word_of
from agent.ledger.stretches import Stretch
from agent.model import Instant, Trust, Why

PAGE = Path(__file__).parents[2] / "docs" / "gaps.md"
AT = Instant(0, 0, Trust.NTP)
# The reasons that the pollers give for a reading that was due and did not come.
MISSED = (Why.NO_ANSWER, Why.BAD_ANSWER, Why.BUS_DOWN, Why.NOT_ASKED, Why.OVERRUN, Why.MAINTENANCE)


def stretch(channel: str, reason: str, first_s: int, last_s: int, slots: int) -> Stretch:
    return Stretch(channel, reason, first_s * NS, last_s * NS, slots, is_open=False)


def told(*stretches: Stretch) -> list[tuple[str, str, int, int, int, int]]:
    return [
        (gap.subject, gap.reason, gap.first_ns // NS, gap.last_ns // NS, gap.slots, gap.in_a_row)
        for gap in merged(stretches)
    ]


def test_the_channels_of_a_sensor_go_silent_together() -> None:
    assert told(
        stretch("ph-3/ph", "no_answer", 60, 240, 4),
        stretch("ph-3/temperature", "no_answer", 60, 240, 4),
        stretch("level-1/water_level", "no_answer", 60, 240, 4),
    ) == [("ph-3", "no_answer", 60, 240, 8, 4), ("level-1", "no_answer", 60, 240, 4, 4)]


def test_a_power_cut_is_one_gap_of_the_station() -> None:
    assert told(
        stretch("ph-3/ph", "no_power", 60, 60, 1),
        stretch("level-1/water_level", "no_power", 90, 90, 1),
        stretch("ph-3/ph", "no_power", 6000, 6060, 2),
    ) == [("station", "no_power", 60, 90, 2, 1), ("station", "no_power", 6000, 6060, 2, 2)]


def test_two_silences_of_a_sensor_are_two_gaps() -> None:
    assert len(told(stretch("a/b", "no_answer", 0, 60, 2), stretch("a/b", "no_answer", 120, 180, 2))) == 2


def test_a_gap_that_goes_on_has_no_end() -> None:
    begun = Stretch("a/b", "bus_down", 0, 600 * NS, 10)
    (gap,) = merged([begun, stretch("a/c", "bus_down", 0, 300, 5)])
    assert gap.is_open
    assert gap.as_json() == {
        "what": "a",
        "reason": "bus_down",
        "from": "1970-01-01T00:00Z",
        "to": None,
        "lasted_s": 600,
        "observations": 15,
        "in_a_row": 10,
    }


def test_the_page_has_every_reason_that_is_ever_given_and_no_other() -> None:
    """The clock is none: nothing that is due waits for it."""
    ends = [LastRun(AT, "boot-0", stopped_cleanly=clean) for clean in (True, False)]
    events = [event for end in ends for boot in ("boot-0", "boot-1") for event in not_running(end, AT, boot)]
    events += Overflow(AT).events()
    given = {str(event.data["reason"]) for event in events} | {word_of(why) for why in MISSED}
    text = PAGE.read_text(encoding="utf-8").partition("## Where")[0]
    listed = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(listed) == sorted(given | {BLOCKED, DAMAGED, EVICTED, UNKNOWN})
