"""BME280 and BMP388: the data sheets' arithmetic, and whole readings over the simulated chips."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acquire.convert.build import converter
from drivers.bme280 import compensate as bme
from drivers.bme280.driver import Bme280Driver
from drivers.bme280.settings import Bme280Settings
from drivers.bmp388 import compensate as bmp
from drivers.bmp388.driver import Bmp388Driver
from drivers.bmp388.settings import Bmp388Settings
from drivers.contract import BadAnswerError, Later, NoAnswerError
from drivers.simulated import bme280 as simulated_bme
from drivers.simulated import bmp388 as simulated_bmp
from tests.drivers.i2c_rig import WireTime, bus_of

if TYPE_CHECKING:
    from drivers.simulated.chip import SimulatedChip

# Bosch BST-BMP280-DS001, 3.12: the worked example of the formulas that the BME280 shares.
EXAMPLE = bme.Calibration(
    (27504, 26435, -1000),
    (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000),
    simulated_bme.H,
)
PRESSURE_CODE, TEMPERATURE_CODE = 415148, 519888


def bme_data(pressure: int, temperature: int, humidity: int) -> bytes:
    head = (pressure << 4).to_bytes(3, "big") + (temperature << 4).to_bytes(3, "big")
    return head + humidity.to_bytes(2, "big")


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> WireTime:
    return WireTime(monkeypatch)


def bme280(chip: SimulatedChip) -> Bme280Driver:
    return Bme280Driver(bus_of(chip), "bme280", Bme280Settings())


def bmp388(chip: SimulatedChip) -> Bmp388Driver:
    return Bmp388Driver(bus_of(chip), "bmp388", Bmp388Settings())


def test_the_worked_example_of_the_data_sheet() -> None:
    """25.08 degC and 100653.27 Pa."""
    air = bme.compensate(EXAMPLE, bme_data(PRESSURE_CODE, TEMPERATURE_CODE, 30000))
    assert air is not None
    assert air.temperature_c == pytest.approx(25.08, abs=0.005)
    assert air.pressure_hpa == pytest.approx(1006.5327, abs=0.0001)


def test_the_simulated_chip_keeps_to_the_worked_example_too() -> None:
    """In whole numbers: t_fine is 128422, and the pressure 25767236 / 256 Pa within its last steps."""
    assert simulated_bme.t_fine(TEMPERATURE_CODE) == 128422
    assert simulated_bme.pressure_256th(PRESSURE_CODE, 128422) / 256 == pytest.approx(100653.27, abs=0.05)


@given(
    temperature_c=st.floats(-40, 85),
    pressure_pa=st.floats(30_000, 110_000),
    humidity=st.floats(0, 100),
)
def test_a_bme280_gives_back_its_air(temperature_c: float, pressure_pa: float, humidity: float) -> None:
    """The simulated chip computes in whole numbers, the driver in floating point: two ways, one answer.

    Tolerances are one step of the converter and of the whole numbers.
    """
    with pytest.MonkeyPatch.context() as monkeypatch:
        wire = WireTime(monkeypatch)
        air = simulated_bme.Air(temperature_c, pressure_pa, humidity)
        found = wire.values(bme280(simulated_bme.Bme280(lambda: air, wire)))
    assert found == {
        "barometric_pressure": pytest.approx(pressure_pa / 100, abs=0.05),
        "temperature": pytest.approx(temperature_c, abs=0.01),
        "relative_humidity": pytest.approx(humidity, abs=0.1),
    }


@given(temperature_c=st.floats(-40, 85), pressure_pa=st.floats(30_000, 125_000))
def test_a_bmp388_gives_back_its_air(temperature_c: float, pressure_pa: float) -> None:
    """The simulated chip uses the maker's whole numbers, the driver the data sheet's floating point.

    The former count hundredths of a degree, and the code is the first that reaches them.
    """
    with pytest.MonkeyPatch.context() as monkeypatch:
        wire = WireTime(monkeypatch)
        air = simulated_bmp.Air(temperature_c, pressure_pa)
        found = wire.values(bmp388(simulated_bmp.Bmp388(lambda: air, wire)))
    assert found == {
        "barometric_pressure": pytest.approx(pressure_pa / 100, abs=0.01),
        "temperature": pytest.approx(temperature_c, abs=0.011),
    }


def test_v_baro_1(wire: WireTime) -> None:
    """V-BARO-1: 915.22 hPa is the standard atmosphere 850 m up, and is told as it is: not reduced."""
    station_pa = 101325.0 * (1 - 0.0065 * 850 / 288.15) ** 5.25588
    assert station_pa == pytest.approx(91522, abs=1)
    driver = bme280(simulated_bme.Bme280(lambda: simulated_bme.Air(9.5, station_pa, 70.0), wire))
    raw = wire.values(driver)["barometric_pressure"]
    assert raw == pytest.approx(915.22, abs=0.02)
    assert raw is not None
    assert converter(None, driver.channels[0]).convert(raw).value == pytest.approx(91.522, abs=0.002)


def test_calibration_is_read_as_it_lies_in_the_chip() -> None:
    """H4 and H5 share a byte, and H5 has its low half in the upper one (data sheet, table 16)."""
    chip = simulated_bme.Bme280(lambda: simulated_bme.Air(0, 1e5, 0))
    found = bme.parse(chip.transfer(b"\x88", 26), bytes.fromhex("6A01 00 14 4B 03 1E"))
    assert found == bme.Calibration(simulated_bme.T, simulated_bme.P, (75, 0x016A, 0, 0x14B, 0x034, 30))


@pytest.mark.parametrize(("h4", "h5"), [(-2048, 2047), (2047, -2048), (-1, 0), (0, -1)])
def test_humidity_calibration_has_signs(h4: int, h5: int) -> None:
    shared = h4 & 0xF | (h5 & 0xF) << 4
    block = struct.pack("<hBbBbb", 362, 0, h4 >> 4, shared, h5 >> 4, 30)
    found = bme.parse(struct.pack("<HhhHhhhhhhhhxB", *simulated_bme.T, *simulated_bme.P, 75), block)
    assert found is not None
    assert found.h[3:5] == (h4, h5)


@pytest.mark.parametrize(
    "data",
    [
        "80 00 00  7E ED 00  75 30",
        "65 5A C0  80 00 00  75 30",
        "65 5A C0  7E ED 00  80 00",
    ],
)
def test_what_was_not_measured_is_no_air(data: str) -> None:
    assert bme.compensate(EXAMPLE, bytes.fromhex(data)) is None


def test_a_calibration_without_slope_is_no_air() -> None:
    """P1 = 0 cannot come from `parse`; a sum that ends at 0 could, and nothing is divided by it."""
    flat = EXAMPLE._replace(p=(0, *EXAMPLE.p[1:]))
    assert bme.compensate(flat, bme_data(PRESSURE_CODE, TEMPERATURE_CODE, 30000)) is None


@given(
    block=st.binary(min_size=26, max_size=26),
    humid=st.binary(min_size=7, max_size=7),
    data=st.binary(min_size=8, max_size=8),
)
def test_a_bme280_may_say_anything(block: bytes, humid: bytes, data: bytes) -> None:
    calibration = bme.parse(block, humid)
    if calibration is not None:
        air = bme.compensate(calibration, data)
        assert air is None or 0.0 <= air.humidity_percent <= 100.0


@given(block=st.binary(min_size=21, max_size=21), data=st.binary(min_size=6, max_size=6))
def test_a_bmp388_may_say_anything(block: bytes, data: bytes) -> None:
    calibration = bmp.parse(block)
    if calibration is not None:
        air = bmp.compensate(calibration, data)
        assert air is None or isinstance(air.pressure_hpa, float)


@pytest.mark.parametrize("data", ["00 00 80 01 02 03", "01 02 03 00 00 80"])
def test_what_a_bmp388_did_not_measure_is_no_air(data: str) -> None:
    calibration = bmp.parse(struct.pack("<HHbhhbbHHbbhbb", *simulated_bmp.T, *simulated_bmp.P))
    assert calibration is not None
    assert bmp.compensate(calibration, bytes.fromhex(data)) is None


def a_bme() -> simulated_bme.Bme280:
    return simulated_bme.Bme280(lambda: simulated_bme.Air(20.0, 1e5, 50.0))


def a_bmp() -> simulated_bmp.Bmp388:
    return simulated_bmp.Bmp388(lambda: simulated_bmp.Air(20.0, 1e5))


@pytest.mark.parametrize(("make", "at"), [("bme", 0x88), ("bmp", 0x31)])
def test_an_empty_calibration_is_none(make: str, at: int) -> None:
    """As of a chip whose memory was lost: the formulas would divide by it, or give nonsense."""
    chip: simulated_bme.Bme280 | simulated_bmp.Bmp388 = a_bme() if make == "bme" else a_bmp()
    chip.registers[at : at + 26] = bytes(26)
    driver = bme280(chip) if make == "bme" else bmp388(chip)
    with pytest.raises(BadAnswerError, match="factory calibration") as caught:
        driver.read()
    assert "baudrate" in caught.value.hint


@pytest.mark.parametrize(("make", "at"), [("bme", 0x88), ("bme", 0xE1), ("bmp", 0x31)])
def test_a_calibration_that_reads_differently_twice_is_none(make: str, at: int) -> None:
    """I2C has no checksum; a bit that flips here would bend every value until the next start."""
    chip: simulated_bme.Bme280 | simulated_bmp.Bmp388 = a_bme() if make == "bme" else a_bmp()
    seen = 0

    def flaky(write: bytes, read_len: int) -> bytes:
        nonlocal seen
        heard = type(chip).transfer(chip, write, read_len)
        if write == bytes((at,)):
            seen += 1
            if seen == 1:
                return heard[:-1] + bytes((heard[-1] ^ 1,))
        return heard

    chip.transfer = flaky  # type: ignore[method-assign]  # a disturbed line
    driver = bme280(chip) if make == "bme" else bmp388(chip)
    with pytest.raises(BadAnswerError, match="factory calibration"):
        driver.read()
    assert isinstance(driver.read(), Later)


@pytest.mark.parametrize("make", ["bme", "bmp"])
def test_a_measurement_of_nothing_is_a_bad_answer(wire: WireTime, make: str) -> None:
    """The registers hold what they hold after power-on, though the settings are right."""
    chip: simulated_bme.Bme280 | simulated_bmp.Bmp388 = a_bme() if make == "bme" else a_bmp()
    chip._clock = wire
    nothing = bytes.fromhex("80 00 00 80 00 00 80 00" if make == "bme" else "00 00 80 00 00 80")
    at = 0xF7 if make == "bme" else 0x04
    finish = chip._finish

    def measure_nothing() -> None:
        finish()
        chip.registers[at : at + len(nothing)] = nothing

    chip._finish = measure_nothing  # type: ignore[method-assign]  # a broken chip
    driver = bme280(chip) if make == "bme" else bmp388(chip)
    with pytest.raises(BadAnswerError, match="measured nothing"):
        wire.finished(driver)


def test_the_calibration_is_read_once(wire: WireTime) -> None:
    """Two transfers a reading afterwards for the settings, one for the result."""
    chip = simulated_bme.Bme280(lambda: simulated_bme.Air(20.0, 1e5, 50.0), wire)
    driver = bme280(chip)
    wire.finished(driver)
    before = chip.transfers
    wire.finished(driver)
    assert chip.transfers - before == 3


@pytest.mark.parametrize(("identity", "name"), [(0x50, "BMP388"), (0x60, "BMP390")])
def test_both_of_the_family_are_named(identity: int, name: str) -> None:
    chip = a_bmp()
    chip.identity = identity
    chip.power_on_reset()
    assert bmp388(chip).probe() == f"a {name} answers at 0x77 on i2c-9"


def test_a_bmp280_sold_as_bme280_is_told_apart() -> None:
    chip = a_bme()
    chip.identity = 0x58
    chip.power_on_reset()
    with pytest.raises(BadAnswerError, match="is a BMP280, which has no humidity"):
        bme280(chip).probe()


@pytest.mark.parametrize(("address", "strap"), [(0x76, "GND"), (0x77, "3.3 V")])
def test_silence_says_how_the_address_is_wired(address: int, strap: str) -> None:
    chip = a_bme()
    chip.absent = True
    with pytest.raises(NoAnswerError) as caught:
        Bme280Driver(bus_of(chip), "bme280", Bme280Settings(address=address)).probe()
    assert f"SDO is wired to {strap}" in caught.value.hint
    with pytest.raises(NoAnswerError) as caught:
        Bmp388Driver(bus_of(chip), "bmp388", Bmp388Settings(address=address)).probe()
    assert f"SDO is wired to {strap}" in caught.value.hint


@pytest.mark.parametrize("make", ["bme", "bmp"])
def test_the_simulated_chips_obey_a_soft_reset(make: str) -> None:
    """By the command that the data sheets name."""
    chip: simulated_bme.Bme280 | simulated_bmp.Bmp388 = a_bme() if make == "bme" else a_bmp()
    setting, command = (0xF4, 0xE0) if make == "bme" else (0x1C, 0x7E)
    after_reset = chip.transfer(bytes((setting,)), 1)
    chip.transfer(bytes((setting, 0x2C)), 0)
    assert chip.transfer(bytes((setting,)), 1) == b"\x2c"
    chip.transfer(bytes((command, 0xB6)), 0)
    assert chip.transfer(bytes((setting,)), 1) == after_reset


@pytest.mark.parametrize(
    ("make", "register", "value"),
    [
        ("bme", 0xF2, 0x00),
        ("bme", 0xF4, 0x00),
        ("bme", 0xF4, 0x27),
        ("bmp", 0x1B, 0x00),
        ("bmp", 0x1C, 0x02),
        ("bmp", 0x1F, 0x02),
    ],
)
def test_any_setting_that_changed_is_told(wire: WireTime, make: str, register: int, value: int) -> None:
    """A value that was averaged or filtered in another way is not the one that was asked for."""
    chip: simulated_bme.Bme280 | simulated_bmp.Bmp388 = a_bme() if make == "bme" else a_bmp()
    chip._clock = wire
    driver = bme280(chip) if make == "bme" else bmp388(chip)
    assert isinstance(driver.read(), Later)
    wire.now_s += 1.0
    chip.transfer(b"\x00", 1)
    chip.registers[register] = value
    with pytest.raises(BadAnswerError, match="lost its settings"):
        driver.read()


@pytest.mark.parametrize(("make", "register", "value"), [("bme", 0xF3, 0x08), ("bmp", 0x03, 0x50)])
def test_asleep_and_not_done_is_not_done(wire: WireTime, make: str, register: int, value: int) -> None:
    """The BMP388 says for each of two results whether it is new; both have to be."""
    chip: simulated_bme.Bme280 | simulated_bmp.Bmp388 = a_bme() if make == "bme" else a_bmp()
    chip._clock = wire
    driver = bme280(chip) if make == "bme" else bmp388(chip)
    assert isinstance(driver.read(), Later)
    wire.now_s += 0.05
    chip.transfer(b"\x00", 1)
    chip.registers[register] = value
    assert isinstance(driver.read(), Later)


@pytest.mark.parametrize("make", ["bme", "bmp"])
def test_after_silence_it_may_be_another_chip(wire: WireTime, make: str) -> None:
    """Identity and calibration are read again; the old numbers would bend every value."""
    chip: simulated_bme.Bme280 | simulated_bmp.Bmp388 = a_bme() if make == "bme" else a_bmp()
    chip._clock = wire
    driver = bme280(chip) if make == "bme" else bmp388(chip)
    wire.finished(driver)
    chip.absent = True
    with pytest.raises(NoAnswerError):
        driver.read()
    chip.absent = False
    chip.identity = 0x42
    chip.power_on_reset()
    with pytest.raises(BadAnswerError, match="0x42"):
        driver.read()
