"""Registers and volts of the simulated instruments against numbers worked out from their data sheets."""

from __future__ import annotations

import math
import struct

import pytest

from drivers.simulated import instruments as models
from drivers.simulated.instruments import i16, input_v, instruments, u16
from drivers.simulated.modbus_frame import framed, respond
from drivers.simulated.physics import Site, State
from drivers.simulated.scenario import SCENARIOS

STATE = (
    Site(1, SCENARIOS["calm"], 0.0)
    .at(0.0)
    ._replace(
        ph=4.52,
        orp_mv=-5.0,
        water_temp_c=25.6,
        turbidity_ntu=15.1,
        water_level_m=5.0,
        soil_moisture_shallow=0.321,
        soil_moisture_deep=0.20,
        soil_temp_shallow_c=-10.1,
        soil_temp_deep_c=-10.1,
        soil_ph=6.15,
        soil_ec_us_cm=1000.0,
        pore_pressure_kpa=50.0,
        air_pressure_kpa=96.0701,
        air_temp_c=22.719,
        ground_temp_c=11.25,
        battery_v=12.0,
    )
)


def reply(unit: int, body: str, state: State = STATE) -> bytes:
    """The frame that a unit gives to this function, address and count."""
    return respond(instruments(lambda _unit: state)[unit], framed(bytes((unit,)) + bytes.fromhex(body)))


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("03 0006 0001", "01 03 02 02 67 F8 CE"),
        ("03 0012 0002", "01 03 04 01 41 FF 9B AB 80"),
        ("03 0015 0001", "01 03 02 03 E8 B8 FA"),
    ],
)
def test_soil_probe_of_family_b_answers_as_its_manual_prints(body: str, answer: str) -> None:
    """JXBS-3001: pH 6.15, 32.1 %, -10.1 degC, 1000 uS/cm, byte for byte."""
    assert reply(models.SOIL_UNIT, body) == bytes.fromhex(answer)


def test_soil_probe_of_family_a_keeps_the_same_quantities_elsewhere() -> None:
    """SN-3002-TR: moisture 20.0 %, -10.1 degC, 1000 uS/cm and pH 6.1 or 6.2, from address 0."""
    words = struct.unpack(">4H", reply(models.SOIL_TR_UNIT, "03 0000 0004")[3:-2])
    assert words[:3] == (200, 0xFF9B, 1000)
    assert words[3] in (61, 62)


def test_ph_transmitter() -> None:
    """SUP-PH8001: 25.6 degC, pH 4.52; -2.1 mV zero, 97.8 % slope and Nernst give mV; ORP is signed."""
    words = struct.unpack(">5h", reply(models.PH_UNIT, "03 0000 0005")[3:-2])
    nernst_mv = 8.314462618 * math.log(10) / 96485.33212 * 1000 * (25.6 + 273.15)
    assert words == (256, 452, round(10 * (-2.1 + 0.978 * nernst_mv * 2.48)), -21, 978)
    assert reply(models.PH_UNIT, "04 000B 0001")[3:-2] == bytes.fromhex("FFCE")


def test_turbidity_probe_answers_as_its_manual_prints() -> None:
    """MBRTU-TBD: 25.6 degC and 15.1 NTU, byte for byte but for the unit."""
    assert reply(models.TURBIDITY_UNIT, "03 0100 0002") == framed(bytes.fromhex("04 03 04 01 00 00 97"))


def test_keller_floats_are_big_endian() -> None:
    """123.456 travels as 42 F6 E9 79; the barometer gives its two values in one read."""
    registers = models.keller_30(123.456, 22.719, 6)
    assert (registers[0x0002], registers[0x0003]) == (0x42F6, 0xE979)
    assert (registers[0x0100], registers[0x0101]) == (0x42F6, 0xE979)
    pressure, temperature = struct.unpack(">2f", reply(6, "03 0100 0004")[3:-2])
    assert (pressure, temperature) == (pytest.approx(0.960701), pytest.approx(22.719))


def test_piezometer_is_absolute_and_says_the_same_in_three_ways() -> None:
    """50 kPa of water under 96.0701 kPa of air are 1.460701 bar: as float, in 10 mbar and in Pa."""
    assert struct.unpack(">f", reply(5, "03 0002 0002")[3:-2])[0] == pytest.approx(1.460701)
    assert struct.unpack(">2h", reply(5, "03 0010 0002")[3:-2]) == (32767, 146)
    assert struct.unpack(">i", reply(5, "03 0022 0002")[3:-2]) == (146070,)
    assert struct.unpack(">i", reply(5, "03 0028 0002")[3:-2]) == (1125,)


@pytest.mark.parametrize("channel", ["0000", "0004", "0006", "000A"])
def test_inactive_keller_channels_are_not_a_number(channel: str) -> None:
    assert math.isnan(struct.unpack(">f", reply(5, f"03 {channel} 0002")[3:-2])[0])


@pytest.mark.parametrize(
    ("unit", "body", "code"),
    [
        (1, "04 0006 0001", 1),
        (1, "03 0012 0004", 2),
        (3, "03 0000 0009", 2),
        (5, "04 0002 0002", 1),
        (5, "03 0000 0006", 3),
    ],
    ids=[
        "soil: holding only",
        "soil: hole at 0x14",
        "ph: hole at 8",
        "keller: holding only",
        "keller: 4 at most",
    ],
)
def test_what_a_data_sheet_does_not_promise_is_refused(unit: int, body: str, code: int) -> None:
    assert reply(unit, body)[2] == code


@pytest.mark.parametrize(
    ("value", "step", "unsigned", "signed"),
    [(-1, 1, 0, 0xFFFF), (1e9, 0.1, 0xFFFF, 0x7FFF), (-1e9, 0.1, 0, 0x8000), (40.0, 0.01, 4000, 4000)],
)
def test_registers_hold_at_their_ends(value: float, step: float, unsigned: int, signed: int) -> None:
    assert (u16(value, step), i16(value, step)) == (unsigned, signed)


@pytest.mark.parametrize(("pin", "volts"), [(0, 1.2), (1, 12 * 10 / 57), (2, 2.05), (3, 1.9067)])
def test_volts_at_the_converter(pin: int, volts: float) -> None:
    """5 m is 12 mA is 1.2 V over 100 ohm; 12 V over 47k + 10k; 0.20 m3/m3 is half-way from 2.80 to 1.30 V.

    The electrode: 96.3 % of 59.277 mV at 25.6 degC, 2.48 pH below 7, less 6 mV, three times, around 1.5 V.
    """
    assert input_v(STATE, pin) == pytest.approx(volts, abs=5e-5)
