"""An instrument that no profile ships for: described where it is used, in a file, or by one file more."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter, ValidationError

import drivers
from agent.config.plain import plain
from agent.config.schema import AnySensor
from drivers.bus.serial import SerialLine
from drivers.contract import Doubt, Later, NoAnswerError
from drivers.modbus.channels import channels
from drivers.modbus.driver import make
from drivers.modbus.frame import framed
from drivers.modbus.settings import GenericSettings, ModbusSettings
from drivers.simulated.modbus_frame import Instrument
from drivers.simulated.modbus_slave import ModbusSlave
from tests.drivers.far_end import FarEnd

if TYPE_CHECKING:
    from drivers.contract import Reading

TABLES = """
id = "probe"
model = "generic"
bus = "rs485-0"
unit = 9
warm_up_s = 2.5

[[read]]
function = 4
register = 0x20
count = 3

[[channel]]
quantity = "turbidity"
unit = "NTU"
register = 0x20
type = "f32"
order = "CDAB"
scale = 2.0
offset = -1.0
low = 0.0
high = 500.0

[[channel]]
quantity = "water_level"
unit = "cm"
register = 0x22
type = "u16"
invalid = [65535]
valid = [0, 1000]
low = 0.0
high = 1000.0
"""
# 123.456 with its words swapped, and 250.
ANSWER = "04 06 E9 79 42 F6 00 FA"

PROFILE = """
title = "Made-up sonde"
manufacturer = "Nobody"
source = "this test"
trust = "community"
response_timeout_s = 2.0
line.baud = 9600
[[read]]
register = 0x40
count = 1
[[channel]]
quantity = "orp"
unit = "mV"
register = 0x40
type = "i16"
low = -2000.0
high = 2000.0
"""
OWN = 'id = "probe"\nmodel = "generic"\nbus = "rs485-0"\nunit = 9\n'


def sensor(text: str) -> Any:
    """A `[[sensor]]` table, checked as a part of a configuration."""
    return TypeAdapter(AnySensor).validate_python(tomllib.loads(text))


def refused(text: str) -> str:
    with pytest.raises(ValidationError) as caught:
        sensor(text)
    return str(caught.value)


def read_over(settings: Any, *answers: str) -> tuple[list[Reading], list[str]]:
    """What a driver made from these settings reads from a far end that says this, and what it asked."""
    with FarEnd(*(framed(settings.unit, bytes.fromhex(each)) for each in answers)) as far_end:
        line = SerialLine.open(far_end.port, 9600, "none", 1)
        driver = make(line, settings.model, settings)
        assert driver.channels == channels(settings.model, settings)
        readings = driver.read()
        if isinstance(readings, Later):
            assert readings.after_s == settings.warm_up_s
            readings = driver.read()
        line.close()
    assert not isinstance(readings, Later)
    return list(readings), [frame[1:-2].hex(" ").upper() for frame in far_end.heard]


@pytest.mark.parametrize("as_the_station_has_it", [False, True], ids=["checked", "plain"])
def test_tables_in_the_configuration_are_all_that_it_takes(as_the_station_has_it: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Function, address, type, order, scale, offset, invalid codes and warm-up; also without pydantic."""
    settings = sensor(TABLES)
    if as_the_station_has_it:
        settings = pickle.loads(pickle.dumps(plain(settings)))
    readings, asked = read_over(settings, ANSWER, ANSWER)
    assert asked == ["04 00 20 00 03"] * 2
    turbidity, level = readings
    assert turbidity.raw == pytest.approx(123.456 * 2 - 1, rel=1e-7)
    assert (level.raw, level.doubt) == (250.0, Doubt.NONE)
    assert [(each.raw_unit, each.high) for each in channels("generic", settings)] == [
        ("NTU", 500.0),
        ("cm", 1000.0),
    ]


@pytest.mark.parametrize("word", ["FF FF", "03 E9"], ids=["its code", "above what is valid"])
def test_codes_for_no_value_are_none(word: str) -> None:
    answer = ANSWER[:-5] + word
    (_, level), _ = read_over(sensor(TABLES), answer, answer)
    assert (level.raw, level.doubt) == (None, Doubt.INVALID)


def test_a_profile_of_ones_own_is_named_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "sonde.toml"
    path.write_text(PROFILE, encoding="utf-8")
    settings = sensor(OWN + f'profile = "{path}"\n')
    readings, asked = read_over(plain(settings), "03 02 FF 9C")
    assert [(each.quantity, each.raw) for each in readings] == [("orp", -100.0)]
    assert asked == ["03 00 40 00 01"]


def test_what_is_wrong_with_ones_own_profile_is_told_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "sonde.toml"
    path.write_text(PROFILE.replace("i16", "i17").replace("count = 1", "count = 0"), encoding="utf-8")
    said = refused(OWN + f'profile = "{path}"\n')
    assert f"{path}: channel[1].type: Input should be" in said
    assert f"{path}: read[1].count: Input should be greater" in said
    assert "cannot be read: No such file" in refused(OWN + f'profile = "{tmp_path / "gone.toml"}"\n')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OWN, "there is no [[channel]]"),
        (TABLES.replace("count = 3", "count = 2"), "no [[read]] covers the registers of water_level"),
        (TABLES.replace('"water_level"', '"turbidity"'), "turbidity is there twice"),
        (TABLES.replace("high = 500.0", "high = 0.0"), "low 0 is not below high 0"),
        (TABLES.replace("unit = 9", 'unit = 9\nprofile = "/p.toml"'), "both is too much"),
        (TABLES.replace("unit = 9", "unit = 9\ninput = 2"), "it reads one instrument only"),
    ],
)
def test_a_description_that_contradicts_itself_is_refused(text: str, said: str) -> None:
    assert said in refused(text)


@pytest.mark.parametrize(
    ("model", "keys", "said"),
    [
        ("keller-30", "wipe = true", "it has no wiper"),
        ("keller-30", "diagnostics = true", "it says nothing of itself"),
        ("keller-30", "input = 1", "leave out input"),
        ("keller-30", 'quantity = "water_level"', "leave out quantity"),
        ("vtn4xx", "", "say which one, input = 1 to 20"),
        ("vtn4xx", "input = 21", "it has no input 21, only 1 to 20"),
    ],
)
def test_keys_that_do_not_fit_the_instrument_are_refused(model: str, keys: str, said: str) -> None:
    assert said in refused(OWN.replace("generic", model) + keys)


def test_the_last_input_is_one() -> None:
    settings = sensor(OWN.replace("generic", "vtn4xx") + "input = 20")
    _, asked = read_over(settings, "03 02 31 19")
    assert asked == ["03 00 77 00 01"]


def test_each_gauge_of_a_module_is_a_sensor_that_measures_what_it_says() -> None:
    """Input 3 of a VTN4xx is register 102; its tone stands for a pressure."""
    settings = sensor(OWN.replace("generic", "vtn4xx") + 'input = 3\nquantity = "pore_pressure"')
    readings, asked = read_over(settings, "03 02 31 19")
    assert [(each.quantity, each.raw) for each in readings] == [("pore_pressure", 1256.9)]
    assert asked == ["03 00 66 00 01"]
    assert [each.raw_unit for each in channels("vtn4xx", settings)] == ["Hz"]


def test_an_electrode_tells_its_age_on_request_only() -> None:
    usual = channels("sup-ph8001", ModbusSettings(unit=1))
    asked = channels("sup-ph8001", ModbusSettings(unit=1, diagnostics=True))
    assert [each.quantity for each in usual] == ["temperature", "ph"]
    assert asked[:2] == usual
    assert [each.quantity for each in asked[2:]] == ["electrode_offset", "electrode_slope"]


def test_silence_of_an_instrument_without_known_factory_settings_has_the_usual_advice() -> None:
    settings = GenericSettings(
        unit=9, response_timeout_s=0.02, **{key: tomllib.loads(TABLES)[key] for key in ("read", "channel")}
    )
    with FarEnd() as far_end:
        line = SerialLine.open(far_end.port, 1200, "odd", 2)
        with pytest.raises(NoAnswerError) as caught:
            make(line, "generic", settings).read()
        line.close()
    assert "A and B" in caught.value.hint


ONE_MORE = """
import sys
from pathlib import Path
from agent.config.load import load
from drivers.bus.serial import SerialLine
from drivers.registry import MODELS
(sensor,) = load(Path(sys.argv[1])).sensor
line = SerialLine.open(sys.argv[2], 9600, "none", 1)
print(MODELS[sensor.model].make(line, sensor.model, sensor).read())
"""
STATION = """
[station]
site = "north-dump"
id = "st-01"
[[bus]]
id = "rs485-0"
kind = "serial"
port = "/dev/ttyUSB0"
[[sensor]]
"""


def test_one_more_instrument_is_one_more_file_and_nothing_else(tmp_path: Path) -> None:
    """A copy of the program, a data sheet as TOML among its profiles: it can be configured, and is read."""
    home = Path(drivers.__file__).parents[1]
    for package in ("agent", "drivers"):
        shutil.copytree(home / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "drivers/modbus/profiles/nobody-sonde.toml").write_text(PROFILE, encoding="utf-8")
    station = tmp_path / "skyground.toml"
    station.write_text(STATION + OWN.replace("generic", "nobody-sonde"), encoding="utf-8")
    with ModbusSlave({9: Instrument(lambda: {0x40: 0xFF9C})}) as slave:
        command = [sys.executable, "-B", "-c", ONE_MORE, str(station), slave.port]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stderr == ""
    assert "Reading(quantity='orp', raw=-100.0, doubt=<Doubt.NONE: 'none'>)" in ran.stdout


def test_a_wrong_profile_is_refused_without_a_whole_sensor_around_it(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"gone\.toml: cannot be read"):
        GenericSettings(unit=9, profile=tmp_path / "gone.toml")
