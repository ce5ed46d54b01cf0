"""What is missing, told as a person would tell it."""

from __future__ import annotations

from agent.clock import NS
from agent.ledger.gaps import merged
from agent.ledger.stretches import Stretch


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
