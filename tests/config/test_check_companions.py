"""Channels that correct others or are worked out of them: what cannot work is found before the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.config.rig import LEVEL, LINE, RIGHT, changed, loaded, refused

if TYPE_CHECKING:
    from pathlib import Path

AIR = '[[sensor]]\nid = "air-1"\nmodel = "bme280"\nbus = "i2c-1"\n'
WARM = '"air-1/temperature"'


def ph(keys: str) -> str:
    """An electrode on an analog input, beside a weather sensor; its law is in line 26."""
    table = f'quantity = "ph"\nconvert.ph = {{ kind = "ph_electrode"{keys} }}\n'
    return changed(LEVEL + LINE, table) + AIR


READ = "read = [{ function = 3, register = 0, count = 2 }]\n"


def gauge(keys: str, quantity: str = "pore_pressure") -> str:
    """A sealed gauge behind the weather sensor; its law is in line 49."""
    head = '[[sensor]]\nid = "piezo-1"\nmodel = "generic"\nbus = "rs485-0"\nunit = 9\n' + READ
    channels = (
        f'channel = [{{ quantity = "{quantity}", register = 0, type = "u16", unit = "digits", low = 0.0, '
        'high = 9.0 }, { quantity = "temperature", register = 1, type = "u16", unit = "degC", low = 0.0, '
        "high = 9.0 }]\n"
    )
    law = f'convert.{quantity} = {{ kind = "vw_linear", zero = 9082.0, gauge_factor = -0.18{keys} }}\n'
    return RIGHT + AIR + head + channels + law


THERMAL = ', thermal_per_c = 0.05, zero_c = 12.0, temperature = "piezo-1/temperature"'
WEATHER = ', barometer = "air-1/barometric_pressure", zero_baro_kpa = 91.2'
ROUND = 'convert.supply_voltage = { kind = "linear", points = [[0.0, 0.0], [1.0, 1.0]], rail = "%s" }\n'
HEAD = 'derive.water_level = { kind = "head", from = "pore_pressure"%s }\n'

# The text, the code that it gives, the line it points at, and words that the message must hold.
CASES = {
    "a channel that is not there": (
        ph(', temperature = "air-2/temperature"'),
        "SG-C037",
        26,
        ["there is no channel `air-2/temperature`", "did you mean `air-1/temperature`?"],
    ),
    "a companion of the wrong quantity": (
        ph(', temperature = "air-1/relative_humidity"'),
        "SG-C037",
        26,
        [
            "temperature is a channel of temperature, which `air-1/relative_humidity` is not",
            "`air-1/temperat",
        ],
    ),
    "two temperatures": (
        ph(f", temperature = {WARM}, temperature_c = 12.0"),
        "SG-C039",
        26,
        ["`temperature` and `temperature_c` contradict each other"],
    ),
    "no temperature": (ph(""), "SG-C039", 26, ["ph_electrode needs to know the temperature of the sample"]),
    "a circuit that is told by nobody": (
        RIGHT + '[[sensor]]\nid = "do-1"\nmodel = "ezo-do"\nbus = "i2c-1"\ntemperature = "rtd/temperature"\n',
        "SG-C037",
        42,
        ["there is no channel `rtd/temperature`", "channels of temperature in this file: `ph-3/temperature`"],
    ),
    "a circuit that is told twice": (
        RIGHT
        + '[[sensor]]\nid = "do-1"\nmodel = "ezo-do"\nbus = "i2c-1"\n'
        + 'temperature = "ph-3/temperature"\ntemperature_c = 12.0\n',
        "SG-C039",
        43,
        ["contradict"],
    ),
    "a thermal factor alone": (
        gauge(", thermal_per_c = 0.05"),
        "SG-C039",
        49,
        ["lacks zero_c and temperature"],
    ),
    "a temperature without its factor": (
        gauge(', temperature = "piezo-1/temperature"'),
        "SG-C039",
        49,
        ["lacks thermal_per_c and zero_c"],
    ),
    "a barometer without its zero": (
        gauge(', barometer = "air-1/barometric_pressure"'),
        "SG-C039",
        49,
        ["lacks zero_baro_kpa", "R0, T0 and S0 are taken together"],
    ),
    "a zero without a barometer": (gauge(", zero_baro_kpa = 91.2"), "SG-C039", 49, ["lacks barometer"]),
    "a barometer for a length": (
        gauge(WEATHER, "displacement"),
        "SG-C039",
        49,
        ["a barometer corrects a pressure, and this value is in `mm`"],
    ),
    "corrected by itself": (
        changed(LEVEL + LINE, 'quantity = "supply_voltage"\n' + ROUND % "level-1/supply_voltage"),
        "SG-C038",
        26,
        ["`level-1/supply_voltage` would be corrected by itself through `level-1/supply_voltage`"],
    ),
    "corrected by itself, the long way round": (
        changed(LEVEL + LINE, 'quantity = "supply_voltage"\n' + ROUND % "v/supply_voltage")
        + '[[sensor]]\nid = "v"\nmodel = "ads1115"\nbus = "i2c-1"\ninput = "A3"\n'
        + 'quantity = "supply_voltage"\n'
        + ROUND % "level-1/supply_voltage",
        "SG-C038",
        44,
        ["`v/supply_voltage` would be corrected by itself through `level-1/supply_voltage`"],
    ),
    "a thermometer that is read too seldom": (
        ph(f", temperature = {WARM}") + "period_s = 3600.0\n",
        "SG-C039",
        26,
        ["`air-1/temperature` comes every 3600 s, and counts for 3600 s only", "max_age_s = 9000"],
    ),
    "a thermometer whose values do not count long enough": (
        ph(f", temperature = {WARM}, max_age_s = 60.0"),
        "SG-C039",
        26,
        ["comes every 60 s, and counts for 60 s only"],
    ),
    "worked out of nothing": (
        gauge("") + 'derive.water_level = { kind = "head", from = "pore_presure" }\n',
        "SG-C037",
        50,
        ["this sensor does not measure `pore_presure`", "did you mean `pore_pressure`?"],
    ),
    "worked out of the wrong thing": (
        gauge("") + 'derive.water_level = { kind = "head", from = "temperature" }\n',
        "SG-C037",
        50,
        ["a head is worked out of a pressure, which `temperature` is not"],
    ),
    "a head under the name of something else": (
        gauge("") + 'derive.conductivity = { kind = "head", from = "pore_pressure" }\n',
        "SG-C037",
        50,
        ["head is worked out in `m`, and conductivity is kept in uS/cm", "water_level"],
    ),
    "the air taken off twice": (
        gauge(WEATHER) + HEAD % ', barometer = "air-1/barometric_pressure"',
        "SG-C038",
        50,
        ["would be taken off twice: convert.pore_pressure takes it off already"],
    ),
    "worked out beside what is measured": (
        gauge("") + 'derive.temperature = { kind = "head", from = "pore_pressure" }\n',
        "SG-C038",
        50,
        ["this sensor measures `temperature` itself"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_work_is_reported_where_it_is_written(tmp_path: Path, name: str) -> None:
    text, code, line, words = CASES[name]
    error = refused(tmp_path, text)
    assert (code, line) in {(each.code, each.line) for each in error.problems}, error.render()
    assert all(word in error.render() for word in words), error.render()


@pytest.mark.parametrize(
    "text",
    [
        ph(f", temperature = {WARM}"),
        ph(", temperature_c = 12.0"),
        gauge(THERMAL + WEATHER) + HEAD % ', temperature = "piezo-1/temperature"',
        gauge("") + HEAD % ', barometer = "air-1/barometric_pressure"',
        gauge(WEATHER) + HEAD % "" + "expect.water_level = [0.0, 10.0]\n",
    ],
    ids=range(5),
)
def test_what_fits_is_left_alone(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, text).station.id == "st-01"
