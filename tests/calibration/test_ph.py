"""Guided pH calibration: what is accepted, what is refused, and that no interruption changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.acquire.calibration.procedures.ph import ph
from agent.acquire.calibration.session import Facts
from agent.config.schema_convert import PhElectrode
from drivers.contract import ChannelSpec
from tests.calibration.bench import Bench, rest, session, summed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.acquire.calibration.step import Step

SPEC = ChannelSpec("ph", "mV", -1000.0, 1000.0)
LAW = {
    "kind": "ph_electrode", "zero_mv": -3.0, "acid_slope_mv": -58.0, "base_slope_mv": -58.0,
    "calibrated_c": 25.0, "center_mv": 0.0, "gain": 1.0, "temperature_c": 25.0,
}  # fmt: skip
FACTS = Facts(
    channel="ph-3/ph", quantity="ph", unit="1", raw_unit="mV", low=-1000.0, high=1000.0, law=LAW,
    configured=LAW, calibration="config-1", today="2026-11-22",
)  # fmt: skip
WORKED_OUT = summed(PhElectrode.model_validate(LAW), SPEC)
AT_25 = {"ph7_c": "25", "ph4_c": "25", "ph10_c": "25"}


def bench(
    mv: dict[str, Any],
    answers: dict[str, Any],
    cut: int | None = None,
    facts: Facts = FACTS,
    reads: float = 4.0,
    used_c: float | None = 25.0,
    warm: Sequence[float] = (25.0,),
) -> Bench:
    """`mv` by buffer; the station then reads `reads`, corrected for `used_c`. Its thermometer says `warm`."""
    warm = list(warm)

    def signal(step: Step, role: str) -> Any:
        if role == "value":
            return rest(reads)
        if role == "temperature":
            return rest(warm.pop(0) if len(warm) > 1 else warm[0])
        if role == "used_c":
            return used_c
        found = mv[step.key.removesuffix("_rest")]
        found = found.pop(0) if isinstance(found, list) else found
        return found if isinstance(found, dict) else rest(found)

    return Bench(lambda: ph(facts, WORKED_OUT), {**AT_25, **answers}, signal, cut)


def walk(mv: dict[str, Any], answers: dict[str, Any], **more: Any) -> tuple[Step, Bench]:
    walked = bench(mv, answers, **more)
    return walked.walk(session(more.get("facts", FACTS), "ph")), walked


GOOD = {"ph7": -8.0, "ph4": 165.0}
HANNA = {"buffers": "hanna"}


def test_two_buffers() -> None:
    """V-PH-1, with the acid buffer of 4.01."""
    last, walked = walk(
        GOOD, {"buffers": "own", "ph7_printed": "7.00", "ph4_printed": "4,01", "ph7_lot": "A1"}
    )
    assert last.kind == "result"
    (record,) = walked.saved
    assert record["figures"]["acid_slope_percent"] == pytest.approx(97.80, abs=5e-3)
    assert record["law"]["zero_mv"] == pytest.approx(-8.0)
    assert record["law"]["acid_slope_mv"] == pytest.approx(-57.8595, abs=5e-5)
    assert record["verdict"] == "good"
    assert [point["lot"] for point in record["points"]] == ["A1", ""]
    # What it said before: the law that was in force, E0 -3 mV and -58 mV per pH.
    assert [found["value"] for found in record["as_found"]] == pytest.approx([7.086, 4.103])
    assert [found["error"] for found in record["as_left"]] == pytest.approx([0.0, 0.0], abs=1e-3)


def test_buffers_at_their_own_temperature() -> None:
    """V-PH-4: at 10 degC the Hanna buffers are 7.07 and 4.00."""
    # The station goes on correcting for its fixed 25 degC: 7 - 3 (10 + 273.15) / (25 + 273.15).
    last, walked = walk({"ph7": -8.0, "ph4": 160.0}, {**HANNA, "ph7_c": "10", "ph4_c": "10"}, reads=4.151)
    assert last.kind == "result"
    figures = walked.saved[0]["figures"]
    assert figures["acid_slope_percent"] == pytest.approx(97.40, abs=5e-3)
    assert figures["zero_mv"] == pytest.approx(-4.169, abs=1e-3)


def test_three_buffers() -> None:
    """V-PH-5."""
    mv = {"ph7": -5.0, "ph4": 168.0, "ph10": -176.0}
    last, walked = walk(mv, {**HANNA, "plan": "three"}, reads=10.01)
    assert last.kind == "result"
    figures = walked.saved[0]["figures"]
    assert figures["acid_slope_percent"] == pytest.approx(97.48, abs=5e-3)
    assert figures["base_slope_percent"] == pytest.approx(96.35, abs=5e-3)


def test_one_buffer_moves_the_offset_only() -> None:
    last, walked = walk({"ph7": -8.0}, {"plan": "one"}, reads=7.0)
    assert last.kind == "result"
    law = walked.saved[0]["law"]
    assert (law["zero_mv"], law["acid_slope_mv"]) == pytest.approx((-8.0, -58.0))


@pytest.mark.parametrize(("slope_mv", "verdict"), [(-58.0, "good"), (-52.0, "maintenance"), (-40.0, None)])
def test_slopes_that_one_buffer_takes_over_are_graded_too(slope_mv: float, verdict: str | None) -> None:
    """A spent electrode does not become a good one by a look at its offset."""
    worn = FACTS._replace(law={**LAW, "acid_slope_mv": slope_mv, "base_slope_mv": slope_mv})
    last, walked = walk({"ph7": -8.0}, {"plan": "one"}, reads=7.0, facts=worn)
    assert last.kind == ("refused" if verdict is None else "result")
    assert [record["verdict"] for record in walked.saved] == ([] if verdict is None else [verdict])
    assert "kept slope" in last.text.casefold()


def test_a_spent_electrode_is_refused() -> None:
    """V-PH-6: 145 mV between the buffers; nothing is saved."""
    last, walked = walk({"ph7": 15.0, "ph4": 160.0}, HANNA)
    assert last.kind == "refused"
    assert "slope 81." in last.text.casefold()
    assert "Nothing was changed" in last.text
    assert walked.saved == []


@pytest.mark.parametrize(
    ("mv", "verdict"),
    [
        ({"ph7": 0.0, "ph4": 177.0}, "good"),
        ({"ph7": -20.0, "ph4": 153.0}, "service"),  # offset
        ({"ph7": 0.0, "ph4": 165.0}, "service"),  # slope 93 %
        ({"ph7": 0.0, "ph4": 155.0}, "maintenance"),  # slope 87 %
    ],
)
def test_the_verdict_is_that_of_the_worst_figure(mv: dict[str, float], verdict: str) -> None:
    last, walked = walk(mv, {})
    assert last.kind == "result"
    assert walked.saved[0]["verdict"] == verdict


@pytest.mark.parametrize("mv", [{"ph7": 40.0, "ph4": 215.0}, {"ph7": 0.0, "ph4": 190.0}])
def test_beyond_its_bounds_it_is_refused(mv: dict[str, float]) -> None:
    """An offset of 40 mV; a slope of 107 %."""
    last, walked = walk(mv, {})
    assert (last.kind, walked.saved) == ("refused", [])


def test_a_slow_electrode_is_to_be_cleaned() -> None:
    last, walked = walk({"ph7": -8.0, "ph4": {**rest(165.0), "settled_s": 75.0}}, {})
    assert walked.saved[0]["verdict"] == "maintenance"
    assert "75 s" in last.text


def test_the_wrong_bottle_is_told_by_its_signal() -> None:
    """Still in pH 7 where 4 is asked for: said, and then right."""
    last, walked = walk({"ph7": -8.0, "ph4": [-8.0, 165.0]}, {"ph4_wrong": "again"})
    wrong = next(step for step in walked.seen if step.key == "ph4_wrong")
    assert "looks like pH 7.1, not 4" in wrong.text
    assert last.kind == "result"


def test_the_wrong_bottle_may_be_the_end() -> None:
    last, walked = walk({"ph7": 170.0}, {"ph7_wrong": "stop"})
    assert (last.kind, walked.saved) == ("refused", [])
    assert "looks like pH 4.1, not 7" in last.text


def test_the_same_buffer_twice_is_refused() -> None:
    answers = {"buffers": "own", "ph7_printed": "7.00", "ph4_printed": ["7.00", "4.00"]}
    last, walked = walk(GOOD, answers)
    assert walked.went().count("ph4_printed") == 2
    assert "same buffer" in next(s.text for s in reversed(walked.seen) if s.key == "ph4_printed")
    assert last.kind == "result"


def test_a_signal_that_drifts_is_refused_with_its_figures() -> None:
    unstable = {"unstable": "It drifts by 6.1 mV a minute."}
    last, walked = walk({"ph7": unstable}, {"ph7_rest_again": "stop"})
    assert (last.kind, walked.saved) == ("refused", [])
    assert "6.1 mV a minute" in last.text


def test_a_signal_that_drifts_may_be_waited_for_again() -> None:
    last, _ = walk({"ph7": [{"unstable": "It drifts."}, -8.0], "ph4": 165.0}, {"ph7_rest_again": "again"})
    assert last.kind == "result"


def test_a_bottle_past_its_date() -> None:
    """Another one is taken; or this one, and the record says so."""
    answers = {"ph7_expires": ["2026-10", "2027-10"], "ph4_expires": "2026-11-21", "ph4_old": "use"}
    last, walked = walk(GOOD, {**answers, "ph4_lot": "B7"})
    assert last.kind == "result"
    assert walked.went().count("ph7_lot") == 2
    assert "lot B7, past its date (2026-11-21)" in walked.saved[0]["notes"]


def test_a_bottle_good_to_the_end_of_the_month() -> None:
    _, walked = walk(GOOD, {"ph7_expires": "2026-11", "ph4_expires": ["2026-13", "soon", ""]})
    assert "ph7_old" not in walked.went()
    assert walked.went().count("ph4_expires") == 3


def test_nobody_knows_the_date() -> None:
    last, walked = walk(GOOD, {"ph7_expires": "2001-01"}, facts=FACTS._replace(today=""))
    assert last.kind == "result"
    assert "ph7_old" not in walked.went()


def test_buffers_of_two_temperatures_are_refused() -> None:
    last, walked = walk(GOOD, {"ph7_c": "5"})
    assert (last.kind, walked.saved) == ("refused", [])
    assert "20.0 degC apart" in last.text


def test_the_temperature_may_come_from_the_probe() -> None:
    last, walked = walk(GOOD, {}, facts=FACTS._replace(temperature="ph-3/temperature"))
    assert last.kind == "result"
    assert "ph7_c" not in walked.went()
    assert walked.saved[0]["points"][0]["temperature_c"] == 25.0


PROBE = FACTS._replace(temperature="ph-3/temperature")


def test_the_thermometer_is_named_in_each_step_and_must_be_at_rest() -> None:
    last, walked = walk(GOOD, {}, facts=PROBE)
    puts = [step.text for step in walked.seen if step.key in {"ph7_in", "ph4_in"}]
    assert all("and ph-3/temperature with it" in text for text in puts)
    wants = [want for step in walked.seen if step.key == "ph7_rest" for want in step.wants]
    assert [want.role for want in wants if want.limits] == ["raw", "temperature"]
    assert "At 25.0 degC." in last.text


def test_a_thermometer_that_was_left_in_the_river_is_asked_about() -> None:
    """Buffers of 25 degC and a thermometer at 5: 99.9 % of slope instead of 96.2."""
    _, walked = walk(
        {"ph7": [-8.0, -8.0], "ph4": 165.0}, {"ph7_doubt": "again"}, facts=PROBE, warm=[5.0, 25.0]
    )
    assert "ph-3/temperature says 5.0 degC" in next(s.text for s in walked.seen if s.key == "ph7_doubt")
    assert walked.went().count("ph7_in") == 2
    assert walked.saved[0]["points"][0]["temperature_c"] == 25.0
    cold = walk(GOOD, {"ph7_doubt": "yes"}, facts=PROBE, used_c=5.0, warm=[5.0])[1]
    assert cold.went().count("ph7_in") == cold.went().count("ph7_doubt") == 1


def test_another_bottle_is_asked_for_its_lot() -> None:
    answers = {"ph4_wrong": "other", "ph4_lot": ["A1", "A2"]}
    _, walked = walk({"ph7": -8.0, "ph4": [-8.0, 165.0]}, answers)
    assert [point["lot"] for point in walked.saved[0]["points"]] == ["", "A2"]


def test_what_is_read_back_otherwise_is_said_why() -> None:
    last, _ = walk(GOOD, {}, facts=PROBE, reads=3.841, used_c=10.0)
    assert "Read back: 3.841, as it must be while it is corrected for 10.0 degC." in last.text


def test_a_reading_before_and_after_cleaning() -> None:
    _, walked = walk(GOOD, {"in_place": "yes"})
    assert walked.saved[0]["figures"]["fouling"] == 0.0
    assert "clean" in walked.went()


def test_what_does_not_read_back_is_taken_back() -> None:
    """The station reads pH 4.3 in the buffer of 4: the former calibration is put back, and that is said."""
    last, walked = walk(GOOD, {"read_back_again": ["again", "stop"]}, reads=4.3)
    assert last.kind == "refused"
    assert "NOT calibrated" in last.title
    assert "4.3" in last.text
    assert len(walked.undone) == 1


STEPS = len(walk(GOOD, {"in_place": "yes"})[1].seen)


@pytest.mark.parametrize("cut", range(STEPS))
def test_an_interruption_anywhere_changes_nothing(cut: int) -> None:
    """Killed at each step: the same calibration comes of it, and no measurement begins without a question."""
    whole = walk(GOOD, {"in_place": "yes"})[1]
    last, walked = walk(GOOD, {"in_place": "yes"}, cut=cut)
    assert last.kind == "result"
    assert walked.saved == whole.saved
    resumed = walked.seen[cut]
    if whole.seen[cut].key.startswith("ph"):
        assert resumed.kind != "measure"


@pytest.mark.parametrize(("used_c", "reads"), [(25.0, 4.0), (10.0, 3.841), (None, 4.0)])
def test_it_is_read_back_at_the_temperature_that_the_station_corrects_for(
    used_c: float | None, reads: float
) -> None:
    """The thermometer still says what it said in the river: then a buffer reads otherwise, and must."""
    known = FACTS._replace(temperature="ph-3/temperature")
    assert walk(GOOD, {}, facts=known, reads=reads, used_c=used_c)[0].kind == "result"
    off = walk(GOOD, {"read_back_again": "stop"}, facts=known, reads=reads + 0.11, used_c=used_c)
    assert off[0].kind == "refused"
