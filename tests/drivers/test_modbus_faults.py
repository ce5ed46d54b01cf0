"""Every Modbus model against every fault of the line: the right values, or the right one of the errors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from drivers.bus.serial import SerialLine
from drivers.contract import BadAnswerError, Doubt, Later, NoAnswerError
from drivers.modbus.channels import channels
from drivers.modbus.master import Master
from drivers.modbus.profile import Block, load
from drivers.registry import MODELS
from drivers.simulated.modbus_models import is_independent
from drivers.simulated.modbus_slave import Fault
from tests.drivers.far_end import FarEnd
from tests.drivers.kits import driver_for
from tests.drivers.kits_modbus import LIKE, SITE, UNIT, ModbusKit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drivers.contract import Driver, Reading

MODBUS_MODELS = sorted(model for model, entry in MODELS.items() if entry.module == "drivers.modbus")
HARMLESS = {Fault.BYTE_BY_BYTE, Fault.ECHO}
ERRORS = {
    Fault.SILENT: NoAnswerError,
    Fault.BAD_CRC: BadAnswerError,
    Fault.TRUNCATED: BadAnswerError,
    Fault.WRONG_UNIT: BadAnswerError,
    Fault.EXCEPTION: BadAnswerError,
    Fault.GARBAGE: BadAnswerError,
    Fault.DELAY: NoAnswerError,
}
DIALOGUE_STEPS = 12
TRIES = 200

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(params=MODBUS_MODELS)
def model(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def kit(model: str, tmp_path: Path) -> Iterator[ModbusKit]:
    kit = ModbusKit(model, tmp_path)
    yield kit
    kit.unplug()


def read(driver: Driver) -> tuple[Reading, ...]:
    """To the end of the dialogue; the simulated instruments are ready at once."""
    for _ in range(DIALOGUE_STEPS):
        readings = driver.read()
        if not isinstance(readings, Later):
            return readings
    pytest.fail("the dialogue has no end")


def test_a_question_that_modbus_cannot_carry_is_an_error_of_the_instrument() -> None:
    """The checks let no such profile through; one that slips by costs its own readings, not the bus."""
    with FarEnd() as far_end:
        line = SerialLine.open(far_end.port, 9600, "none", 1)
        beyond = load("qdy30a")._replace(read=(Block(3, 0xFFFF + 1, 1),))
        with pytest.raises(BadAnswerError, match="cannot be asked to give registers 0x10000") as caught:
            Master(line, UNIT, beyond, 1.0).read(beyond.read[0])
        line.close()
    assert "QDY30A" in caught.value.hint


def test_there_is_a_fault_for_every_fault() -> None:
    assert set(ERRORS) | HARMLESS == set(Fault)
    assert not set(ERRORS) & HARMLESS


STATE = SITE.at(0.0)
# What each quantity may be on the simulated site, in the instrument's own unit; which one, by where it hangs.
TRUTHS: dict[str, list[float]] = {
    "soil_moisture": [100 * STATE.soil_moisture_shallow, 100 * STATE.soil_moisture_deep],
    "permittivity": [
        3 + 52.5 * moisture for moisture in (STATE.soil_moisture_shallow, STATE.soil_moisture_deep)
    ],
    "temperature": [
        STATE.soil_temp_shallow_c,
        STATE.soil_temp_deep_c,
        STATE.water_temp_c,
        STATE.ground_temp_c,
        STATE.air_temp_c,
    ],
    "conductivity": [STATE.soil_ec_us_cm, STATE.ec_us_cm],
    "dissolved_oxygen": [STATE.oxygen_mg_l],
    "ph": [STATE.ph, STATE.soil_ph],
    "turbidity": [STATE.turbidity_ntu],
    "pore_pressure": [(STATE.pore_pressure_kpa + STATE.air_pressure_kpa) / 100],
    "barometric_pressure": [STATE.air_pressure_kpa / 100],
    "water_level": [STATE.water_level_m],
    "frequency": [math.sqrt(1000 * (9082 - STATE.pore_pressure_kpa / 0.1795)) + 0.7],  # the second gauge
    "tilt_x": [1 + STATE.soil_moisture_deep],
    "tilt_y": [-0.5 - STATE.soil_moisture_deep / 2],
    "electrode_offset": [-2.1],
    "electrode_slope": [97.8],
}
# Half a step of the coarsest register of its kind: pH in tenths, conductivity in tens.
STEPS = {"ph": 0.051, "conductivity": 5.1, "tilt_x": 0.003, "tilt_y": 0.003, "water_level": 0.0006}
USUAL_STEP = 0.051


def test_every_value_is_what_there_is_to_measure(model: str, kit: ModbusKit) -> None:
    """Registers are written from data sheets, and profiles too: a wrong place, scale or order shows here."""
    bus = kit.open()
    readings = read(driver_for(model, bus, kit.settings))
    bus.close()
    settings = MODELS[model].settings()(**kit.settings)
    for reading, spec in zip(readings, channels(model, settings), strict=True):  # type: ignore[arg-type]  # it is one
        assert reading.quantity == spec.quantity
        assert reading.raw is not None
        assert spec.low <= reading.raw <= spec.high
        if not is_independent(LIKE.get(model, model)):
            continue  # made from the profile, it lies in the middle of its range and knows no truth
        step = STEPS.get(reading.quantity, USUAL_STEP)
        assert any(reading.raw == pytest.approx(truth, abs=step) for truth in TRUTHS[reading.quantity])


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.value)
def test_a_fault_is_named_and_gone_when_the_line_is_well(model: str, kit: ModbusKit, fault: Fault) -> None:
    """Never a wrong value; and the first reading on a healed line is the one before the fault."""
    bus = kit.open()
    good = read(driver_for(model, bus, kit.settings))
    kit.slave.fault(UNIT, fault, delay_s=0.15)
    driver = driver_for(model, bus, kit.settings if fault in HARMLESS else kit.hasty)
    if fault in HARMLESS:
        assert read(driver) == good
    else:
        with pytest.raises(ERRORS[fault]) as caught:
            read(driver)
        assert caught.value.hint
    kit.heal()
    assert read_again(driver, fault) == good
    bus.close()


def read_again(driver: Driver, fault: Fault) -> tuple[Reading, ...]:
    """A delayed answer may still be on its way, and be taken for the next one: it is as true."""
    if fault is not Fault.DELAY:
        return read(driver)
    for _ in range(TRIES):
        try:
            return read(driver)
        except (NoAnswerError, BadAnswerError):
            continue
    pytest.fail("it never came back")


def test_no_value_is_ever_wrong_on_a_line_that_spoils_a_fifth(model: str, kit: ModbusKit) -> None:
    bus = kit.open()
    good = read(driver_for(model, bus, kit.settings))
    for fault in (Fault.BAD_CRC, Fault.TRUNCATED):
        kit.slave.fault(UNIT, fault, rate=0.1)
    driver = driver_for(model, bus, kit.hasty)
    right = 0
    for _ in range(20):
        try:
            readings = read(driver)
        except (BadAnswerError, NoAnswerError):
            continue
        assert readings == good
        assert all(each.doubt is Doubt.NONE for each in readings)
        right += 1
    assert right > 0
    bus.close()
