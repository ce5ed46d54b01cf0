"""What `skyground status` says of the detectors."""

from __future__ import annotations

from typing import Any

from agent.cli.watch_lines import watch_lines


def watch(**changes: Any) -> dict[str, Any]:
    return {
        "restoring": False,
        "learning": {"acid_drainage": False},
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


def test_a_station_that_sees_and_finds_nothing_says_nothing() -> None:
    assert watch_lines(watch()) == []


def test_what_stands_is_said_gravest_first_and_where_to_read_more() -> None:
    fault = alarm("sensor_fault", 1, "blue", "ph-3/ph")
    lines = watch_lines(watch(standing=[fault, alarm("acid_drainage", 4, "red")]))
    assert lines == [
        "RED acid drainage: acid water; skyground events show acid_drainage-x",
        "BLUE sensor fault ph-3/ph: acid water; skyground events show sensor_fault-x",
    ]


def test_what_cannot_be_seen_yet_is_said_and_since_when() -> None:
    (line,) = watch_lines(watch(learning={"acid_drainage": True, "subsidence": True}))
    assert "since 2026-11-01 10:00 UTC" in line
    assert "acid drainage and subsidence" in line


def test_that_the_past_is_gone_through_is_said_and_how_far() -> None:
    assert watch_lines(watch(restoring=True)) == [
        "detectors: they go through the last weeks once more, now at 2026-11-22 18:15 UTC"
    ]
    assert watch_lines(watch(restoring=True, last_block=None)) == [
        "detectors: they go through the last weeks once more"
    ]
