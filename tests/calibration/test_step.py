"""What may be answered to a step, and what is said to an answer that does not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.acquire.calibration.session import Facts, LostError, Session, from_json, step_of
from agent.acquire.calibration.step import AnswerError, accepted, choose, confirm, number, result, text

C = number("c", "Temperature", "Of the buffer.", "degC", 0.0, 50.0)
PLAN = choose("plan", "How many?", "", {"two": "two buffers", "three": "three"}, default="two")


@pytest.mark.parametrize(
    ("step", "answer", "kept"),
    [
        (C, "18.5", 18.5),
        (C, " 18,5 ", 18.5),
        (C, 18, 18.0),
        (PLAN, "", "two"),
        (PLAN, "TWO", "two"),
        (PLAN, "1", "two"),
        (PLAN, "2", "three"),
        (C, "0,125", 0.125),
        (C, "1,00", 1.0),
        (text("lot", "Lot", ""), "", ""),
        (text("lot", "Lot", ""), " A 1 ", "A 1"),
        (confirm("in", "In", ""), "", True),
        (confirm("in", "In", ""), True, True),
        (confirm("in", "In", ""), "Yes", True),
    ],
)
def test_what_is_kept(step: Any, answer: object, kept: object) -> None:
    assert accepted(step, answer) == kept


@pytest.mark.parametrize(
    ("step", "answer", "said"),
    [
        (C, "warm", "not a number"),
        (C, "51", "51 degC cannot be"),
        (C, "nan", "cannot be"),
        (C, "", "not a number"),
        (PLAN, "4", "none of them"),
        (choose("a", "A", "", {"again": "try again"}), "", "nothing was chosen"),
        (C, "1,000", "may mean two things"),
        (C, "1_0", "not a number"),
        (PLAN, {"a": 1}, "cannot be kept"),
        (text("lot", "Lot", ""), "a\nb", "cannot be kept"),
        (text("lot", "Lot", ""), "x" * 201, "cannot be kept"),
        (confirm("in", "In", ""), "no", "no answer here"),
    ],
)
def test_what_is_not(step: Any, answer: object, said: str) -> None:
    with pytest.raises(AnswerError, match=said) as caught:
        accepted(step, answer)
    assert caught.value.hint


def test_the_answer_beside_a_row_is_no_number() -> None:
    """`2` is the second row, whatever stands there."""
    with pytest.raises(AssertionError):
        choose("plan", "How many?", "", {"1": "one", "2": "two"})


def test_a_step_is_json() -> None:
    assert json.loads(json.dumps([each.as_json() for each in (C, PLAN, result("Done", "", {"id": "x"}))]))
    (field,) = C.as_json()["fields"]
    assert (field["unit"], field["low"], field["high"]) == ("degC", 0.0, 50.0)
    assert text("lot", "Lot", "").as_json()["fields"][0]["low"] is None


FACTS = Facts("a/b", "b", "1", "V", 0.0, 1.0, {}, {}, "config-1")
SESSION = Session("x", "a", "b", "ph", "me", "boot", 1, 2, 0, "1", "c", FACTS)


def script() -> Any:
    yield C
    yield PLAN
    return result("Done", "", {})


def test_answers_of_another_script_are_told() -> None:
    with pytest.raises(LostError, match="'c'"):
        step_of(SESSION.answered(PLAN, "two"), script())


def test_a_session_without_end_is_ended() -> None:
    def endless() -> Any:
        while True:
            yield C

    kept = SESSION
    for _ in range(399):
        kept = kept.answered(C, 1.0)
    assert step_of(kept, endless()).kind == "number"
    assert step_of(kept.answered(C, 1.0), endless()).kind == "refused"


@pytest.mark.parametrize("broken", [{}, {"given": [[1]]}, {"facts": {}}, {"sensor": None, "given": 3}])
def test_a_file_of_another_form_is_told(broken: dict[str, Any]) -> None:
    fields = {**SESSION.as_json(), **broken} if broken else {}
    with pytest.raises(LostError):
        from_json(fields)


def test_a_session_survives_its_file() -> None:
    kept = SESSION.answered(C, 18.5).answered(PLAN, "two")
    assert from_json(json.loads(json.dumps(kept.as_json()))) == kept._replace(
        facts=FACTS._replace(inside=[]),
    )
