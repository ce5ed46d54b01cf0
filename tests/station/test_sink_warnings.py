"""What a destination warns of stands in `skyground status`."""

from __future__ import annotations

from agent.cli.sink_lines import sink_lines


def test_a_warning_of_a_sink_is_shown_under_it() -> None:
    sink = {
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
        "warnings": ["nobody subscribes to mine/v1/north/seep-1/readings: start whoever stores it"],
    }
    first, second = sink_lines([sink], "2026-11-22T10:00:00Z")
    assert first.startswith("sink office")
    assert second == "  warning: nobody subscribes to mine/v1/north/seep-1/readings: start whoever stores it"
