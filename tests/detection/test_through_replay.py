"""What a stranger counts of the events of a replay."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.detection import cases
from benchmarks.detection.through_replay import differences, judged, strict, told, written

_CASE = cases.one(Path(), "made-strata_drain-001")


def _event(step: int, phase: str, level: str, kind: str = "subsidence") -> dict[str, str]:
    when = datetime.fromtimestamp(float(_CASE.course.t_s[step]), UTC)
    return {"time_utc": cases.stamp(when), "kind": kind, "phase": phase, "level": level}


_LIFE = [
    _event(100, "raised", "blue"),
    _event(110, "updated", "yellow"),
    _event(120, "updated", "orange"),
    _event(125, "raised", "blue", "sensor_fault"),
    _event(130, "updated", "red"),
    _event(400, "cleared", "red"),
    _event(500, "raised", "orange"),
]


def test_told_is_counted_once_for_each_higher_band_and_again_after_it_was_over() -> None:
    assert [(one.at, one.level) for one in told(_CASE, _LIFE)] == [
        (100, "advisory"),
        (110, "amber"),
        (130, "red"),
        (500, "amber"),
    ]


def test_strict_counts_every_line_of_a_hazard_that_is_not_an_end() -> None:
    assert [(one.at, one.level) for one in strict(_CASE, _LIFE)] == [
        (100, "advisory"),
        (110, "amber"),
        (120, "amber"),
        (130, "red"),
        (500, "amber"),
    ]


def test_an_unknown_word_is_an_error_and_no_silence() -> None:
    with pytest.raises(KeyError):
        strict(_CASE, [_event(100, "raised", "amber")])


def test_the_command_itself_and_the_detectors_alone_find_the_same_crack(tmp_path: Path) -> None:

    every = list(judged([_CASE], [sys.executable, "-m", "agent"]))
    assert differences(every) == []
    paths = written(every, tmp_path)
    rows = paths["told"].read_text().splitlines()
    assert rows == paths["in process"].read_text().splitlines()
    first = every[0].results["told"].raised[0]
    assert rows[1].startswith(f"made-strata_drain-001,{cases.stamp(_CASE.at(first.at))},ground,")
