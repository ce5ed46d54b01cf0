"""Where SDI-12 instruments may be and what they measure, each mistake at its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.config.rig import RIGHT, loaded, refused

if TYPE_CHECKING:
    from pathlib import Path

LINE = '[[bus]]\nid = "sdi12-0"\nkind = "serial"\nport = "/dev/ttyUSB7"\n'
SOIL = (
    'model = "teros-12"\nbus = "sdi12-0"\naddress = "1"\nconvert.soil_moisture = { kind = "teros_mineral" }\n'
)
GAUGE = 'model = "vibwire-108"\nbus = "sdi12-0"\naddress = "2"\ninput = 3\nquantity = "displacement"\n'
LAW = 'convert.displacement = { kind = "vw_linear", zero = 5000, gauge_factor = 0.01 }\n'
OWN = 'model = "sdi12-generic"\nbus = "sdi12-0"\naddress = "4"\n'
CHANNEL = '[[sensor.channel]]\nquantity = "rainfall"\nvalue = 1\nunit = "mm"\nlow = 0.0\nhigh = 500.0\n'


def with_sensors(*tables: str) -> str:
    """The right file, an SDI-12 line, and these sensors, the first of which begins at line 42."""
    sensors = (f'[[sensor]]\nid = "sdi-{n}"\n{table}' for n, table in enumerate(tables))
    return RIGHT + LINE + "".join(sensors)


CASES = {
    "one address, two instruments": (
        with_sensors(SOIL, SOIL),
        "SG-C023",
        52,
        ["SDI-12 address 1 on sdi12-0", "line 46"],
    ),
    "one input, two gauges": (
        with_sensors(GAUGE + LAW, GAUGE + LAW),
        "SG-C023",
        55,
        ["input 3 of SDI-12 address 2 on sdi12-0", "line 47"],
    ),
    "a reader and a probe at one address": (
        with_sensors(GAUGE + LAW, SOIL.replace('"1"', '"2"')),
        "SG-C023",
        54,
        ["SDI-12 address 2 on sdi12-0", "line 46"],
    ),
    "counts without a law": (
        with_sensors(SOIL.partition("convert")[0]),
        "SG-C032",
        42,
        ["how counts of this sensor become soil_moisture"],
    ),
    "a gauge of nothing known": (
        with_sensors(GAUGE.replace("displacement", "displacment")),
        "SG-C030",
        48,
        ["did you mean `displacement`?"],
    ),
    "a channel of nothing known": (
        with_sensors(OWN + CHANNEL.replace("rainfall", "rainfal")),
        "SG-C030",
        48,
        ["did you mean `rainfall`?"],
    ),
    "a unit that leads nowhere": (
        with_sensors(OWN + CHANNEL.replace('"mm"', '"inch"')),
        "SG-C032",
        42,
        ["how inch of this sensor become rainfall in mm"],
    ),
    "what it does not measure": (
        with_sensors(OWN + "expect.ph = [0, 1]\n" + CHANNEL),
        "SG-C031",
        47,
        ["it measures rainfall"],
    ),
    "an address that is a number": (
        with_sensors(SOIL.replace('"1"', "1")),
        "SG-C012",
        46,
        ["one letter or digit in quotes"],
    ),
}


@pytest.mark.parametrize(("text", "code", "line", "words"), CASES.values(), ids=CASES)
def test_a_misplaced_instrument_is_refused(
    tmp_path: Path, text: str, code: str, line: int, words: list[str]
) -> None:
    (problem,) = refused(tmp_path, text).problems
    assert (problem.code, problem.line) == (code, line)
    said = str(problem)
    assert [word for word in words if word not in said] == []


def test_gauges_share_a_reader_and_probes_share_a_line(tmp_path: Path) -> None:
    other = GAUGE.replace("input = 3", "input = 4")
    config = loaded(tmp_path, with_sensors(SOIL, GAUGE + LAW, other + LAW, OWN + CHANNEL))
    assert [sensor.id for sensor in config.sensor][-4:] == ["sdi-0", "sdi-1", "sdi-2", "sdi-3"]
