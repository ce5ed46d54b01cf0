"""Guided calibration of an instrument that keeps it inside itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.acquire.calibration.procedures.choice import script
from agent.acquire.calibration.session import Facts
from drivers.contract import ChannelSpec
from drivers.ezo.onboard import points
from tests.calibration.bench import RECORD_ID, Bench, rest, session, summed

if TYPE_CHECKING:
    from agent.acquire.calibration.step import Step

INSIDE = tuple(
    {**each._asdict(), "numbers": [number._asdict() for number in each.numbers]} for each in points("ezo-ph")
)
FACTS = Facts("ph-1/ph", "ph", "1", "pH", 0.0, 14.0, {}, {}, "config-1", inside=INSIDE, model="ezo-ph")
SUM = summed(None, ChannelSpec("ph", "pH", 0.0, 14.0))
FIT = {"points": 2, "figures": {"acid_slope_percent": 98.0}, "told": ["?Cal,2"], "trouble": ""}
ANSWERS = {
    "procedure": "onboard", "next0": "mid", "mid0_reference": "7.02", "mid0_c": "20", "next1": "low",
    "low1_reference": "4.00", "low1_c": "20", "next2": "done",
}  # fmt: skip


class Instrument(Bench):
    """Tells `told` of itself after each order, by the key of the step."""

    def __init__(
        self, told: dict[str, Any], answers: dict[str, Any], reads: Any = 4.02, mid: Any = 7.1
    ) -> None:
        super().__init__(lambda: script("", FACTS, SUM), answers, lambda step, _role: self._at(step, reads))
        self._told = told
        self._mid = mid
        self.orders: list[Any] = []

    def _at(self, step: Step, reads: Any) -> Any:
        found = self._mid if step.key == "mid0_rest" else reads
        return found if isinstance(found, dict) else rest(found)

    def _answer(self, step: Step) -> Any:
        if step.kind == "command":
            self.orders.append(dict(step.data))
            return self._told.get(step.key, FIT)
        return super()._answer(step)


def test_what_it_was_told_and_what_it_says_are_kept() -> None:
    it = Instrument({}, ANSWERS)
    last = it.walk(session(FACTS, ""))
    assert last.kind == "result"
    assert [order["do"] for order in it.orders] == ["recall", "take", "take"]
    assert it.orders[1] == {
        "do": "take",
        "point": "mid",
        "numbers": {"reference": 7.02},
        "temperature_c": 20.0,
    }
    begun, record = it.saved
    assert (begun["verdict"], begun["points"]) == ("unfinished", [])
    assert it.went().index("begun") < it.went().index("mid0_in")
    assert record["law"] is None
    assert record["instrument"]["after"]["told"] == ["?Cal,2"]
    assert [each["error"] for each in record["as_found"]] == [0.08, 0.02]
    assert (record["verdict"], record["procedure"]) == ("good", "onboard")


def test_that_mid_wipes_the_others_is_said() -> None:
    it = Instrument({}, ANSWERS)
    it.walk(session(FACTS, ""))
    question = next(step for step in it.seen if step.key == "next0")
    assert "forgotten" in question.options[0].label
    assert question.default == "mid"


def test_an_order_that_it_refuses_ends_it() -> None:
    it = Instrument({"low1_take": {"refused": "It holds no point yet."}}, ANSWERS)
    last = it.walk(session(FACTS, ""))
    assert last.kind == "refused"
    assert [each["verdict"] for each in it.saved] == ["unfinished"], "and it stays so: mid was taken"
    assert it.undone == []
    assert "It holds no point yet." in last.text
    assert "may not hold what it held" in last.text


def test_an_electrode_that_it_finds_unfit_is_on_record_as_rejected() -> None:
    it = Instrument({"low1_take": {**FIT, "trouble": "slopes of 81 % are not usable"}}, ANSWERS)
    last = it.walk(session(FACTS, ""))
    assert last.kind == "refused"
    assert it.saved[-1]["verdict"] == "reject"
    assert "The instrument holds it all the same" in last.text
    assert "calibrate it again" in last.text


def test_one_that_does_not_come_to_rest_in_its_second_point_is_not_as_it_was() -> None:
    it = Instrument({}, {**ANSWERS, "low1_rest_again": "stop"}, {"unstable": "It drifts."})
    last = it.walk(session(FACTS, ""))
    assert last.kind == "refused"
    assert "Nothing was changed" not in last.text
    assert "may not hold what it held" in last.text
    assert it.undone == []


def test_one_that_was_told_nothing_yet_is_as_it_was() -> None:
    it = Instrument({}, {**ANSWERS, "mid0_rest_again": "stop"}, mid={"silent": "It gives no value."})
    last = it.walk(session(FACTS, ""))
    assert last.text == "It gives no value. In force again: config-1."
    assert len(it.undone) == 1


def test_a_point_that_comes_too_early_is_told_before_anything_is_begun() -> None:
    it = Instrument({"recall": {**FIT, "points": 0}}, {**ANSWERS, "next0": ["low", "mid"]})
    assert it.walk(session(FACTS, "")).kind == "result"
    assert it.went()[:5] == ["procedure", "recall", "in_place", "next0", "next0"]
    assert "mid comes first" in it.seen[4].text


def test_one_that_does_not_read_back_stays_unfinished() -> None:
    """What the instrument was told cannot be taken back: the calibration of before is not put in force."""
    it = Instrument({}, {**ANSWERS, "read_back_again": "stop"}, 4.3)
    last = it.walk(session(FACTS, ""))
    assert f"In force again: {RECORD_ID}." in last.text
    assert "may not hold what it held" in last.text


def test_nothing_told_is_nothing_done() -> None:
    it = Instrument({}, {"procedure": "onboard", "next0": "done"})
    assert (it.walk(session(FACTS, "")).kind, it.saved) == ("refused", [])
