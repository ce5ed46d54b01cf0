"""Guided zero readings and certificates of vibrating-wire gauges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.acquire.calibration.procedures.choice import offered, script
from agent.acquire.calibration.session import Facts
from agent.config.schema_convert import VibratingWire, VibratingWirePolynomial
from drivers.contract import ChannelSpec
from tests.calibration.bench import Bench, rest, session, summed

if TYPE_CHECKING:
    from agent.acquire.calibration.step import Step

SPEC = ChannelSpec("pore_pressure", "digits", 0.0, 20_000.0)
LAW = {
    "kind": "vw_linear", "zero": 9082.0, "gauge_factor": -0.1795, "thermal_per_c": 0.05, "zero_c": 20.0,
    "zero_baro_kpa": 101.3, "thermal_sign": "added", "temperature": "vw-1/temperature",
    "barometer": "baro/barometric_pressure",
}  # fmt: skip
FACTS = Facts(
    "vw-1/pore_pressure", "pore_pressure", "kPa", "digits", 0.0, 20_000.0, LAW, LAW, "config-1",
    temperature="vw-1/temperature", barometer="baro/barometric_pressure",
)  # fmt: skip
SUM = summed(VibratingWire.model_validate(LAW), SPEC)


def walk(
    procedure: str,
    signals: dict[str, Any],
    answers: dict[str, Any],
    known: Facts = FACTS,
    worked_out: Any = SUM,
) -> tuple[Step, Bench]:
    def signal(_step: Step, role: str) -> Any:
        return rest(signals[role])

    walked = Bench(lambda: script(procedure, known, worked_out), answers, signal)
    return walked.walk(session(known, procedure)), walked


def test_the_zero_is_taken_together_with_temperature_and_air() -> None:
    signals = {"raw": 9070.0, "temperature": 12.0, "barometer": 97.2, "value": 0.1}
    last, walked = walk("zero", signals, {})
    assert last.kind == "result"
    (record,) = walked.saved
    assert record["law"] == {
        "kind": "vw_linear", "zero": 9070.0, "gauge_factor": -0.1795, "thermal_per_c": 0.05,
        "thermal_sign": "added", "zero_c": 12.0, "zero_baro_kpa": 97.2,
    }  # fmt: skip
    digits, warmth, weather = -0.1795 * (9070 - 9082), 0.05 * (12 - 20), 97.2 - 101.3
    assert record["as_found"][0]["value"] == pytest.approx(digits + warmth - weather)
    assert record["as_left"][0]["value"] == 0.0
    assert (record["verdict"], record["procedure"]) == ("good", "zero")


def test_a_zero_of_another_gauge_is_refused() -> None:
    last, walked = walk("zero", {"raw": 7000.0, "temperature": 12.0, "barometer": 97.2}, {})
    assert (last.kind, walked.saved) == ("refused", [])
    assert "-22.9 %" in last.text


def test_a_zero_in_hertz_is_kept_in_digits_and_an_unmeasured_temperature_is_asked_for() -> None:
    known = FACTS._replace(raw_unit="Hz", temperature="", barometer="")
    hertz = summed(
        VibratingWire.model_validate({**LAW, "temperature": None, "barometer": None}),
        ChannelSpec("pore_pressure", "Hz", 0.0, 6000.0),
    )
    last, walked = walk("zero", {"raw": 3013.636, "value": 0.0}, {"zero_c": "11"}, known, hertz)
    assert last.kind == "result"
    law = walked.saved[0]["law"]
    assert law["zero"] == pytest.approx(9082.0, abs=0.01)
    assert law["zero_c"] == 11.0


CERTIFICATE = {
    "factor": "-0.1795", "certificate_zero": "9082", "thermal": "0.05", "check_reading": "6749",
    "check_value": "418.8",
}  # fmt: skip


def test_a_certificate_that_agrees_with_itself() -> None:
    """V-VW-3: the example of Geokon's manual."""
    last, walked = walk("certificate", {"value": 3.0}, CERTIFICATE)
    assert last.kind == "result"
    (record,) = walked.saved
    assert record["law"]["gauge_factor"] == -0.1795
    assert record["law"]["zero"] == 9082.0
    assert record["as_left"][0]["value"] == pytest.approx(418.7735, abs=1e-3)


def test_the_other_formula_has_the_other_sign() -> None:
    last, walked = walk("certificate", {"value": 3.0}, {**CERTIFICATE, "sign": "above", "factor": "0.1795"})
    assert last.kind == "result"
    assert walked.saved[0]["law"]["gauge_factor"] == -0.1795


@pytest.mark.parametrize("wrong", [{"factor": "-0.1759"}, {"factor": "0.1795"}, {"certificate_zero": "9802"}])
def test_a_mistyped_number_is_refused_with_both(wrong: dict[str, str]) -> None:
    last, walked = walk("certificate", {}, {**CERTIFICATE, **wrong})
    assert (last.kind, walked.saved) == ("refused", [])
    assert "418.8" in last.text


def test_a_polynomial_certificate() -> None:
    """V-VW-4: the same gauge."""
    law = {"kind": "vw_polynomial", "zero": 9082.0, "a": 0.0, "b": -0.2}
    known = FACTS._replace(law=law, configured=law, temperature="", barometer="")
    worked_out = summed(VibratingWirePolynomial.model_validate(law), SPEC)
    answers = {
        "a": "-6.42333e-7", "b": "-0.1698655", "c": "1595.7", "check_reading": "6749", "check_value": "420.02"
    }  # fmt: skip
    last, walked = walk("certificate", {"value": 3.0}, answers, known, worked_out)
    assert last.kind == "result"
    assert walked.saved[0]["law"] == {
        "kind": "vw_polynomial",
        "zero": 9082.0,
        "a": -6.42333e-7,
        "b": -0.1698655,
    }


def test_a_gauge_is_offered_both() -> None:
    assert offered(FACTS) == ["zero", "certificate"]


def test_a_line_of_the_certificate_that_proves_nothing_is_asked_for_again() -> None:
    """At its zero every factor gives what is printed; and a factor of 0 would make every value 0."""
    wrong = {"factor": ["0", "-0.1759"], "check_reading": ["9082", "6749"], "check_value": ["0", "418.8"]}
    last, walked = walk("certificate", {"value": 3.0}, {**CERTIFICATE, **wrong})
    assert (last.kind, walked.saved) == ("refused", [])
    assert (walked.went().count("factor"), walked.went().count("check_reading")) == (2, 2)
    assert "beyond 5 kPa" in next(s.text for s in reversed(walked.seen) if s.key == "check_reading")
