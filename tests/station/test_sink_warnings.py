"""What a destination warns of stands in `skyground status`."""

from __future__ import annotations

from agent.cli.sink_lines import sink_lines

IDLE = {
    "sink": "office",
    "state": "idle",
    "bookmark": 7,
    "backlog": 0,
    "parked": 0,
    "last_error": "",
    "hint": "",
    "unsettled": 0,
    "lanes": {"asked": 0, "backlog": 0},
    "drain_rows_per_s": 0,
    "budget": None,
    "receipt": None,
}


def test_a_warning_of_a_sink_is_shown_under_it() -> None:
    warning = "nobody subscribes to mine/v1/north/seep-1/readings: start whoever stores it"
    first, second = sink_lines([{**IDLE, "warnings": [warning]}], "2026-11-22T10:00:00Z")
    assert first.startswith("sink office")
    assert second == f"  warning: {warning}"


def test_when_a_budget_lets_data_go_again_is_said_with_the_day_unless_it_is_today() -> None:
    budget = {"live_in_s": 600, "backlog_in_s": 6 * 3600}
    _, held = sink_lines([{**IDLE, "budget": budget}], "2026-11-22T22:00:00Z")
    assert "live data again at about 22:10 UTC, the backlog again at about 04:00 UTC on 23 November" in held
