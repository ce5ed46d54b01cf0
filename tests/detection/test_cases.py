"""The cases that judge detectors: always the same, true to what they say of themselves."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.detection import cases, pace
from benchmarks.detection.baselines import BASELINES, Quarterly
from benchmarks.detection.confounders import CONFOUNDERS
from benchmarks.detection.course import CHANNELS, DAY, HOUR
from benchmarks.detection.episodes import EPISODES
from benchmarks.detection.run import Raised, Result, run, run_case
from benchmarks.detection.score import score
from benchmarks.detection.shapes import HELD_BACK, SHAPES, UNSEEN, buffered, ramp

_NO_FILES = Path()


@pytest.mark.parametrize("name", cases.names())
def test_a_case_is_the_same_every_time_and_another_number_is_another_case(name: str) -> None:
    first, again, other = (cases.one(_NO_FILES, f"made-{name}-{number}") for number in ("000", "000", "001"))
    assert first.truth == again.truth
    for channel in CHANNELS:
        np.testing.assert_array_equal(first.course.values[channel], again.course.values[channel])
    assert not np.array_equal(first.course.values["ph"][:DAY], other.course.values["ph"][:DAY])


@pytest.mark.parametrize("name", [*EPISODES, *CONFOUNDERS])
def test_the_truth_lies_within_the_case_and_after_two_weeks(name: str) -> None:
    case = cases.one(_NO_FILES, f"made-{name}-002")
    truth = case.truth
    assert 14 * DAY <= truth.eval_start < truth.end <= len(case.course) - 1
    if name in EPISODES:
        assert truth.hazard in {"amd", "ground"}
        assert truth.eval_start < truth.onset < truth.detect_by <= truth.end
        assert truth.magnitude > 0.2
    else:
        assert (truth.hazard, truth.onset, truth.detect_by) == ("none", -1, -1)


def test_a_detector_is_given_every_channel_every_quarter_of_an_hour() -> None:
    rows = list(cases.one(_NO_FILES, "made-unplugged-000").rows())
    assert {b - a for (a, _), (b, _) in pairwise(rows)} == {900.0}
    assert all(tuple(row) == CHANNELS for _, row in rows)
    assert any(row["ph"] is None for _, row in rows)


@pytest.mark.parametrize("shape", [*SHAPES, *HELD_BACK, *UNSEEN])
def test_a_shape_goes_from_nothing_to_all_and_never_back(shape: str) -> None:
    hours = np.arange(-10.0, 60.0, 0.25)
    progress = ramp(hours, 40.0, shape, np.random.default_rng(1))
    assert (progress[hours < 0.0] == 0.0).all()
    assert progress[hours >= 40.0] == pytest.approx(1.0)
    assert (np.diff(progress) >= -1e-12).all()


def test_buffers_hold_ph_for_a_while_and_change_nothing_in_the_end() -> None:
    progress = np.linspace(0.0, 1.0, 200)
    straight, held = (buffered(progress, 7.5, 4.0, strength) for strength in (0.0, 5.0))
    assert straight == pytest.approx(4.0 * progress, abs=1e-6)
    assert (held[0], held[-1]) == pytest.approx((0.0, 4.0))
    assert np.diff(held).max() > 3.0 * np.diff(held).min()


@pytest.mark.parametrize(
    ("name", "channel", "sign"),
    [
        ("strata_drain", "head_m", -1.0),
        ("pore_pressure_rise", "head_m", 1.0),
        ("accelerating_drawdown", "head_m", -1.0),
        ("seepage_breakout", "ph", -1.0),
        ("slow_acidification", "ph", -1.0),
        ("treatment_failure", "ph", -1.0),
    ],
)
def test_an_episode_reaches_its_magnitude(name: str, channel: str, sign: float) -> None:
    moved = []
    for case in cases.draw(_NO_FILES, "made", 6, [name]):
        truth = case.truth
        values = sign * case.course.values[channel]
        before = np.nanmedian(values[truth.onset - DAY : truth.onset])
        after = max(_medians(values[truth.onset : truth.end + 1]))
        moved.append((after - before) / truth.magnitude)
    assert 0.8 < np.median(moved) < 1.6  # the weather has its part


def _medians(values: np.ndarray) -> list[float]:
    spans = (values[at : at + HOUR * 2] for at in range(0, len(values) - HOUR * 2, HOUR))
    return [float(np.nanmedian(span)) for span in spans if np.isfinite(span).any()]


@pytest.mark.parametrize("number", range(4))
def test_a_shifted_site_is_the_same_every_time_and_reads_in_order(number: int) -> None:
    name = f"made_shifted-storm_dilution-{number:03d}"
    first, again = (list(cases.one(_NO_FILES, name).rows()) for _ in range(2))
    assert first == again
    assert all(before < after for (before, _), (after, _) in pairwise(first))


def test_at_any_pace_as_much_rain_falls_and_what_stood_still_stands_still() -> None:
    course = cases.one(_NO_FILES, "made-flat_line-001").course
    course.values["ph"][200:300] = 7.31
    course.values["ec_us_cm"][400:404] = -9999.0
    fallen = np.nansum(np.nan_to_num(course.values["rain_mm"]))
    for look in (pace.five_minutes, pace.irregular):
        t_s, values = look(7, course)
        assert np.nansum(values["rain_mm"]) == pytest.approx(fallen, abs=0.7)  # some looks are lost
        here = (t_s > course.t_s[200]) & (t_s < course.t_s[299])
        assert np.ptp(values["ph"][here][np.isfinite(values["ph"][here])]) == 0.0
        assert set(values["ec_us_cm"][values["ec_us_cm"] < 0.0].tolist()) == {-9999.0}


def test_a_rule_that_counts_quarters_is_shown_quarters() -> None:
    course = cases.one(_NO_FILES, "made-tension_crack-000").course
    case = cases.one(_NO_FILES, "made-tension_crack-000")._replace(pace=partial(pace.five_minutes, 1))
    detect = Quarterly(lambda t_s, _row: [("amd", str(t_s))])
    seen = [level for t_s, row in case.rows() for _, level in detect(t_s, row)]
    assert seen == [str(t_s) for t_s in course.t_s.tolist()]


def test_the_files_are_as_a_scorer_reads_them(tmp_path: Path) -> None:
    run(BASELINES["limits-checked"], cases.draw(_NO_FILES, "made", 1, ["strata_drain", "wetting"]), tmp_path)
    truth = (tmp_path / "truth.csv").read_text().splitlines()
    assert truth[0].startswith("case_id,kind,class,hazard,eval_start_utc,onset_utc,detect_by_utc,end_utc")
    assert truth[1].startswith("made-strata_drain-000,episode,strata_drain,ground,2026-")
    assert truth[2].startswith("made-wetting-000,confounder,wetting,none,")
    assert (tmp_path / "alerts.csv").read_text().startswith("case_id,time_utc,hazard,level")


def test_a_case_can_be_written_for_a_replay(tmp_path: Path) -> None:
    case = cases.one(_NO_FILES, "made-salt_pulse-000")
    lines = cases.write_series(case, tmp_path).read_text().splitlines()
    read = [float(line.split(",")[2]) for line in lines if ",ph," in line]
    assert read == [row["ph"] for _, row in case.rows() if row["ph"] is not None]  # to the last digit
    assert lines[0] == "time_utc,sensor,value"
    known = sum(int(np.isfinite(values).sum()) for values in case.course.values.values())
    assert len(lines) == known + 1


def test_alarms_are_counted_by_hazard_level_and_time() -> None:
    case = cases.one(_NO_FILES, "made-tension_crack-000")
    truth = case.truth
    raised = [
        Raised(truth.eval_start - 1, "ground", "red"),
        Raised(truth.onset - 2, "ground", "amber"),
        Raised(truth.onset - 1, "amd", "amber"),
        Raised(truth.onset + 1, "amd", "amber"),
        Raised(truth.onset + 3, "ground", "advisory"),
        Raised(truth.onset + 8, "ground", "red"),
    ]
    counted = score([Result(truth, raised, [], "")])
    assert [one.delay_h for one in counted.found["tension_crack"]] == [2.0]
    assert counted.before[0] == 2
    assert counted.other_hazard == 1


@pytest.mark.parametrize("name", ["limits", "limits-checked", "cusum", "hampel"])
def test_a_baseline_sees_a_great_loss_of_head(name: str) -> None:
    case = cases.one(_NO_FILES, "made-strata_drain-001")
    raised = run_case(BASELINES[name], case)
    assert any(each.hazard == "ground" and each.at >= case.truth.onset for each in raised)
