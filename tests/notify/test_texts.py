"""The words of a message: the first line stands alone, and nothing that decided is left out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.model import Event, Severity
from agent.notify.incident import Change, Incident
from agent.notify.outbox import Letter
from agent.notify.texts import SUBJECT_CHARS, Moment, Whence, compose, exercise
from tests.notify.rig import BOOT, WHENCE, entry, event, instant

EVIDENCE: dict[str, float | str] = {
    "ph": 4.1,
    "ph_below_days": 2.25,
    "ph_below_days_from": 1.0,
    "mechanism": "acid_water",
    "cause": "pH fell below what these days know.",
    "confidence": 0.87,
    "channels": "ph-3/ph",
    "advice": "close the outlet.",
}
NOW = Moment(BOOT, instant(2100))


def incident(*said: Event, told: Severity | None = None) -> Incident:
    """As it is after these."""
    first = entry(1, said[0])
    found = Incident(first, first)
    for seq, each in enumerate(said, 1):
        found.follow(entry(seq, each))
        if told is not None and seq == 1:
            found.was_told(0)
    return found


def test_a_message_says_how_bad_what_where_since_when_the_numbers_and_what_to_do() -> None:
    one = incident(event(severity=Severity.RED, data=EVIDENCE))
    told = compose(Letter(Change.RAISED, (one,)), WHENCE, NOW)
    assert told.subject == "[RED] north-dump/st-01: pH 4.1 is below 6.0 for 35 min"
    assert told.text == (
        "RED: stop and protect\n"
        "pH 4.1 is below 6.0 for 35 min\n"
        "First:  close the outlet.\n"
        "\n"
        "Where:  north-dump/st-01, Seep below the north dump\n"
        "        48.50000, 10.25000 (WGS84) https://www.openstreetmap.org/?mlat=48.50000&mlon=10.25000\n"
        "Raised: 2026-07-25 17:20 UTC, 35 min ago\n"
        "Late:   this has been waiting for 35 min to be told\n"
        "\n"
        "pH fell below what these days know.\n"
        "Confidence 87 %; seen by ph-3/ph.\n"
        "\n"
        "Numbers:\n"
        "  pH 2.25 below its last days (held against 1)\n"
        "  pH 4.1\n"
        "\n"
        "Acknowledge: skyground events ack station/acid_drainage/acid\n"
        "\n"
        "Id: station/acid_drainage/acid of north-dump/st-01\n"
    )


def test_a_message_in_time_does_not_speak_of_being_late() -> None:
    assert "Late:" not in compose(letter(event()), WHENCE, Moment(BOOT, instant(60))).text


def test_what_was_found_in_late_data_says_so() -> None:
    said = event(data={"late_s": 10800.0})
    assert "Late:   found in data that came 3 h late" in compose(letter(said), WHENCE, NOW).text


def test_each_change_has_a_first_line_of_its_own() -> None:
    worse = incident(event(), event(phase="updated", severity=Severity.RED), told=Severity.YELLOW)
    over = incident(event(severity=Severity.RED), event(phase="cleared", after_s=1200), told=Severity.RED)
    open_ = incident(event(), told=Severity.YELLOW)
    subjects = [
        compose(Letter(change, (each,)), WHENCE, NOW).subject
        for change, each in ((Change.WORSE, worse), (Change.CLEARED, over), (Change.REMINDER, open_))
    ]
    assert subjects == [
        "[RED] north-dump/st-01: worse: pH 4.1 is below 6.0 for 35 min",
        "[OVER, was RED] north-dump/st-01: pH 4.1 is below 6.0 for 35 min",
        "[YELLOW] north-dump/st-01: open for 35 min: pH 4.1 is below 6.0 for 35 min",
    ]


def test_a_long_place_is_cut_before_what_happened_and_its_number() -> None:
    far = Whence("wudang-coal-mine-north-east-dump", "station-slope-above-the-village-road")
    said = event(severity=Severity.RED)._replace(title="Acid drainage, red: pH 5.12, 1.6 below its days")
    told = compose(letter(said), far, NOW).subject
    assert told == "[RED] wudang-coal-mine-north-ea...: Acid drainage: pH 5.12, 1.6 below its days"


def test_who_has_it_in_hand_stands_where_others_are_asked_to_acknowledge() -> None:
    seen = incident(event(), event(phase="acknowledged", data={"by": "M. Weber", "note": "on my way"}))
    text = compose(Letter(Change.RAISED, (seen,)), WHENCE, NOW).text
    assert "In hand: M. Weber (on my way)" in text
    assert "Acknowledge" not in text


def test_an_update_has_a_first_line_and_an_id_of_its_own() -> None:
    first = incident(event(), told=Severity.YELLOW)
    told = []
    for seq in (2, 3):
        first.follow(entry(seq, event(phase="updated")))
        told.append(compose(Letter(Change.UPDATED, (first,)), WHENCE, NOW))
        first.was_told(0)
    assert told[0].subject == "[YELLOW] north-dump/st-01: new: pH 4.1 is below 6.0 for 35 min"
    assert told[0].id != told[1].id


def test_the_first_line_says_the_level_once() -> None:
    raised = event(severity=Severity.RED)._replace(title="Acid drainage, red: pH 5.12, 1.6 below its days")
    over = event(phase="cleared", severity=Severity.RED)._replace(title="over: acid drainage, was red")
    assert compose(letter(raised), WHENCE, NOW).subject == (
        "[RED] north-dump/st-01: Acid drainage: pH 5.12, 1.6 below its days"
    )
    assert compose(Letter(Change.CLEARED, (incident(raised, over),)), WHENCE, NOW).subject == (
        "[OVER, was RED] north-dump/st-01: acid drainage"
    )


def test_what_is_over_says_until_when_and_asks_for_nothing() -> None:
    over = incident(event(severity=Severity.RED), event(phase="cleared", after_s=1200))
    text = compose(Letter(Change.CLEARED, (over,)), WHENCE, NOW).text
    assert text.startswith("OVER; it was RED\npH 4.1")
    assert "Over:   2026-07-25 17:40 UTC, 15 min ago" in text
    assert "Acknowledge" not in text


def test_what_was_worse_while_nobody_could_be_told_is_said() -> None:
    passed = incident(event(severity=Severity.RED), event(phase="updated"))
    assert compose(Letter(Change.RAISED, (passed,)), WHENCE, NOW).text.startswith(
        "YELLOW: act; it was RED in between\n"
    )


def test_a_digest_lists_all_of_them() -> None:
    both = Letter(Change.DIGEST, (incident(event("a", severity=Severity.RED)), incident(event("b"))))
    told = compose(both, WHENCE, NOW)
    assert told.subject.startswith("[RED] north-dump/st-01: 2 incidents at once: pH 4.1")
    assert told.text.count("Acknowledge: skyground events ack") == 2
    assert "--- 2 of 2 ---" in told.text
    assert len(told.threads) == len(told.incidents) == 2


def test_an_earlier_boot_is_dated_by_the_wall_clock_and_a_clock_that_was_not_set_is_named() -> None:
    old = entry(1, event(), boot="boot-before", settled=False)
    text = compose(Letter(Change.RAISED, (Incident(old, old),)), WHENCE, NOW).text
    assert "35 min ago (the station's clock was not set: about)" in text


def test_the_same_change_has_the_same_id_however_late_it_is_told_and_another_change_has_not() -> None:
    one = incident(event())
    first = compose(Letter(Change.RAISED, (one,)), WHENCE, NOW)
    again = compose(Letter(Change.RAISED, (one,)), WHENCE, Moment("boot-b", instant(9999)))
    assert first.id == again.id
    worse = incident(event(), event(phase="updated", severity=Severity.RED), told=Severity.YELLOW)
    others = [
        compose(Letter(Change.WORSE, (worse,)), WHENCE, NOW),
        compose(letter(event("other")), WHENCE, NOW),
        compose(Letter(Change.RAISED, (one,)), WHENCE._replace(station="st-02"), NOW),
        *(compose(Letter(Change.REMINDER, (worse,), serial), WHENCE, NOW) for serial in (0, 1)),
    ]
    assert len({first.id, *(each.id for each in others)}) == 6
    assert others[0].threads == first.threads


def test_an_exercise_cannot_be_taken_for_anything_else() -> None:
    told = exercise("duty", WHENCE, NOW)
    assert told.subject == "[EXERCISE] north-dump/st-01: test of notifier duty"
    assert "Nothing has happened" in told.text


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.text(max_size=100), st.floats())
def test_no_event_can_break_a_first_line(title: str, station: str, number: float) -> None:
    """Line feeds would be headers, escapes would be orders to a terminal."""
    said = event(data={"x": number, "y": title})._replace(title=title)
    told = compose(letter(said), Whence("north-dump", "st-01", station), NOW)
    assert told.subject.isprintable()
    assert len(told.subject) <= SUBJECT_CHARS
    assert all(line.isprintable() for line in told.text.split("\n"))


def letter(said: Event) -> Letter:
    """That it has been raised."""
    return Letter(Change.RAISED, (incident(said),))
