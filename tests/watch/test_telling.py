"""What is told of an alarm can be acted on in the night, whatever evidence there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.events.figures import figures
from agent.model import Instant, Severity, Trust
from agent.watch.contract import Finding, Hazard, Phase, Role
from agent.watch.names import raised_s
from agent.watch.telling import KINDS, event
from agent.watch.vigil import Alarm
from tests.watch.ground_site import asked, blocks
from tests.watch.water_site import fallen, risen, ticks
from tests.watch.water_site import told as told_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.model import Event

AT = Instant(1_900_000_500 * 10**9, 7, Trust.NTP)
# As the rules of the water give them, and in their order; a test holds them to it.
ACID = {
    "ph_below_weeks": 2.2,
    "ec_above_weeks_pct": 43.0,
    "rain_48h_mm": 0.2,
    "ph": 5.12,
    "ph_from": 6.0,
    "evidence_share": 1.14,
    "evidence_share_from": 1.0,
    "for_h": 3.0,
    "ph_below_lowest_days": 1.6,
    "ph_below_lowest_days_from": 0.3,
    "ec_above_highest_days_pct": 41.0,
    "ec_above_highest_days_pct_from": 12.0,
}
# What weighs and explains, and a distance that is none: nothing of that is what to look at first.
BESIDE = {
    "evidence_share": 1.5,
    "witnesses": 2.0,
    "rain_48h_mm": 3.0,
    "ph": 7.5,
    "ph_below_weeks": -0.01,
    "moisture_step_m3_m3": 0.0,
    "ec_above_weeks_pct": 40.0,
}
LOSS = {
    "head_below_m": 0.62,
    "head_below_m_from": 0.31,
    "over_h": 24.0,
    "explained_m": 0.02,
    "doubt_m": 0.01,
    "rain_5d_mm": 0.0,
    "evidence_share": 2.0,
    "evidence_share_from": 1.0,
    "witnesses": 2.0,
    "amber_h": 1.0,
    "witnesses_from": 2.0,
}
SPEED = {"velocity_mm_per_d": 4.2, "velocity_mm_per_d_from": 1.0, "inverse_velocity_zero_in_d": 2.1}


def told(
    hazard: Hazard,
    level: Severity,
    evidence: Mapping[str, float],
    *,
    subject: str = "",
    mechanism: str = "acid_water",
    phase: Phase = Phase.RAISED,
    late_s: float = 0.0,
) -> Event:
    finding = Finding(
        1_900_000_000.0, hazard, subject, phase, level, 0.831, evidence,
        "pH is below every hour like this.", "Take a sample.", mechanism,
    )  # fmt: skip
    return event(Alarm(f"{hazard}-20300317T1745Z", 1_900_000_420.0, finding), AT, late_s)


@pytest.mark.parametrize(
    ("event_", "title"),
    [
        (
            told(Hazard.ACID, Severity.RED, ACID),
            (
                "Acid drainage, red: pH 5.12, 1.6 below its lowest days; "
                "conductivity 41 % above its highest days"
            ),
        ),
        (
            told(Hazard.ACID, Severity.YELLOW, {"for_h": 30.0}, mechanism="neutral_drainage"),
            "Acid drainage, yellow: neutral drainage, for 30 h",
        ),
        (told(Hazard.ACID, Severity.ORANGE, {}), "Acid drainage, orange"),
        (
            told(Hazard.ACID, Severity.ORANGE, BESIDE, mechanism="neutral_drainage"),
            "Acid drainage, orange: neutral drainage, pH 7.5; conductivity 40 % above its last weeks",
        ),
        (
            told(Hazard.GROUND, Severity.ORANGE, LOSS, subject="piezo-5/water_level", mechanism="head_loss"),
            "Unstable ground, orange: head loss at piezo-5/water_level, head 0.62 m below the days before",
        ),
        (
            told(Hazard.GROUND, Severity.RED, SPEED, subject="tilt-1/tilt", mechanism="movement"),
            "Unstable ground, red: movement at tilt-1/tilt, velocity 4.2 mm/day",
        ),
        (
            told(Hazard.SENSOR, Severity.BLUE, {"for_h": 8.0}, subject="ph-3/ph", mechanism="lone_step"),
            "Probe ph-3/ph, blue: stepped alone, for 8 h",
        ),
        (
            told(Hazard.SENSOR, Severity.BLUE, {"quiet_h": 6.0}, subject="ph-3/ph", phase=Phase.CLEARED),
            "over: probe ph-3/ph, was blue",
        ),
    ],
)
def test_the_title_alone_says_how_bad_what_where_and_how_much(event_: Event, title: str) -> None:
    assert event_.title == title


def test_the_text_holds_every_number_against_its_threshold_and_says_what_to_do() -> None:
    assert told(Hazard.ACID, Severity.RED, ACID).text == (
        "Red: stop and protect. pH is below every hour like this. "
        "Numbers: pH 5.12 (against 6); pH 1.6 below its lowest days (against 0.3); "
        "conductivity 41 % above its highest days (against 12 %); pH 2.2 below its last weeks; "
        "conductivity 43 % above its last weeks; rain 0.2 mm in 48 h; for 3 h; "
        "evidence 1.14 times what amber needs (against 1). "
        "Since 2030-03-17 17:45 UTC; confidence 83 %. First: Take a sample."
    )


def test_what_is_over_says_how_long_it_stood() -> None:
    over = told(Hazard.GROUND, Severity.RED, {"quiet_h": 48.0}, mechanism="head_loss", phase=Phase.CLEARED)
    assert over.title == "over: unstable ground, was red"
    assert over.text.startswith(
        "It stood from 2030-03-17 17:45 UTC to 2030-03-17 17:46 UTC. Numbers: quiet for 48 h."
    )
    assert "First:" not in over.text


def test_machines_get_every_number_and_when_it_was_known() -> None:
    found = told(Hazard.GROUND, Severity.RED, LOSS, subject="piezo-5/water_level", mechanism="head_loss")
    assert (found.kind, found.subject, found.phase) == ("subsidence", "station", "raised")
    assert found.data == {
        **LOSS,
        "cause": "pH is below every hour like this.",
        "mechanism": "head_loss",
        "confidence": 0.831,
        "seen_utc": "2030-03-17T17:46:40Z",
        "known_utc": "2030-03-17T17:53:40Z",
        "advice": "Take a sample.",
        "channels": "piezo-5/water_level",
    }
    assert found.kind in KINDS


def test_late_is_said_in_words_and_in_numbers_and_only_then() -> None:
    late = told(Hazard.ACID, Severity.YELLOW, ACID, late_s=7200.0)
    assert late.data["late_s"] == 7200.0
    assert "told late, 2.0 h after" in late.text
    assert late.title.startswith("Acid drainage, yellow, 2 h late: pH 5.12")
    in_time = told(Hazard.ACID, Severity.YELLOW, ACID)
    assert "late" not in in_time.title + in_time.text


def test_a_sick_probe_is_its_channel_s() -> None:
    assert told(Hazard.SENSOR, Severity.BLUE, {}, subject="ph-3/ph").subject == "ph-3/ph"


def test_the_name_of_an_alarm_says_when_it_was_raised() -> None:
    assert raised_s("sensor_fault-ph-3-ph-20300317T1745Z") == 1_899_999_900.0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("velocity_mm_per_d", "velocity 1013 mm/day"),
        ("conductivity_us_cm", "conductivity 1013 uS/cm"),
        ("ec_above_weeks_pct", "conductivity 1013 % above its last weeks"),
        ("orp_mv", "ORP 1013 mV"),
        ("moisture_step", "moisture step 1013"),
        ("m", "m 1013"),
        ("head_below_m", "head 1013 m below the days before"),
        ("ph_below_lowest_days", "pH 1013 below its lowest days"),
        ("rain_48h_mm", "rain 1013 mm in 48 h"),
        ("rain_5d_mm", "rain 1013 mm in 5 days"),
        ("amber_h", "amber for 1013 h"),
        ("evidence_share", "evidence 1013 times what amber needs"),
    ],
)
def test_a_name_is_words_and_a_unit(name: str, words: str) -> None:
    (found,) = figures({name: 1013.25})
    assert found.words == words


def test_a_dry_time_is_no_amount_of_rain() -> None:
    (found,) = figures({"rain_48h_mm": 0.0})
    assert (found.words, found.label, found.amount) == ("no rain in 48 h", "rain in 48 h", "0 mm")


def test_the_evidence_here_is_named_as_the_rules_name_it() -> None:
    sour = {Role.PH: fallen(2.5, 2.0), Role.EC: risen(0.3, 2.0)}
    red = [each for each in told_of(ticks(17, sour)) if each.level is Severity.RED]
    assert list(red[0].evidence) == list(ACID)
    lost = [each for _, each in asked(blocks(17, lambda hours: -0.8 * min(1.0, hours / 6.0)))]
    names = {name for each in lost for name in each.evidence}
    assert LOSS.keys() - {"witnesses_from"} <= names
    assert max(lost, key=lambda each: each.level).mechanism == "head_loss"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (-0.25, "pH 0.25 above its last days"),
        (0.0, "pH 0 below its last days"),
        (-1e-9, "pH 0 above its last days"),
    ],
)
def test_a_distance_on_the_other_side_is_said_to_be_there(value: float, words: str) -> None:
    (found,) = figures({"ph_below_days": value})
    assert found.words == words
    assert found.is_nothing


names = st.text("abcdefghmnopr_", min_size=1, max_size=20)


@given(
    st.dictionaries(names, st.floats(allow_nan=False, allow_infinity=False), max_size=6),
    st.sampled_from(Hazard),
    st.sampled_from(Phase),
    st.sampled_from(list(Severity)[1:]),
)
@settings(max_examples=60)
def test_whatever_the_evidence_is_one_line_is_told_and_no_number_is_lost(
    evidence: dict[str, float], hazard: Hazard, phase: Phase, level: Severity
) -> None:
    found = told(hazard, level, evidence, subject="a/b", phase=phase)
    assert found.title.isprintable()
    assert found.text.isprintable()
    assert evidence.items() <= found.data.items()
    shown = figures(evidence)
    assert len(shown) + sum(each.threshold is not None for each in shown) == len(evidence)
