"""Registers of the simulated Modbus models against numbers worked out from their data sheets."""

from __future__ import annotations

import struct

import pytest

from drivers.registry import MODELS
from drivers.simulated.modbus_frame import exception, framed, respond
from drivers.simulated.modbus_models import model
from drivers.simulated.physics import Site
from drivers.simulated.scenario import SCENARIOS
from drivers.simulated.yosemitech import Turbidity

STATE = (
    Site(1, SCENARIOS["calm"], 0.0)
    .at(0.0)
    ._replace(
        ph=4.25,
        water_temp_c=12.5,
        turbidity_ntu=42.5,
        water_level_m=1.234,
        soil_moisture_shallow=0.344,
        soil_moisture_deep=0.344,
        soil_temp_shallow_c=-2.51,
        soil_temp_deep_c=27.97,
        soil_ec_us_cm=1000.0,
        ec_us_cm=1000.0,
        pore_pressure_kpa=418.7735,
    )
)


def reply(name: str, body: str) -> str:
    """Function and data of the answer to function, address and count."""
    request = framed(b"\x01" + bytes.fromhex(body))
    return respond(model(name, lambda: STATE, lambda: 0.0), request)[1:-2].hex(" ").upper()


@pytest.mark.parametrize(
    ("name", "body", "answer"),
    [
        ("sensecap-s-soil", "03 0000 0003", "03 06 FF 05 0D 70 03 E8"),
        ("truebner-smt100", "03 0000 0002", "03 04 31 FD 0D 70"),
        ("trios-tph", "03 03E8 0004", "03 08 40 88 00 00 41 48 00 00"),
        ("hach-tss-sc", "03 0000 0002", "03 04 42 2A 00 00"),
        ("dfrobot-sen0710", "03 0000 0002", "03 04 01 A9 00 7D"),
        ("qdy30a", "03 0002 0003", "03 06 00 10 00 03 04 D2"),
        ("yosemitech-y532", "03 2800 0002", "03 04 00 00 88 40"),
        ("yosemitech-y532", "03 2400 0002", "03 04 00 00 48 41"),
        ("ysi-odo-ct", "04 0006 0002", "04 04 41 48 00 00"),
        ("ysi-odo-ct", "04 000E 0002", "04 04 44 7A 00 00"),
        ("cwt-soil", "03 0000 0003", "03 06 01 58 01 18 03 E8"),
    ],
)
def test_values_lie_where_the_data_sheet_has_them(name: str, body: str, answer: str) -> None:
    """PH 4.25, 12.5 degC, 42.5 NTU, 1.234 m, -2.51 and 27.97 degC, 34.4 %, 1000 uS/cm."""
    assert reply(name, body) == answer


def test_the_first_wire_is_the_gauge_of_the_manual_and_unused_inputs_say_so() -> None:
    """418.77 kPa are 6749 digits on Geokon's example gauge, 2597.9 Hz."""
    words = struct.unpack(">4H", bytes.fromhex(reply("vtn4xx", "03 0064 0004"))[2:])
    assert words[0] == 25979
    assert words[3] == 9999


def test_angles_are_parts_of_a_half_turn() -> None:
    """X leans by 1.344 degrees, y by half of it the other way, z looks east."""
    angles = struct.unpack(">3h", bytes.fromhex(reply("witmotion-tilt", "03 003D 0003"))[2:])
    assert [angle * 180 / 32768 for angle in angles] == pytest.approx([1.344, -0.672, 90.0], abs=0.003)


def test_every_modbus_model_has_a_counterpart() -> None:
    names = {name for name, entry in MODELS.items() if entry.module == "drivers.modbus"} - {"generic"}
    for name in names:
        assert model(name, lambda: STATE, lambda: 0.0).registers()


class Clock:
    """Moved by hand."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


START, STOP, WIPE = "03 25 00 00 00", "03 2E 00 00 00", "10 31 00 00 00 00"


def test_a_turbidity_sensor_tells_the_truth_only_once_it_has_settled() -> None:
    clock = Clock()
    sensor = Turbidity(lambda: STATE, clock, 22.0)

    def say(body: str) -> bytes:
        return respond(sensor.instrument(), framed(b"\x01" + bytes.fromhex(body)))[1:-2]

    def is_on() -> bool:
        return sensor.is_started

    def turbidity() -> float:
        temperature, ntu, status = struct.unpack("<2fH", say("03 26 00 00 05")[2:])
        assert (temperature, status) == (12.5, 0)
        return float(ntu)

    assert turbidity() == 0.0
    assert say(START) == b"\x03\x00"
    assert is_on()
    assert turbidity() == 21.25
    clock.now_s += 22.0
    assert turbidity() == 42.5
    assert say(STOP) == b"\x03\x00"
    assert not is_on()
    assert turbidity() == 0.0


def test_a_wiper_is_seen_while_it_moves_by_those_who_have_one() -> None:
    clock = Clock()
    wiped = Turbidity(lambda: STATE, clock, 0.0, has_wiper=True).instrument()
    plain = Turbidity(lambda: STATE, clock, 0.0).instrument()
    request = framed(b"\x01" + bytes.fromhex(WIPE))
    assert respond(plain, request) == exception(request, 3)
    respond(wiped, framed(b"\x01" + bytes.fromhex(START)))
    assert respond(wiped, request) == framed(bytes.fromhex("01 10 31 00 00 00"))
    look = framed(bytes.fromhex("01 03 26 02 00 02"))
    assert struct.unpack("<f", respond(wiped, look)[3:-2]) == (900.0,)
    clock.now_s += 10.0
    assert struct.unpack("<f", respond(wiped, look)[3:-2]) == (42.5,)
