"""What `skyground status` says of the detectors."""

from __future__ import annotations

from typing import Any

from agent.cli.watch_lines import watch_lines


def watch(**changes: Any) -> dict[str, Any]:
    return {
        "restoring": False,
        "learning": {"acid_drainage": False},
        "decline_from": None,
        "channels": 8,
        "hazards": ["acid_drainage", "subsidence"],
        "late": 0,
        "left_out": 2,
        "since": "2026-11-01T10:00:00Z",
        "standing": [],
        "last_block": "2026-11-22T18:15:00Z",
        **changes,
    }


def alarm(kind: str, severity: int, level: str, subject: str = "") -> dict[str, Any]:
    return {
        "id": f"{kind}-x",
        "kind": kind,
        "subject": subject,
        "severity": severity,
        "level": level,
        "mechanism": "acid_water",
    }


UPTO = "last block 2026-11-22 18:15 UTC; 0 late, 2 left out"
WATCHED = f"8 channels watched for acid drainage and unstable ground; {UPTO}"


def test_a_station_that_finds_nothing_says_what_is_watched_and_how_far() -> None:
    assert watch_lines(watch()) == [f"detectors: nothing stands; {WATCHED}"]
    (line,) = watch_lines(watch(channels=1, hazards=[], last_block=None))
    assert line == "detectors: nothing stands; 1 channel watched; no block yet; 0 late, 2 left out"


def test_a_station_whose_channels_are_nobody_s_says_so() -> None:
    (line,) = watch_lines(watch(channels=0, hazards=[], last_block=None))
    assert line.startswith("detectors: nothing is watched")


def test_what_stands_is_said_gravest_first_and_where_to_read_more() -> None:
    fault = alarm("sensor_fault", 1, "blue", "ph-3/ph")
    lines = watch_lines(watch(standing=[fault, alarm("acid_drainage", 4, "red")]))
    assert lines == [
        "RED acid drainage: acid water; skyground events show acid_drainage-x",
        "BLUE sensor fault ph-3/ph: acid water; skyground events show sensor_fault-x",
        f"detectors: {WATCHED}",
    ]


def test_what_cannot_be_seen_yet_is_said_and_since_when() -> None:
    _, line = watch_lines(watch(learning={"acid_drainage": True, "subsidence": True}))
    assert "since 2026-11-01 10:00 UTC" in line
    assert "acid drainage (from the fifth day on) and unstable ground (from the sixth day of a gauge" in line


def test_that_weeks_of_decline_take_longer_is_said_and_until_when() -> None:
    _, line = watch_lines(watch(decline_from="2026-11-23T10:00:00Z"))
    assert line.endswith(
        "a slow decline of the water can be seen from 2026-11-23 10:00 UTC on, later after rain"
    )
    _, line = watch_lines(watch(decline_from="2026-11-22T10:00:00Z"))
    assert line.endswith("too few dry days of the last weeks are known")


def test_that_the_past_is_gone_through_is_said_and_how_far() -> None:
    assert watch_lines(watch(restoring=True)) == [
        "detectors: they go through the last weeks once more, now at 2026-11-22 18:15 UTC"
    ]
    assert watch_lines(watch(restoring=True, last_block=None)) == [
        "detectors: they go through the last weeks once more"
    ]
