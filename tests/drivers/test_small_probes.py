"""INA219, Chirp and seesaw: registers to numbers, and whole readings over the simulated chips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.chirp import registers as chirp_registers
from drivers.chirp.driver import ChirpDriver
from drivers.chirp.settings import ChirpSettings
from drivers.contract import BadAnswerError, Doubt, Reading
from drivers.ina219.driver import Ina219Driver
from drivers.ina219.registers import bus_v, is_ready, shunt_v
from drivers.ina219.settings import Ina219Settings
from drivers.seesaw_soil import registers as seesaw_registers
from drivers.seesaw_soil.driver import SeesawSoilDriver
from drivers.seesaw_soil.settings import SeesawSoilSettings
from drivers.simulated.chirp import Chirp
from drivers.simulated.chirp import Soil as ChirpSoil
from drivers.simulated.ina219 import Ina219, Line
from drivers.simulated.seesaw_soil import SeesawSoil
from drivers.simulated.seesaw_soil import Soil as SeesawSoilState
from tests.drivers.i2c_rig import WireTime, bus_of


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> WireTime:
    return WireTime(monkeypatch)


@pytest.mark.parametrize(
    ("read", "register", "volts"),
    [(bus_v, 0x5DC0, 12.0), (shunt_v, 0x0FA0, 0.04), (shunt_v, 0xFE0C, -0.005)],
)
def test_v_ina_1(read: object, register: int, volts: float) -> None:
    """V-INA-1: 4 mV above three flag bits, and 10 uV with a sign."""
    assert callable(read)
    assert read(register) == pytest.approx(volts, abs=1e-9)


@given(st.integers(0, 0xFFFF))
def test_every_bus_register_is_0_to_32_7_v(register: int) -> None:
    """The flags below do not leak into the number."""
    assert bus_v(register) == bus_v(register | 0b111) == bus_v(register & ~0b111)
    assert 0.0 <= bus_v(register) <= 8191 * 0.004
    assert is_ready(register) is bool(register & 2)


@given(st.integers(-0x8000, 0x7FFF))
def test_every_shunt_code_comes_back(code: int) -> None:
    assert shunt_v(code & 0xFFFF) == code * 0.00001


def ina219(chip: Ina219, **keys: float) -> Ina219Driver:
    return Ina219Driver(bus_of(chip), "ina219", Ina219Settings.model_validate(keys))


def supply(wire: WireTime, bus: float, shunt: float, **keys: float) -> tuple[Reading, ...]:
    return wire.finished(ina219(Ina219(lambda: Line(bus, shunt), wire), **keys))


@given(bus=st.floats(0, 26), current=st.floats(-3.1, 3.1))
def test_a_supply_comes_back_within_a_step(bus: float, current: float) -> None:
    """4 mV, and 10 uV over 0.1 ohm."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        volts, amperes = supply(WireTime(monkeypatch), bus, current * 0.1)
    assert volts == Reading("supply_voltage", pytest.approx(bus, abs=0.0021))  # type: ignore[arg-type]  # pytest's stand-in for a float
    assert amperes == Reading("supply_current", pytest.approx(current, abs=5.1e-5))  # type: ignore[arg-type]  # the same


@pytest.mark.parametrize("shunt_v", [0.4, -0.4])
def test_a_current_at_full_scale_is_a_limit(wire: WireTime, shunt_v: float) -> None:
    """More than 320 mV cannot be told; the voltage beside it is good."""
    volts, amperes = supply(wire, 12.0, shunt_v)
    assert (volts.doubt, amperes.doubt) == (Doubt.NONE, Doubt.OVER_RANGE)


def test_a_voltage_at_full_scale_is_a_limit(wire: WireTime) -> None:
    volts, amperes = supply(wire, 40.0, 0.04)
    assert (volts.doubt, amperes.doubt) == (Doubt.OVER_RANGE, Doubt.NONE)


@pytest.mark.parametrize(("shunt_ohm", "amperes"), [(0.1, 0.4), (0.01, 4.0), (0.00075, 53.333)])
def test_the_current_is_the_shunts(wire: WireTime, shunt_ohm: float, amperes: float) -> None:
    """40 mV over what is wired there; the range of the channel follows."""
    found = supply(wire, 12.0, 0.04, shunt_ohm=shunt_ohm)
    assert found[1].raw == pytest.approx(amperes, rel=1e-4)
    spec = ina219(Ina219(lambda: Line(0, 0), wire), shunt_ohm=shunt_ohm).channels[1]
    assert (spec.low, spec.high) == (-0.32 / shunt_ohm, 0.32 / shunt_ohm)


def test_the_simulated_ina219_begins_as_the_data_sheet_says(wire: WireTime) -> None:
    """0x399F, and it converts again and again by itself."""
    line = [Line(12.0, 0.0)]
    chip = Ina219(lambda: line[0], wire)
    assert chip.transfer(b"\x00", 2) == bytes.fromhex("399F")
    for volts, register in ((12.0, "5DC2"), (8.0, "3E82")):
        line[0] = Line(volts, 0.0)
        wire.now_s += 0.01
        assert chip.transfer(b"\x02", 2).hex().upper() == register


def test_the_simulated_ina219_obeys_a_reset(wire: WireTime) -> None:
    """And a gain of 1 clips at 40 mV, where the driver's stops at 320."""
    chip = Ina219(lambda: Line(40.0, 0.1), wire)
    chip.transfer(bytes.fromhex("00 0003"), 0)
    wire.now_s += 0.01
    assert chip.transfer(b"\x01", 2) == (4000).to_bytes(2, "big")
    assert chip.transfer(b"\x02", 2) == (4000 << 3 | 2).to_bytes(2, "big")
    chip.transfer(bytes.fromhex("00 8000"), 0)
    assert chip.transfer(b"\x00", 2) == bytes.fromhex("399F")


def test_probing_an_ina219_shows_its_configuration(wire: WireTime) -> None:
    assert ina219(Ina219(lambda: Line(0, 0), wire)).probe().endswith("configuration 0x399F")


@given(st.integers(0, 0xFFFF))
def test_chirp_counts_are_big_endian(counts: int) -> None:
    assert chirp_registers.capacitance(counts.to_bytes(2, "big")) == counts


@given(st.integers(-0x8000, 0x7FFF))
def test_chirp_temperature_is_signed_tenths(tenths: int) -> None:
    """Frost is where a missing sign shows."""
    assert chirp_registers.temperature_c((tenths & 0xFFFF).to_bytes(2, "big")) == tenths / 10


def chirp(chip: Chirp) -> ChirpDriver:
    return ChirpDriver(bus_of(chip), "chirp", ChirpSettings())


def test_a_chirp_gives_what_is_and_not_what_was(wire: WireTime) -> None:
    """Its registers hold the result before; a reading is measured after the question."""
    soil = [ChirpSoil(300, 20.0)]
    driver = chirp(Chirp(lambda: soil[0], wire))
    assert wire.values(driver) == {"soil_moisture": 300.0, "temperature": 20.0}
    wire.now_s += 600
    soil[0] = ChirpSoil(550, -3.4)
    assert wire.values(driver) == {"soil_moisture": 550.0, "temperature": -3.4}


def test_a_chirp_tells_its_firmware(wire: WireTime) -> None:
    assert chirp(Chirp(lambda: ChirpSoil(300, 20.0), wire)).probe().endswith("firmware 2.6")


@pytest.mark.parametrize("counts", [1024, 0xFFFF])
def test_more_than_ten_bits_are_damage(wire: WireTime, counts: int) -> None:
    """Clock stretching that the Pi did not notice shifts bits: the advice is a slower bus."""
    with pytest.raises(BadAnswerError, match=f"reads {counts} counts") as caught:
        wire.finished(chirp(Chirp(lambda: ChirpSoil(counts, 20.0), wire)))
    assert "i2c_arm_baudrate=30000" in caught.value.hint


def test_a_busy_flag_that_is_none_is_damage(wire: WireTime) -> None:
    chip = Chirp(lambda: ChirpSoil(300, 20.0), wire)
    chip.transfer = lambda write, read_len: (  # type: ignore[method-assign]  # a disturbed line
        b"\x82" if write == b"\x09" else Chirp.transfer(chip, write, read_len)
    )
    with pytest.raises(BadAnswerError):
        wire.finished(chirp(chip))


def test_the_simulated_chirp_measures_on_reset(wire: WireTime) -> None:
    soil = [ChirpSoil(300, 20.0)]
    chip = Chirp(lambda: soil[0], wire)
    soil[0] = ChirpSoil(400, 20.0)
    chip.transfer(b"\x06", 0)
    assert chip.transfer(b"\x00", 2) == (400).to_bytes(2, "big")


def test_v_soil_5() -> None:
    """V-SOIL-5: 0x00190000 is 25 degC."""
    assert seesaw_registers.temperature_c(bytes.fromhex("00190000")) == 25.0


@given(st.integers(-(1 << 31), (1 << 31) - 1))
def test_seesaw_temperature_is_signed(parts: int) -> None:
    assert seesaw_registers.temperature_c((parts & 0xFFFFFFFF).to_bytes(4, "big")) == parts / 65536


@given(st.integers(0, 0xFFFF))
def test_seesaw_counts_are_big_endian(counts: int) -> None:
    assert seesaw_registers.capacitance(counts.to_bytes(2, "big")) == counts


def seesaw(chip: SeesawSoil) -> SeesawSoilDriver:
    return SeesawSoilDriver(bus_of(chip), "seesaw-soil", SeesawSoilSettings())


def test_a_seesaw_in_wet_and_in_frozen_ground(wire: WireTime) -> None:
    soil = [SeesawSoilState(900, 12.5)]
    driver = seesaw(SeesawSoil(lambda: soil[0]))
    assert wire.values(driver) == {"soil_moisture": 900.0, "temperature": 12.5}
    soil[0] = SeesawSoilState(350, -3.25)
    assert wire.values(driver) == {"soil_moisture": 350.0, "temperature": -3.25}


def test_a_bad_seesaw_read_is_no_moisture(wire: WireTime) -> None:
    """All ones, when the chip was not ready; the next one is good."""
    chip = SeesawSoil(lambda: SeesawSoilState(900, 12.5))
    driver = seesaw(chip)
    chip.bad_reads = 1
    with pytest.raises(BadAnswerError, match="reads 65535 counts"):
        driver.read()
    assert wire.values(driver)["soil_moisture"] == 900.0


def test_a_fuel_gauge_at_0x36_is_no_soil(wire: WireTime) -> None:
    chip = SeesawSoil(lambda: SeesawSoilState(900, 12.5))
    chip.identity = 0x12
    with pytest.raises(BadAnswerError, match="is no seesaw: its hardware id reads 0x12") as caught:
        seesaw(chip).read()
    assert "fuel gauges" in caught.value.hint


def test_the_identity_of_a_seesaw_is_asked_once(wire: WireTime) -> None:
    """Then two transfers for each of two results."""
    chip = SeesawSoil(lambda: SeesawSoilState(900, 12.5))
    driver = seesaw(chip)
    driver.read()
    before = chip.transfers
    driver.read()
    assert chip.transfers - before == 4


def test_the_simulated_seesaw_knows_its_version_and_a_reset() -> None:
    """Product 4026 in the upper half of the version; after a reset nothing is chosen."""
    chip = SeesawSoil(lambda: SeesawSoilState(900, 12.5))
    assert int.from_bytes(chip.transfer(b"\x00\x02", 4), "big") >> 16 == 4026
    chip.transfer(b"\x00\x7f\xff", 0)
    assert chip.transfer(b"", 2) == b"\xff\xff"
