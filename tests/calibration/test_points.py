"""Guided calibration in several references, and by one or two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.acquire.calibration.limits import raw_limits
from agent.acquire.calibration.procedures.choice import offered, script
from agent.acquire.calibration.session import Facts
from agent.config.schema_convert import CurrentLoop, Linear, Sen0189
from agent.model import Flag, Why
from drivers.contract import ChannelSpec
from tests.calibration.bench import Bench, rest, session, summed

if TYPE_CHECKING:
    from agent.acquire.calibration.step import Step


def facts(channel: str, raw_unit: str, unit: str, law: dict[str, Any], **more: Any) -> Facts:
    return Facts(channel, channel.partition("/")[2], unit, raw_unit, 0.0, 5.0, law, law, "config-1", **more)


SOIL = {"kind": "linear", "points": [[2.8, 0.0], [1.3, 0.4]]}
SOIL_FACTS = facts("soil-1/soil_moisture", "V", "m3/m3", SOIL)
SOIL_SUM = summed(Linear.model_validate(SOIL), ChannelSpec("soil_moisture", "V", 0.0, 5.0))
SEN = {"kind": "sen0189", "ratio": 0.6}
SEN_FACTS = facts("turb-1/turbidity", "V", "NTU", SEN, today="2026-11-22")
SEN_SUM = summed(Sen0189.model_validate(SEN), ChannelSpec("turbidity", "V", 0.0, 5.0))
LOOP = {"kind": "loop_4_20ma", "shunt_ohm": 100.0, "at_4ma": 0.0, "at_20ma": 10.0}
LOOP_FACTS = facts("level-1/water_level", "V", "m", LOOP)
LOOP_SUM = summed(CurrentLoop.model_validate(LOOP), ChannelSpec("water_level", "V", 0.0, 5.0))


def walk(
    known: Facts, worked_out: Any, procedure: str, signals: dict[str, Any], answers: dict[str, Any]
) -> tuple[Step, Bench]:
    """`signals` by step: numbers are signals at rest."""

    def signal(step: Step, role: str) -> Any:
        found = signals[step.key]
        found = found[role] if isinstance(found, dict) and role in found else found
        return found if isinstance(found, dict) or role == "rail" else rest(found)

    walked = Bench(lambda: script(procedure, known, worked_out), answers, signal)
    return walked.walk(session(known, procedure)), walked


def test_soil_from_dry_to_wet() -> None:
    signals = {"p1_rest": 2.75, "p2_rest": 1.25, "read_back": 0.4}
    last, walked = walk(SOIL_FACTS, SOIL_SUM, "points", {k: {"raw": r(v), "value": rest(v)} for k, v in
                        signals.items()}, {})  # fmt: skip
    assert last.kind == "result"
    (record,) = walked.saved
    assert record["law"] == {"kind": "linear", "points": [[1.25, 0.4], [2.75, 0.0]], "unit": "m3/m3"}
    assert [each["value"] for each in record["as_found"]] == pytest.approx([0.0133, 0.4133])
    assert [each["error"] for each in record["as_left"]] == [0.0, 0.0]
    assert "p1_lot" not in walked.went()


def r(value: float, spread: float = 0.001) -> dict[str, float]:
    return {**rest(value), "spread": spread}


def turbidity(raws: list[float], answers: dict[str, Any] | None = None) -> tuple[Step, Bench]:
    signals: dict[str, Any] = {f"p{i + 1}_rest": {"raw": r(raw)} for i, raw in enumerate(raws)}
    signals["read_back"] = {"value": rest(800.0)}
    return walk(SEN_FACTS, SEN_SUM, "points", signals, answers or {})


def test_turbidity_in_three_standards_keeps_the_fold_back_limit() -> None:
    last, walked = turbidity([2.52, 2.46, 2.376])
    assert last.kind == "result"
    law = walked.saved[0]["law"]
    assert law["kind"] == "piecewise"
    assert law["points"] == [[2.376, 800.0], [2.46, 100.0], [2.52, 0.0]]
    assert law["over_range_raw"] == pytest.approx(1.5)
    assert walked.saved[0]["procedure"] == "points"


def test_turbidity_in_two_standards_keeps_it_too_and_ends_beyond_them() -> None:
    """A line would have good values where the signal folds back, and in air."""
    last, walked = turbidity([2.52, 2.376], {"count": "2", "p2": "800"})
    assert last.kind == "result"
    law = walked.saved[0]["law"]
    assert (law["kind"], law["over_range_raw"]) == ("piecewise", pytest.approx(1.5))
    assert SEN_SUM(law, 0.9, {}).why is Why.OVER_RANGE
    assert SEN_SUM(law, 2.64, {}).flag is Flag.SUSPECT


def test_a_fold_that_only_a_calibration_knew_is_not_forgotten() -> None:
    line = {"kind": "linear", "points": [[1.0, 800.0], [2.0, 0.0]], "unit": "NTU"}
    law = {**line, "kind": "piecewise", "over_range_raw": 0.5}
    known = facts("turb-1/turbidity", "V", "NTU", law)._replace(configured=line)
    signals = {"p1_rest": {"raw": r(2.0)}, "p2_rest": {"raw": r(1.0)}, "read_back": {"value": rest(800.0)}}
    worked_out = summed(Linear.model_validate(line), ChannelSpec("turbidity", "V", 0.0, 5.0))
    last, walked = walk(known, worked_out, "points", signals, {"count": "2", "p2": "800"})
    assert (last.kind, walked.saved[0]["law"]["over_range_raw"]) == ("result", 0.5)


MBAR = {"kind": "linear", "points": [[0.0, 0.0], [5.0, 1000.0]], "unit": "mbar"}
PRESSURE = ChannelSpec("pore_pressure", "V", 0.0, 5.0)


def test_points_are_in_the_unit_that_their_law_names() -> None:
    known = facts("p-1/pore_pressure", "V", "kPa", MBAR)
    worked_out = summed(Linear.model_validate(MBAR), PRESSURE)
    signals = {"p1_rest": {"raw": r(0.5)}, "p2_rest": {"raw": r(2.5)}, "read_back": {"value": rest(50.0)}}
    last, walked = walk(known, worked_out, "points", signals, {"count": "2", "p1": "10", "p2": "50"})
    assert last.kind == "result"
    assert walked.saved[0]["law"] == {
        "kind": "linear",
        "points": [[0.5, pytest.approx(100.0)], [2.5, pytest.approx(500.0)]],
        "unit": "mbar",
    }


def test_what_is_moved_keeps_a_unit_that_only_the_law_in_force_names() -> None:
    known = facts("p-1/pore_pressure", "V", "kPa", MBAR)._replace(configured={"kind": "linear"})
    config = Linear(kind="linear", points=[[0.0, 0.0], [5.0, 100.0]])
    signals = {"r1_rest": {"value": rest(50.0), "raw": 2.5}, "read_back": {"value": rest(51.0)}}
    last, walked = walk(known, summed(config, PRESSURE), "one_point", signals, {"r1": "51"})
    assert last.kind == "result"
    assert summed(config, PRESSURE)(walked.saved[0]["law"], 2.5, {}).value == pytest.approx(51.0)


@pytest.mark.parametrize(
    ("raws", "said"),
    [
        ([2.52, 2.519, 2.376], "does not tell them apart"),
        ([2.52, 2.376, 2.46], "turns back"),
        ([2.52, 2.46, 1.4], "folds back"),
    ],
)
def test_standards_that_make_no_law_are_refused(raws: list[float], said: str) -> None:
    last, walked = turbidity(raws)
    assert (last.kind, walked.saved) == ("refused", [])
    assert said in last.text


SOIL_ENDS = {"p1_rest": 2.75, "p2_rest": 1.25, "read_back": 0.4}


def soil(dry: float, wet: float) -> tuple[Step, Bench]:
    ends = {**SOIL_ENDS, "p1_rest": dry, "p2_rest": wet}
    quiet = {key: {"raw": {**r(volts), "spread": 0.0}, "value": rest(0.4)} for key, volts in ends.items()}
    return walk(SOIL_FACTS, SOIL_SUM, "points", quiet, {})


@pytest.mark.parametrize(
    ("dry", "wet", "said"), [(1.3, 2.8, "the other way round"), (2.752, 2.750, "does not tell them apart")]
)
def test_a_law_that_two_mistaken_points_make_is_refused(dry: float, wet: float, said: str) -> None:
    """Wet first and dry second; and both in the same, without any noise."""
    last, walked = soil(dry, wet)
    assert (last.kind, walked.saved) == ("refused", [])
    assert said in last.text


@pytest.mark.parametrize(("wet", "verdict"), [(1.25, "good"), (2.25, "service")])
def test_a_law_that_is_much_steeper_than_before_is_no_good_one(wet: float, verdict: str) -> None:
    last, walked = soil(2.75, wet)
    assert walked.saved[0]["verdict"] == verdict
    assert ("3 times as much" in last.text) == (verdict == "service")


def test_a_standard_that_is_done_is_asked_for_again() -> None:
    last, walked = turbidity([2.52, 2.46, 2.376], {"p2": ["0", "100"]})
    assert last.kind == "result"
    assert walked.went().count("p2") == 2


def test_a_signal_that_follows_its_supply_is_taken_at_the_rail_of_the_law() -> None:
    law = {**SOIL, "rail": "st/supply_voltage", "rail_v": 5.0}
    known = facts("soil-1/soil_moisture", "V", "m3/m3", law, rail="st/supply_voltage")
    signals = {
        "p1_rest": {"raw": r(2.6), "rail": 5.2},
        "p2_rest": {"raw": r(1.2), "rail": 4.8},
        "read_back": {"value": rest(0.4)},
    }
    last, walked = walk(known, SOIL_SUM, "points", signals, {})
    assert last.kind == "result"
    assert walked.saved[0]["law"]["points"] == [[pytest.approx(1.25), 0.4], [pytest.approx(2.5), 0.0]]
    silent = {**signals, "p1_rest": {"raw": r(2.6), "rail": None}}
    assert walk(known, SOIL_SUM, "points", silent, {})[0].kind == "refused"


def test_a_dipped_level_shifts_the_loop() -> None:
    signals = {"r1_rest": {"value": rest(3.20), "raw": 0.912}, "read_back": {"value": rest(3.05)}}
    last, walked = walk(LOOP_FACTS, LOOP_SUM, "one_point", signals, {"r1": "3.05"})
    assert last.kind == "result"
    law = walked.saved[0]["law"]
    assert (law["at_4ma"], law["at_20ma"]) == pytest.approx((-0.15, 9.85))
    assert "shunt_ohm" not in law
    assert walked.saved[0]["as_found"][0]["error"] == pytest.approx(0.15)


def test_two_references_stretch() -> None:
    signals = {
        "r1_rest": {"value": rest(1.0), "raw": 0.56},
        "r2_rest": {"value": rest(9.0), "raw": 1.84},
        "read_back": {"value": rest(8.9)},
    }
    last, walked = walk(LOOP_FACTS, LOOP_SUM, "two_point", signals, {"r1": "1.3", "r2": "8.9"})
    assert last.kind == "result"
    went = walked.went()
    assert went.index("r1") < went.index("r2_in") < went.index("r2_rest"), "a level has to be brought there"
    assert walked.saved[0]["figures"]["gain"] == pytest.approx(0.95)
    law = walked.saved[0]["law"]
    assert (law["at_4ma"], law["at_20ma"]) == pytest.approx((0.35, 9.85))


@pytest.mark.parametrize(("second", "said"), [("1.305", "too near"), ("30", "multiplied by 3.5")])
def test_references_that_cannot_be_are_refused(second: str, said: str) -> None:
    signals = {
        "r1_rest": {"value": rest(1.0), "raw": 0.56},
        "r2_rest": {"value": rest(9.0), "raw": 1.84},
    }
    last, walked = walk(LOOP_FACTS, LOOP_SUM, "two_point", signals, {"r1": "1.3", "r2": second})
    assert (last.kind, walked.saved) == ("refused", [])
    assert said in last.text


def test_one_standard_of_conductivity_is_a_gain() -> None:
    known = facts("ec-1/conductivity", "mS/cm", "uS/cm", {})
    worked_out = summed(None, ChannelSpec("conductivity", "mS/cm", 0.0, 5.0))
    signals = {"r1_rest": {"value": rest(1350.0), "raw": 1.35}, "read_back": {"value": rest(1413.0)}}
    last, walked = walk(known, worked_out, "", signals, {"procedure": "", "r1": "1413", "r1_lot": "K1"})
    assert last.kind == "result"
    law = walked.saved[0]["law"]
    assert worked_out(law, 1.35, {}).value == pytest.approx(1413.0)
    assert walked.saved[0]["points"][0]["lot"] == "K1"


def test_what_is_offered_fits_the_channel() -> None:
    assert offered(SOIL_FACTS)[0] == "points"
    assert offered(LOOP_FACTS) == ["one_point", "two_point"]
    assert offered(facts("a/temperature", "ohm", "degC", {"kind": "thermistor"})) == []
    assert "onboard" in offered(SOIL_FACTS._replace(inside=({"name": "mid"},)))


@pytest.mark.parametrize(
    ("raw_unit", "quantity", "unit", "at", "drift", "spread"),
    [
        ("V", "soil_moisture", "m3/m3", 2.0, 0.003, 0.003),
        ("%", "soil_moisture", "m3/m3", 20.0, 0.5, 0.5),
        ("FNU", "turbidity", "FNU", 0.0, 2.0, 2.0),
        ("FNU", "turbidity", "FNU", 800.0, 16.0, 16.0),
        ("digits", "pore_pressure", "kPa", 9000.0, 1.0, 1.5),
        ("furlongs", "tilt", "deg", 10.0, 0.05, 0.05),
    ],
)
def test_rest_is_measured_in_what_the_instrument_says(
    raw_unit: str, quantity: str, unit: str, at: float, drift: float, spread: float
) -> None:
    assert raw_limits(raw_unit, quantity, unit).at(at) == pytest.approx((drift, spread))
