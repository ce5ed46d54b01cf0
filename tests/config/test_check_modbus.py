"""Modbus instruments in a configuration: described in place, in files, or as one gauge of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.acquire.wiring import channels
from tests.config.rig import RIGHT, loaded, refused

if TYPE_CHECKING:
    from pathlib import Path

GENERIC = """
[[sensor]]
id = "sonde"
model = "generic"
bus = "rs485-0"
unit = 9
[[sensor.read]]
register = 0
count = 2
[[sensor.channel]]
quantity = "temperature"
unit = "degC"
register = 0
type = "i16"
scale = 0.1
low = -20.0
high = 60.0
[[sensor.channel]]
quantity = "orp"
unit = "mV"
register = 1
type = "i16"
low = -2000.0
high = 2000.0
"""
BEGIN = RIGHT.count("\n")
PROFILE = """
title = "T"
manufacturer = "M"
source = "S"
trust = "manual"
response_timeout_s = 0.5
read = [{ register = 0, count = 1 }]
channel = [{ quantity = "orp", unit = "mV", register = 0, type = "i16", low = 0, high = 9 }]
"""


def gauge(name: str, keys: str, model: str = "vtn4xx") -> str:
    return f'\n[[sensor]]\nid = "{name}"\nmodel = "{model}"\nbus = "rs485-0"\nunit = 30\n{keys}\n'


def problems(folder: Path, text: str) -> list[tuple[str, int, str]]:
    """Code, line counted from the end of the right file, and message of all that is wrong."""
    return [(each.code, each.line - BEGIN, each.message) for each in refused(folder, text).problems]


def test_a_described_instrument_has_its_channels_and_may_be_converted_and_expected(tmp_path: Path) -> None:
    more = 'expect.orp = [0, 500]\nconvert.temperature = { kind = "linear", points = [[0, 1], [10, 11]] }\n'
    text = RIGHT + GENERIC.replace("unit = 9\n", "unit = 9\n" + more)
    assert [str(each) for each in channels(loaded(tmp_path, text))][-2:] == ["sonde/temperature", "sonde/orp"]


def test_each_mistake_of_a_description_is_told_at_its_line(tmp_path: Path) -> None:
    wrong = (
        GENERIC.replace('"i16"\nscale', '"i61"\nscale')
        .replace('"orp"', '"opr"')
        .replace("high = 2000.0", "high = -2000.0")
    )
    assert problems(tmp_path, RIGHT + wrong) == [
        (
            "SG-C013",
            14,
            '`type` in channel[1] of sensor "sonde" must be "u16", "i16", "u32", "i32" or "f32"',
        ),
        ("SG-C013", 18, 'channel[2] of sensor "sonde": low -2000 is not below high -2000'),
        ("SG-C030", 19, "unknown quantity `opr`"),
    ]


def test_a_unit_that_leads_nowhere_needs_a_conversion(tmp_path: Path) -> None:
    ((code, _, message),) = problems(tmp_path, RIGHT + GENERIC.replace('"mV"', '"furlong"'))
    assert (code, message) == ("SG-C032", "nothing says how furlong of this sensor become orp in mV")


def test_every_problem_of_a_profile_of_ones_own_is_a_note(tmp_path: Path) -> None:
    own = tmp_path / "sonde.toml"
    own.write_text(PROFILE.replace('"i16"', '"i61"').replace("count = 1", "count = 0"), encoding="utf-8")
    text = RIGHT + gauge("sonde", f'profile = "{own}"', "generic")
    (problem,) = refused(tmp_path, text).problems
    assert problem.code == "SG-C013"
    assert problem.message.startswith(f'sensor "sonde": {own}: read[1].count: Input should be greater')
    assert [note.partition(": Input")[0] for note in problem.notes] == [f"{own}: channel[1].type"]


def test_a_quantity_that_nobody_knows_in_a_profile_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "sonde.toml"
    own.write_text(PROFILE.replace('"orp"', '"opr"'), encoding="utf-8")
    text = RIGHT + gauge("sonde", f'profile = "{own}"', "generic")
    assert problems(tmp_path, text) == [("SG-C030", 7, "unknown quantity `opr`")]


def test_a_quantity_that_a_profile_of_ones_own_does_not_deliver(tmp_path: Path) -> None:
    own = tmp_path / "sonde.toml"
    own.write_text(PROFILE, encoding="utf-8")
    text = RIGHT + gauge("sonde", f'profile = "{own}"\nexpect.ph = [1, 2]', "generic")
    assert [(code, line) for code, line, _ in problems(tmp_path, text)] == [("SG-C031", 8)]


def test_gauges_of_one_module_share_its_unit(tmp_path: Path) -> None:
    text = RIGHT + gauge("a", "input = 1") + gauge("b", "input = 2")
    assert [str(each) for each in channels(loaded(tmp_path, text))][-2:] == ["a/frequency", "b/frequency"]


@pytest.mark.parametrize(
    ("second", "what"),
    [
        (gauge("b", "input = 1"), "two sensors use input 1 of unit 30 on rs485-0"),
        (gauge("b", "", "keller-30"), "two sensors use unit 30 on rs485-0"),
    ],
    ids=["same input", "another model"],
)
def test_one_gauge_is_one_sensor(tmp_path: Path, second: str, what: str) -> None:
    text = RIGHT + gauge("a", "input = 1") + second
    assert [(code, message) for code, _, message in problems(tmp_path, text)] == [("SG-C023", what)]


def test_a_gauge_measures_what_the_configuration_says(tmp_path: Path) -> None:
    """Its tone needs the certificate of the gauge; a quantity that nobody knows is told."""
    keys = 'input = 1\nquantity = "{}"'
    told = problems(tmp_path, RIGHT + gauge("a", keys.format("pore_pressure")))
    assert [message for _, _, message in told] == [
        "nothing says how Hz of this sensor become pore_pressure in kPa"
    ]
    told = problems(tmp_path, RIGHT + gauge("a", keys.format("pour_pressure")))
    assert [message for _, _, message in told] == ["unknown quantity `pour_pressure`"]


def test_a_probe_whose_digits_mean_different_things_must_be_told_which(tmp_path: Path) -> None:
    told = problems(tmp_path, RIGHT + gauge("a", "", "qdy30a"))
    assert [message for _, _, message in told] == [
        "nothing says how digits of this sensor become water_level in m"
    ]
    points = 'convert.water_level = { kind = "linear", points = [[0.0, 0.0], [123.4, 1.234]] }'
    assert loaded(tmp_path, RIGHT + gauge("a", points, "qdy30a"))
