"""What `status` says about what is missing."""

from __future__ import annotations

from typing import Any

from agent.cli.completeness import maintenance_lines, status_lines, with_today
from agent.cli.table import channel_table, percent
from tests.station.test_cli import CHANNEL, rendered


def tally(present: int, **missing: int) -> dict[str, Any]:
    expected = present + sum(missing.values())
    return {"expected": expected, "present": present, "good": present, "missing": missing}


def gap(what: str = "ph-3", slots: int = 35, **changes: Any) -> dict[str, Any]:
    return {
        "what": what, "reason": "no_answer", "from": "2026-11-22T13:30Z", "to": "2026-11-22T14:05Z",
        "lasted_s": 2100, "observations": 2 * slots, "in_a_row": slots, **changes,
    }  # fmt: skip


def told(*gaps: dict[str, Any], **yesterday: dict[str, Any]) -> list[str]:
    channels = {f"{name}-1/{name}": each for name, each in yesterday.items()}
    return status_lines(
        {
            "today": None,
            "yesterday": {"channels": channels},
            "missing": list(gaps),
            "waits_for_clock": False,
        }
    )


def test_the_table_has_a_column_for_today_and_stays_on_a_phone() -> None:
    today = {"channels": {"ph-3/ph": tally(998, no_answer=2)}}
    head, line = channel_table(with_today([CHANNEL], today), colour=False)
    assert "TODAY" in head
    assert " 99.8 %  suspect: site range" in line
    assert len(line) <= 80


def test_a_day_is_whole_only_when_nothing_is_missing() -> None:
    assert [percent(part) for part in (None, 0.0, 0.99999, 1.0)] == ["-", "0.0 %", "99.9 %", "100 %"]


def test_yesterday_is_told_where_something_is_missing() -> None:
    assert told(ph=tally(1410, no_power=26, overrun=4), level=tally(1440)) == [
        "yesterday ph-1/ph 97.9 %: no power 26, overrun 4"
    ]


def test_many_torn_channels_are_one_line() -> None:
    torn = {f"s{n}": tally(1, no_power=1) for n in range(9)}
    assert told(**torn) == ["yesterday 9 of 9 channels were not complete: skyground gaps"]


def test_a_gap_is_told_with_reason_and_duration() -> None:
    assert told(gap()) == ["missing ph-3: no answer, 35 min until 14:05Z (70 observations)"]
    assert told(gap(to=None)) == ["missing ph-3: no answer, since 13:30Z (70 observations)"]


def test_lost_answers_and_old_news_do_not_flood_the_screen() -> None:
    assert told(gap(slots=2)) == []
    lines = told(*(gap(f"s{n}") for n in range(11)))
    assert len(lines) == 9
    assert lines[0].startswith("missing s3:"), "the newest are shown"
    assert lines[-1] == "missing: 3 more in 24 h: skyground gaps"


def test_status_names_what_somebody_works_on() -> None:
    work = [{"subject": "ph-3", "note": "cleaning", "since_s": 60, "left_s": 7000}]
    assert maintenance_lines(work) == ["maintenance of ph-3: ends in 117 min (cleaning)"]
    assert "maintenance of ph-3: ends in 117 min" in rendered(maintenance=work)


def test_nothing_is_said_of_today_while_nobody_knows_what_day_it_is() -> None:
    waiting: dict[str, Any] = {"today": None, "yesterday": None, "missing": [], "waits_for_clock": True}
    text = rendered(completeness=waiting)
    assert "what is missing is counted when the clock is set" in text
    assert max(len(line) for line in status_lines(waiting)) <= 80
