"""Guided calibration of an instrument that keeps it inside itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.acquire.calibration.procedures.choice import script
from agent.acquire.calibration.session import Facts
from drivers.contract import ChannelSpec
from drivers.ezo.onboard import points
from drivers.modbus.onboard import points as modbus_points
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
        self,
        told: dict[str, Any],
        answers: dict[str, Any],
        reads: Any = 4.02,
        mid: Any = 7.1,
        known: Facts = FACTS,
        used_c: float | None = None,
    ) -> None:
        super().__init__(
            lambda: script("", known, SUM),
            answers,
            lambda step, role: used_c if role == "used_c" else self._at(step, reads),
        )
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
    assert f"In force is {RECORD_ID}, which says that it was not finished." in last.text
    assert "again:" not in last.text
    options = next(step.options for step in it.seen if step.key == "read_back_again")
    assert "the instrument keeps it" in options[-1].label
    assert "may not hold what it held" in last.text


def test_nothing_told_is_nothing_done() -> None:
    it = Instrument({}, {"procedure": "onboard", "next0": "done"})
    assert (it.walk(session(FACTS, "")).kind, it.saved) == ("refused", [])


def test_it_is_read_back_by_what_the_circuit_is_corrected_for() -> None:
    """Buffers of 25 degC, the thermometer that tells the circuit still at 14.5: 7 - 3 * 298.15 / 287.65."""
    known = FACTS._replace(temperature="ph-3/temperature")
    answers = {**ANSWERS, "mid0_c": "25", "low1_c": "25"}
    it = Instrument({}, answers, 3.895, known=known, used_c=14.5)
    last = it.walk(session(known, ""))
    assert last.kind == "result"
    assert "Read back: 3.895, as it must be while it is corrected for 14.5 degC." in last.text
    assert all("ph-3/temperature" in step.text for step in it.seen if step.key in {"mid0_in", "low1_in"})


def test_nothing_tells_the_circuit_and_it_corrects_for_what_it_held() -> None:
    held = {**FIT, "figures": {"temperature_c": 25.0}}
    it = Instrument({"recall": held}, {**ANSWERS, "mid0_c": "10", "low1_c": "10"}, 4.151)
    assert it.walk(session(FACTS, "")).kind == "result"


def test_an_instrument_that_wants_three_standards_is_told_three() -> None:
    """Enter after the first is not the end of it: until the third it holds none."""
    wants = tuple(
        {**each._asdict(), "numbers": [number._asdict() for number in each.numbers]}
        for each in modbus_points("yosemitech-y532")
    )
    known = FACTS._replace(inside=wants, model="yosemitech-y532", raw_unit="1")
    answers = {
        "procedure": "onboard", "standard0_reference": "9.18", "standard1_reference": "6.86",
        "standard2_reference": "4.00", "standard0_c": "25", "standard1_c": "25", "standard2_c": "25",
    }  # fmt: skip
    it = Instrument({}, answers, 4.0, known=known)
    assert it.walk(session(known, "")).kind == "result"
    assert [order["numbers"]["reference"] for order in it.orders[1:]] == [9.18, 6.86, 4.0]
    asked = {step.key: step for step in it.seen if step.key.startswith("next")}
    assert [option.key for option in asked["next1"].options] == ["standard"]
    assert asked["next1"].options[0].label == "standard 2 of 3"
    assert asked["next3"].default == "done"
    assert "put it into standard 3 of 3." in next(s.text for s in it.seen if s.key == "standard2_in")
