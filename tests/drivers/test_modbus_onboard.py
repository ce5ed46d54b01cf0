"""The calibration inside Modbus instruments: standards one by one, or a line; believed when read back."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from drivers.bus.serial import SerialLine
from drivers.contract import BadAnswerError, NoAnswerError, RefusedError
from drivers.modbus.decode import Form, decode, encoded
from drivers.onboard import Onboard, onboard
from drivers.registry import MODELS
from drivers.simulated.electrode import CONDITIONS, Electrode
from drivers.simulated.modbus_slave import Fault, ModbusSlave
from drivers.simulated.physics import Site
from drivers.simulated.scenario import SCENARIOS
from drivers.simulated.yosemitech import Turbidity
from drivers.simulated.yosemitech_ph import Ph
from tests.drivers.kits import driver_for
from tests.drivers.test_profile import CHANNEL, HEAD, READ, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.onboard import Calibrates
    from drivers.simulated.modbus_frame import Instrument

UNIT = 7
STATE = Site(1, SCENARIOS["calm"], 0.0).at(0.0)
BUFFERS = (4.00, 6.86, 9.18)


class Vessel:
    """What the probe stands in."""

    ph = 7.0

    def __call__(self) -> Any:
        return STATE._replace(ph=self.ph, water_temp_c=20.0)


@contextmanager
def on_line(instrument: Instrument, model: str) -> Iterator[tuple[Calibrates, ModbusSlave]]:
    """A driver, and the line with its instrument."""
    with ModbusSlave({UNIT: instrument}) as slave:
        line = SerialLine.open(slave.port, 9600, "none", 1)
        try:
            yield onboard(driver_for(model, line, {"unit": UNIT, "response_timeout_s": 0.1})), slave
        finally:
            line.close()


@contextmanager
def y532(vessel: Vessel, electrode: Electrode) -> Iterator[tuple[Calibrates, ModbusSlave]]:
    with on_line(Ph(vessel, lambda: electrode).instrument(), "yosemitech-y532") as found:
        yield found


def y511(**_: Any) -> Instrument:
    return Turbidity(lambda: STATE, lambda: 0.0, 0.0, has_wiper=True).instrument()


def done(steps: Iterator[Onboard | None]) -> Onboard:
    *under_way, found = steps
    assert under_way == [None] * len(under_way)
    assert found is not None
    return found


def tell(driver: Calibrates, vessel: Vessel, buffer_ph: float) -> Onboard:
    vessel.ph = buffer_ph
    return done(driver.take("standard", {"reference": buffer_ph}))


def test_three_standards_are_taken_and_the_last_one_is_shown() -> None:
    """Until the third the instrument itself says that it wants more."""
    vessel = Vessel()
    with y532(vessel, CONDITIONS["good"]) as (driver, _):
        assert done(driver.recall()).trouble == ""
        for buffer_ph in BUFFERS[:2]:
            assert "fewer than the 3 standards" in tell(driver, vessel, buffer_ph).trouble
        last = tell(driver, vessel, BUFFERS[2])
        assert (last.points, last.trouble) == (3, "")
        assert last.figures["reads"] == pytest.approx(BUFFERS[2], abs=1e-3)


@pytest.mark.parametrize(
    ("condition", "buffers", "words"),
    [
        ("good", (4.00, 6.86, 6.90), "the standards do not match"),
        ("worn", BUFFERS, ""),
        ("flat", BUFFERS, "coefficients would be out of range"),
    ],
)
def test_what_the_instrument_refuses_is_refused_in_its_words(
    condition: str, buffers: tuple[float, ...], words: str
) -> None:
    """A slope of 80 % is just good enough for it, 60 % is not."""
    vessel = Vessel()
    electrode = CONDITIONS.get(condition, Electrode(0.6, 0.0, 1.0))
    with y532(vessel, electrode) as (driver, _):
        for buffer_ph in buffers[:2]:
            tell(driver, vessel, buffer_ph)
        if not words:
            assert tell(driver, vessel, buffers[2]).trouble == ""
            return
        with pytest.raises(BadAnswerError, match=words) as caught:
            tell(driver, vessel, buffers[2])
        assert caught.value.hint


def test_one_that_says_done_and_shows_something_else_is_no_success() -> None:
    """It answers every write and takes nothing."""
    registers = {0x0E00: 0, 0x2800: 0, 0x2801: 0}
    deaf = (
        Ph(Vessel())
        .instrument()
        ._replace(registers=lambda: registers, command=lambda body: body[:5] if body[0] == 16 else None)
    )
    with (
        on_line(deaf, "yosemitech-y532") as (driver, _),
        pytest.raises(BadAnswerError, match=r"shows 0\.0 in a standard of 7"),
    ):
        done(driver.take("standard", {"reference": 7.0}))


def test_factor_and_offset_are_written_together_and_read_back() -> None:
    with on_line(y511(), "yosemitech-y511") as (driver, slave):
        found = done(driver.take("line", {"factor": 1.05, "offset": -0.5}))
        assert found.figures == {"factor": pytest.approx(1.05), "offset": pytest.approx(-0.5)}
        assert done(driver.recall()) == found
        assert done(driver.forget()).figures == {"factor": 1.0, "offset": 0.0}
    written = [each for each in slave.heard if each[1] == 16]
    assert written[0][2:-2] == bytes.fromhex("11 00 00 04 08") + struct.pack("<2f", 1.05, -0.5)


def test_a_line_that_is_not_kept_is_no_success() -> None:
    locked = y511()._replace(command=lambda body: body[:5] if body[0] == 16 else None)
    with (
        on_line(locked, "yosemitech-y511") as (driver, _),
        pytest.raises(BadAnswerError, match="and holds 1 and 0"),
    ):
        done(driver.take("line", {"factor": 1.05, "offset": 0.0}))


def test_silence_after_the_write_is_no_success() -> None:
    with on_line(y511(), "yosemitech-y511") as (driver, slave):
        steps = driver.take("line", {"factor": 1.05, "offset": 0.0})
        assert next(steps) is None
        slave.fault(UNIT, Fault.SILENT)
        with pytest.raises(NoAnswerError):
            done(steps)


@pytest.mark.parametrize(
    ("model", "point", "numbers", "words"),
    [
        ("yosemitech-y511", "line", {"factor": 1.0}, "was given factor"),
        ("yosemitech-y511", "line", {"factor": 0.0, "offset": 0.0}, "cannot be at 0"),
        ("yosemitech-y511", "line", {"factor": 1.0, "offset": 900.0}, "cannot be at 900 FNU"),
        ("yosemitech-y532", "mid", {"reference": 7.0}, "takes no point 'mid'"),
        ("yosemitech-y532", "standard", {"reference": 15.0}, "cannot be at 15 pH"),
    ],
)
def test_what_cannot_be_is_never_written(
    model: str, point: str, numbers: dict[str, float], words: str
) -> None:
    instrument = y511() if model == "yosemitech-y511" else Ph(Vessel()).instrument()
    with on_line(instrument, model) as (driver, slave):
        with pytest.raises(RefusedError, match=words):
            done(driver.take(point, numbers))
        assert not slave.heard


def test_who_cannot_forget_says_so() -> None:
    with y532(Vessel(), CONDITIONS["good"]) as (driver, _), pytest.raises(RefusedError, match="no command"):
        done(driver.forget())


def test_what_an_instrument_takes_is_known_before_a_bus_is_open() -> None:
    """Those without a `[calibrate]` take nothing, and say so when they are asked all the same."""
    assert [each.name for each in MODELS["yosemitech-y532"].points("yosemitech-y532")] == ["standard"]
    assert MODELS["sup-ph8001"].points("sup-ph8001") == ()
    assert MODELS["ads1115"].points("ads1115") == ()


@pytest.mark.parametrize("order", ["ABCD", "CDAB", "BADC", "DCBA"])
def test_a_float_is_written_as_it_is_read(order: Any) -> None:
    assert decode(encoded(123.456, order), Form("f32", order))[0] == pytest.approx(123.456)


def test_a_calibration_of_a_value_that_is_not_there_is_told() -> None:
    text = HEAD + READ + CHANNEL + '[calibrate]\nkind = "line"\nquantity = "turbidity"\nregister = 1\n'
    assert "[calibrate] is about turbidity, which is no [[channel]]" in problems(text)
