"""How a step of a guided calibration looks on a narrow terminal."""

from __future__ import annotations

import json

from agent.acquire.calibration.step import choose, confirm, number, save
from agent.cli.calibration_lines import record_lines
from agent.cli.step_lines import progress_line, prompt, step_lines
from tests.calibration.rig import RECORD

SIGNAL = {
    "role": "raw", "unit": "mV", "window_s": 45.0, "value": -8.2314, "drift_per_min": -0.3951, "spread": 0.1,
    "held_s": 22.4,
}  # fmt: skip
PROGRESS = {"elapsed_s": 31.0, "deadline_s": 300.0, "error": "", "signals": [SIGNAL]}


def test_every_line_fits_a_phone() -> None:
    step = choose("set", "Which buffers do you have with you?", "As printed on the bottles. " * 4,
                  {"us": "4.00 / 7.00 / 10.01 (also printed 4.01)"}).as_json()  # fmt: skip
    lines = step_lines({"place": 2, **step}, 40)
    assert max(map(len, lines)) <= 40
    assert lines[1] == "2. WHICH BUFFERS DO YOU HAVE WITH YOU?"
    assert "1  us: 4.00 / 7.00 / 10.01 (also printed" in lines
    assert max(map(len, step_lines({"place": 2, **step}, 300))) <= 72


def test_the_live_line() -> None:
    assert progress_line(PROGRESS, 72) == "-8.231 mV, drifting 0.4 mV/min, 22 of 45 s"
    assert len(progress_line(PROGRESS, 40)) < 40
    fast = {**SIGNAL, "drift_per_min": 99.6, "unit": "1"}
    assert progress_line({**PROGRESS, "signals": [fast]}, 72) == "-8.231, drifting 100/min, 22 of 45 s"
    warm = {**SIGNAL, "unit": "degC", "value": 21.53, "drift_per_min": 0.2, "held_s": 21.6}
    both = progress_line({**PROGRESS, "signals": [SIGNAL, warm]}, 60)
    assert both == "-8.231 mV, 0.4/min; 21.53 degC, 0.2/min, 22 of 45 s"
    none = {**SIGNAL, "value": None, "drift_per_min": None}
    assert progress_line({**PROGRESS, "signals": [none]}, 72) == "waiting for readings"
    assert progress_line({**PROGRESS, "error": "unit 3 does not answer"}, 72) == "unit 3 does not answer"
    assert progress_line(None, 72) == "..."


def test_the_prompt_says_what_enter_means() -> None:
    assert prompt(confirm("in", "In", "").as_json()) == "Enter > "
    assert prompt(number("c", "C", "", "degC", 0.0, 50.0).as_json()) == "degC > "
    assert prompt(number("p", "pH", "", "1", 1.0, 13.0).as_json()) == "> "
    assert prompt(number("n", "N", "", "", 2.0, 10.0, 3.0).as_json()) == "[3] > "
    assert prompt(choose("a", "A", "", {"x": "y"}, default="x").as_json()) == "[x] > "


def test_what_is_over_at_once_has_no_number() -> None:
    lines = step_lines({"place": 13, **save("save", {}).as_json()}, 72)
    assert lines[1] == "IT IS BEING SAVED"


def test_a_number_without_a_unit_has_none() -> None:
    lines = record_lines(json.loads(json.dumps(RECORD.as_json())))
    assert "  point      pH 7 (7): 1.5 V at 21.5 degC, lot A123" in lines
    assert any(line.endswith(", from V to ph") for line in lines)
