"""The calibration inside EZO circuits: told point by point, believed only once it was read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from drivers.contract import BadAnswerError, DriverError, Later, NoAnswerError, RefusedError
from drivers.onboard import Calibrates, Onboard, onboard
from drivers.registry import MODELS
from drivers.simulated.electrode import CONDITIONS, Electrode
from drivers.simulated.ezo import Ezo
from drivers.simulated.ezo_probe import ProbedEzo
from drivers.simulated.ezo_uart import EzoFault, EzoUart
from tests.drivers.test_ezo_driver import finished, on, on_i2c, on_uart, value

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from drivers.contract import Driver

US_MID, US_LOW, US_HIGH = 7.04, 4.00, 10.12  # at 15 degC


class Vessel:
    """What the probe stands in."""

    def __init__(self, electrode: Electrode = CONDITIONS["good"]) -> None:
        self.ph, self.celsius = 6.2, 15.0
        self._electrode = electrode

    def __call__(self) -> float:
        return self._electrode.mv(self.ph, self.celsius)


@pytest.fixture(params=["uart", "i2c"])
def wire(request: pytest.FixtureRequest) -> str:
    """Either of the two."""
    name: str = request.param
    return name


def done(steps: Iterator[Onboard | None]) -> Onboard:
    """The calibration that the steps end with: the last of them, and the only one."""
    *under_way, found = steps
    assert under_way == [None] * len(under_way)
    assert found is not None
    return found


def told(driver: Driver) -> Calibrates:
    return onboard(driver)


def take(driver: Driver, vessel: Vessel, point: str, buffer_ph: float) -> Onboard:
    """Put the electrode into the buffer and let the circuit take it."""
    vessel.ph = buffer_ph
    return done(told(driver).take(point, {"reference": buffer_ph}, vessel.celsius))


def test_three_buffers_give_the_slopes_and_the_zero_of_the_electrode(wire: str, tmp_path: Path) -> None:
    """96.3 % and -6 mV at the wire come back as such, and the water then reads what it is."""
    vessel = Vessel()
    with on(wire, tmp_path, ProbedEzo("pH", vessel), "ezo-ph", temperature_c=15.0) as (driver, _):
        assert take(driver, vessel, "mid", US_MID).points == 1
        assert take(driver, vessel, "low", US_LOW).points == 2
        last = take(driver, vessel, "high", US_HIGH)
        assert last.points == 3
        assert last.figures["acid_slope_percent"] == pytest.approx(96.3, abs=0.1)
        assert last.figures["base_slope_percent"] == pytest.approx(96.3, abs=0.1)
        assert last.figures["zero_mv"] == pytest.approx(-6.0, abs=0.05)
        assert last.figures["reads"] == pytest.approx(US_HIGH, abs=0.002)
        assert last.trouble == ""
        assert "?Cal,3" in last.told
        vessel.ph = 5.3
        assert value(driver) == pytest.approx(5.3, abs=0.002)


def test_the_middle_point_wipes_the_others(tmp_path: Path) -> None:
    """That is why it comes first, and why the point says so."""
    vessel = Vessel()
    with on_i2c(tmp_path, ProbedEzo("pH", vessel)) as (driver, _):
        for point, buffer_ph in (("mid", US_MID), ("low", US_LOW)):
            take(driver, vessel, point, buffer_ph)
        assert take(driver, vessel, "mid", US_MID).points == 1
        assert [each.name for each in told(driver).points if each.wipes] == ["mid"]


def test_an_outer_point_before_the_middle_one_is_not_even_sent(tmp_path: Path) -> None:
    vessel, circuit = Vessel(), ProbedEzo("pH", Vessel())
    with on_i2c(tmp_path, circuit) as (driver, _):
        with pytest.raises(RefusedError, match="holds no point yet") as caught:
            take(driver, vessel, "low", US_LOW)
        assert caught.value.hint == "begin with mid"
    assert not [each for each in circuit.heard if each.startswith("Cal,low")]


def test_a_worn_electrode_is_told_by_the_circuit_itself(tmp_path: Path) -> None:
    vessel = Vessel(CONDITIONS["worn"])
    with on_i2c(tmp_path, ProbedEzo("pH", vessel)) as (driver, _):
        take(driver, vessel, "mid", US_MID)
        found = take(driver, vessel, "low", US_LOW)
    assert found.figures["acid_slope_percent"] == pytest.approx(80.0, abs=0.1)
    assert "slopes of 80" in found.trouble


def test_one_that_only_says_yes_is_no_success(wire: str, tmp_path: Path) -> None:
    """The command was accepted; what is read back says that nothing came of it."""
    vessel = Vessel()
    circuit = ProbedEzo("pH", vessel)
    circuit.is_deaf = True
    with (
        on(wire, tmp_path, circuit, "ezo-ph") as (driver, _),
        pytest.raises(BadAnswerError, match="holds 0 points: it did not take it"),
    ):
        take(driver, vessel, "mid", US_MID)


def test_a_reading_that_is_not_what_it_was_told_is_no_success(tmp_path: Path) -> None:
    """The probe was lifted out of the buffer in the moment of the calibration."""
    ups_and_downs = iter([0.0] + [90.0] * 9)
    with (
        on_i2c(tmp_path, ProbedEzo("pH", lambda: next(ups_and_downs))) as (driver, _),
        pytest.raises(BadAnswerError, match="where it was just told 7"),
    ):
        done(told(driver).take("mid", {"reference": 7.0}))


def test_a_probe_left_in_the_buffer_before_is_found_out(tmp_path: Path) -> None:
    """The technician forgot to move it: the circuit believes him, its next reading does not."""
    vessel = Vessel()
    with on_i2c(tmp_path, ProbedEzo("pH", vessel)) as (driver, _):
        take(driver, vessel, "mid", US_MID)
        with pytest.raises(BadAnswerError, match="where it was just told 4"):
            done(told(driver).take("low", {"reference": US_LOW}, vessel.celsius))


def test_a_restart_in_between_is_no_success(tmp_path: Path) -> None:
    """It has forgotten how warm the buffer is, and took the point for one of 25 degC."""
    circuit = ProbedEzo("pH", Vessel())

    def dip() -> float:
        circuit.restart("B")
        return 0.0

    circuit._sense = dip
    with (
        on_i2c(tmp_path, circuit) as (driver, _),
        pytest.raises(BadAnswerError, match="for a sample of 25 degC, not of 15"),
    ):
        done(told(driver).take("mid", {"reference": 7.0}, 15.0))


def test_the_temperature_of_the_buffer_does_not_outlive_the_calibration(tmp_path: Path) -> None:
    vessel = Vessel()
    circuit = ProbedEzo("pH", vessel)
    circuit.temperature_c = 8.5
    with on_i2c(tmp_path, circuit) as (driver, _):
        assert take(driver, vessel, "mid", US_MID).points == 1
    assert circuit.temperature_c == 8.5


def test_nor_does_it_outlive_one_that_failed(tmp_path: Path) -> None:
    """The probe is still in the buffer of pH 7: the next reading is of the water, and as warm as that."""
    vessel = Vessel()
    circuit = ProbedEzo("pH", vessel)
    circuit.temperature_c = 8.5
    with on_i2c(tmp_path, circuit) as (driver, _):
        take(driver, vessel, "mid", US_MID)
        with pytest.raises(BadAnswerError, match="where it was just told 4"):
            done(told(driver).take("low", {"reference": US_LOW}, vessel.celsius))
        value(driver)
    assert circuit.temperature_c == 8.5


def test_nor_one_that_somebody_gave_up(tmp_path: Path) -> None:
    vessel = Vessel()
    circuit = ProbedEzo("pH", vessel)
    circuit.temperature_c = 8.5
    with on_i2c(tmp_path, circuit) as (driver, far_end):
        driver.read()
        far_end._busy_s = 0.03
        steps = told(driver).take("mid", {"reference": US_MID}, vessel.celsius)
        while circuit.temperature_c != vessel.celsius:
            assert next(steps) is None
        cast("Generator[None]", steps).close()
        value(driver)
    assert circuit.temperature_c == 8.5


@pytest.mark.parametrize(
    ("point", "numbers", "celsius", "words"),
    [
        ("top", {"reference": 7.0}, None, "takes no point 'top'"),
        ("mid", {}, None, "given nothing"),
        ("mid", {"reference": 4.0}, None, "cannot be at 4 pH"),
        ("mid", {"reference": float("nan")}, None, "cannot be at nan"),
        ("mid", {"reference": 7.0}, 80.0, "80 degC is nothing to calibrate in"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    tmp_path: Path, point: str, numbers: dict[str, float], celsius: float | None, words: str
) -> None:
    circuit = ProbedEzo("pH", Vessel())
    with on_i2c(tmp_path, circuit) as (driver, _), pytest.raises(RefusedError, match=words) as caught:
        done(told(driver).take(point, numbers, celsius))
    assert caught.value.hint
    assert not [each for each in circuit.heard if each.startswith(("Cal,m", "Cal,t", "T,8"))]


def test_forgetting_is_read_back_too(wire: str, tmp_path: Path) -> None:
    vessel = Vessel()
    circuit = ProbedEzo("pH", vessel)
    with on(wire, tmp_path, circuit, "ezo-ph") as (driver, _):
        take(driver, vessel, "mid", US_MID)
        circuit.is_deaf = True
        with pytest.raises(BadAnswerError, match="still holds 1 points"):
            done(told(driver).forget())
        circuit.is_deaf = False
        assert done(told(driver).forget()).points == 0


def test_recalling_changes_nothing(tmp_path: Path) -> None:
    vessel, circuit = Vessel(), ProbedEzo("pH", Vessel())
    with on_i2c(tmp_path, circuit) as (driver, _):
        circuit.memory.take(["MID", "7.04"], vessel(), 15.0)
        heard = len(circuit.heard)
        assert done(told(driver).recall()).points == 1
        assert all(each.endswith("?") or each == "i" for each in circuit.heard[heard:])


def test_a_reading_waits_while_the_circuit_is_being_calibrated(tmp_path: Path) -> None:
    """It is put off without a word on the wire, and nothing of it disturbs the calibration."""
    vessel = Vessel()
    vessel.ph = US_MID
    with on_i2c(tmp_path, ProbedEzo("pH", vessel)) as (driver, far_end):
        driver.read()
        far_end._busy_s = 0.03
        found = None
        for found in told(driver).take("mid", {"reference": US_MID}, 15.0):
            said = far_end.transfers
            assert found is not None or isinstance(driver.read(), Later)
            assert far_end.transfers == said
        assert found is not None
        assert found.points == 1


def test_readings_go_on_when_somebody_gave_up_half_way(tmp_path: Path) -> None:
    vessel = Vessel()
    vessel.ph = US_MID
    with on_i2c(tmp_path, ProbedEzo("pH", vessel)) as (driver, far_end):
        driver.read()
        far_end.never_ready = True
        steps = told(driver).take("mid", {"reference": US_MID}, 15.0)
        assert next(steps) is None
        far_end.never_ready = False
        cast("Generator[None]", steps).close()
        assert value(driver) == pytest.approx(US_MID, abs=0.2)


def test_silence_in_the_middle_is_no_success_and_the_next_reading_is_good() -> None:
    vessel = Vessel()
    vessel.ph = US_MID
    with on_uart(ProbedEzo("pH", vessel)) as (driver, far_end):
        assert isinstance(far_end, EzoUart)
        value(driver)
        far_end.fault(EzoFault.SILENT)
        with pytest.raises(NoAnswerError):
            done(told(driver).take("mid", {"reference": US_MID}, 15.0))
        far_end.clear()
        assert finished(driver)


def test_a_circuit_without_response_codes_is_calibrated_all_the_same() -> None:
    """Nothing says yes then; what is read back does."""
    vessel = Vessel()
    circuit = ProbedEzo("pH", vessel)
    circuit.codes = False
    vessel.ph = US_MID
    with on_uart(circuit) as (driver, _):
        assert done(told(driver).take("mid", {"reference": US_MID})).points == 1


def test_a_refused_command_says_what_to_look_at() -> None:
    with on_uart(Ezo("ORP", lambda _celsius: "1.0"), "ezo-orp") as (driver, _):
        with pytest.raises(DriverError, match=r"refuses the command Cal,\?") as caught:
            done(told(driver).recall())
        assert caught.value.hint


@pytest.mark.parametrize(
    ("model", "points"),
    [
        ("ezo-ec", [("dry", None, 3.0), ("low", 84.0, 91.2), ("high", 1413.0, 1486.65)]),
        ("ezo-ec", [("dry", None, 3.0), ("single", 1413.0, 1300.0)]),
        ("ezo-orp", [("single", 225.0, 231.5)]),
        ("ezo-do", [("air", None, 8.1), ("zero", None, 0.2)]),
    ],
)
def test_the_other_circuits_take_their_points(
    tmp_path: Path, model: str, points: list[tuple[str, float | None, float]]
) -> None:
    """Each by its own words; afterwards each standard reads what its bottle says."""
    signal = [0.0]
    name = model.removeprefix("ezo-").upper()
    with on("i2c", tmp_path, ProbedEzo(name, lambda: signal[0]), model) as (driver, _):
        for point, reference, signal[0] in points:
            found = done(told(driver).take(point, {} if reference is None else {"reference": reference}))
        assert found.points
        for point, reference, signal[0] in points:
            expected = 9.09 if point == "air" else reference or 0.0
            assert value(driver) == pytest.approx(expected, abs=0.01)


def test_what_a_circuit_takes_is_known_before_a_bus_is_open(tmp_path: Path) -> None:
    with on_i2c(tmp_path, ProbedEzo("pH", Vessel())) as (driver, _):
        assert told(driver).points == MODELS["ezo-ph"].points("ezo-ph")
    assert MODELS["ezo-rtd"].points("ezo-rtd") == ()
    assert MODELS["keller-30"].points("keller-30") == ()


def test_an_instrument_that_keeps_none_says_what_to_do_instead(tmp_path: Path) -> None:
    with (
        on("i2c", tmp_path, Ezo("RTD", lambda _celsius: "9.0"), "ezo-rtd") as (driver, _),
        pytest.raises(RefusedError) as caught,
    ):
        onboard(driver)
    assert "record" in caught.value.hint
