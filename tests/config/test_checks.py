"""What the tables of a file must agree on, each disagreement at its line and with a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.config import checks
from tests.config.rig import INFLUX, LEVEL, LINE, MQTT, PH, RIGHT, changed, loaded, refused

if TYPE_CHECKING:
    from pathlib import Path

LOOP = 'convert.water_level = { kind = "loop_4_20ma", at_4ma = 0.0, at_20ma = 10.0 }\n'
TURBIDITY = (
    'quantity = "turbidity"\nconvert.turbidity = { kind = "linear", points = [[0.0, 0.0], [1.0, 9.0]] }\n'
)


def second(model: str, keys: str) -> str:
    """One more sensor."""
    return f'{RIGHT}[[sensor]]\nid = "second"\nmodel = "{model}"\n{keys}\n'


# The text, the code that it gives, the line it points at, and words that the message must hold.
CASES = {
    "bus id twice": (
        changed('id = "i2c-1"', 'id = "rs485-0"').replace('"i2c-1"', '"rs485-0"'),
        "SG-C020",
        11,
        ["line 6"],
    ),
    "sensor id twice": (changed('id = "level-1"', 'id = "ph-3"'), "SG-C020", 21, ["`ph-3`", "line 15"]),
    "sink id twice": (changed('id = "archive"', 'id = "office"'), "SG-C020", 34, ["`office`", "line 29"]),
    "one port, two buses": (
        RIGHT + '[[bus]]\nid = "b"\nkind = "serial"\nport = "/dev/ttyUSB0"\n',
        "SG-C023",
        41,
        ["`/dev/ttyUSB0`", "line 8"],
    ),
    "a bus named like the journal": (
        changed('id = "i2c-1"', 'id = "journal"').replace('"i2c-1"', '"journal"'),
        "SG-C024",
        11,
        ["`journal` is a name of the station's own"],
    ),
    "a bus named like a sink": (
        changed('id = "i2c-1"', 'id = "publish-x"').replace('"i2c-1"', '"publish-x"'),
        "SG-C024",
        11,
        ["`publish-x`"],
    ),
    "a state directory too deep for a socket": (
        changed('id = "st-01"\n', f'id = "st-01"\nstate_dir = "/{"d" * 100}"\n'),
        "SG-C025",
        4,
        ["101 bytes long"],
    ),
    "a measurement longer than its period": (
        second(
            "yosemitech-y511",
            'bus = "rs485-0"\nunit = 4\nperiod_s = 67\nsamples = 5\nbetween_s = 3\nwipe = true',
        ),
        "SG-C026",
        43,
        [
            "takes 67 s (wipe 15 s + settle 40 s + 4 x 3 s between 5 samples), and period_s is 67",
            "above 67",
        ],
    ),
    "unknown bus": (
        changed('bus = "rs485-0"', 'bus = "rs485-1"'),
        "SG-C021",
        17,
        ["did you mean `rs485-0`?"],
    ),
    "bus of the wrong kind": (
        changed('bus = "rs485-0"', 'bus = "i2c-1"'),
        "SG-C022",
        17,
        ["sup-ph8001 needs a bus of kind serial, but `i2c-1` is i2c"],
    ),
    "one unit, two sensors": (
        second("keller-30", 'bus = "rs485-0"\nunit = 3'),
        "SG-C023",
        42,
        ["unit 3 on rs485-0", "line 18"],
    ),
    "one input, two sensors": (
        second("ads1115", 'bus = "i2c-1"\naddress = 0x48\ninput = "A0"\nquantity = "supply_voltage"'),
        "SG-C023",
        43,
        ["input A0 of the ADS1115 at 0x48 on i2c-1", "line 24"],
    ),
    "unknown quantity": (
        changed(LEVEL + LINE, 'quantity = "supply_volt"\n'),
        "SG-C030",
        25,
        ["did you mean `supply_voltage`?"],
    ),
    "unknown quantity expected": (changed(PH, PH + "expect.phh = [1, 2]\n"), "SG-C030", 17, ["`phh`"]),
    "not measured": (
        changed(PH, PH + "expect.turbidity = [1, 2]\n"),
        "SG-C031",
        17,
        ["does not measure `turbidity`", "it measures temperature, ph"],
    ),
    "a date for the calibration of what is not measured": (
        changed(PH, PH + "calibrate.turbidity.valid_days = 30\n"),
        "SG-C031",
        17,
        ["calibrate.turbidity: this sensor does not measure `turbidity`"],
    ),
    "conversion of what is not measured": (
        changed(LINE, LINE + 'convert.ph = { kind = "divider", ratio = 0.5 }\n'),
        "SG-C031",
        27,
        ["convert.ph"],
    ),
    "no conversion": (
        changed(LINE, ""),
        "SG-C032",
        25,
        ["V of this sensor become water_level in m", "[sensor.convert.water_level]"],
    ),
    "a divider is no conversion": (
        changed(LINE, 'convert.water_level = { kind = "divider", ratio = 0.5 }\n'),
        "SG-C032",
        26,
        ["become water_level in m"],
    ),
    "which turbidity": (changed(LEVEL + LINE, TURBIDITY), "SG-C032", 26, ['"FNU" or "NTU"']),
    "foreign unit": (
        changed(LINE, LOOP.replace(" }", ', unit = "ft" }')),
        "SG-C032",
        26,
        ["water_level is kept in m, not in `ft`"],
    ),
    "loop on a Modbus instrument": (
        changed(PH, PH + LOOP.replace("water_level", "ph")),
        "SG-C032",
        17,
        ["a 4-20 mA loop is read as V across its shunt, but this sensor gives pH"],
    ),
    "empty range": (changed(PH, PH + "expect.ph = [9, 4]\n"), "SG-C033", 17, ["9 is not below 4"]),
    "point range": (changed(PH, PH + "expect.ph = [4, 4]\n"), "SG-C033", 17, ["4 is not below 4"]),
    "vertical line": (changed(LINE, LINE.replace("2.0,", "0.4,")), "SG-C034", 26, ["raw value 0.4"]),
    "flat loop": (changed(LINE, LOOP.replace("10.0", "0.0")), "SG-C034", 26, ["both 0"]),
    "shunt too large": (
        changed(LINE, LOOP.replace(" }", ", shunt_ohm = 250 }")),
        "SG-C035",
        26,
        ["21 mA through 250 ohm are 5.25 V", "4.096 V"],
    ),
    "gain too large": (changed(LINE, LOOP + 'gain = "2"\n'), "SG-C035", 26, ["2.1 V", "2.048 V"]),
    "signal as its own reference": (
        changed(LEVEL, LEVEL + 'reference_input = "A0"\n'),
        "SG-C036",
        26,
        ["one value for ever", "another input"],
    ),
    "electrode of a level probe": (
        changed(LINE, LINE + "quality.water_level.electrode = { offset_mv = 20.0 }\n"),
        "SG-C042",
        27,
        ["is a test of pH, and this is water_level"],
    ),
    "a level that is rain to the detectors": (
        changed(LINE, LINE + 'watch.water_level = "rain"\n'),
        "SG-C043",
        27,
        ["water_level cannot be `rain`", "`stage` or `head` or `none`"],
    ),
    "a role of what the sensor does not measure": (
        changed(LINE, LINE + 'watch.ph = "ph"\n'),
        "SG-C031",
        27,
        ["watch.ph", "does not measure `ph`"],
    ),
    "a quantity that is nothing to the detectors": (
        changed(PH, PH + 'watch.electrode_slope = "orp"\n'),
        "SG-C043",
        17,
        ["electrode_slope can be `none`"],
    ),
    "user without password": (changed(MQTT, MQTT + 'username = "u"\n'), "SG-C040", 32, ["password_from"]),
    "certificate without key": (
        changed(MQTT, MQTT + 'tls = true\ncert_file = "/c"\n'),
        "SG-C040",
        33,
        ["`cert_file` without `key_file`"],
    ),
    "key without certificate": (
        changed(MQTT, MQTT + 'tls = true\nkey_file = "/c"\n'),
        "SG-C040",
        33,
        ["`key_file` without `cert_file`"],
    ),
    "authority without TLS": (changed(MQTT, MQTT + 'ca_file = "/c"\n'), "SG-C040", 32, ["tls = true"]),
    "authority without https": (changed(INFLUX, INFLUX + 'ca_file = "/c"\n'), "SG-C040", 38, ["https"]),
    "token for v1": (
        changed(INFLUX, INFLUX + 'api = "v1"\ntoken_from = "env:T"\n'),
        "SG-C040",
        39,
        ['`token_from` belongs to api = "v2"'],
    ),
    "user for v2": (
        changed(INFLUX, INFLUX + 'username = "u"\npassword_from = "env:P"\n'),
        "SG-C040",
        38,
        ['`username` belongs to api = "v1"'],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_disagreement_is_reported_where_it_is_written(tmp_path: Path, name: str) -> None:
    text, code, line, words = CASES[name]
    error = refused(tmp_path, text)
    first = error.problems[0]
    assert (first.code, first.line) == (code, line), error.render()
    assert {problem.code for problem in error.problems} <= {code, "SG-C022"}
    assert all(word in error.render() for word in words), error.render()


@pytest.mark.parametrize(
    "text",
    [
        second("keller-30", 'bus = "rs485-0"\nunit = 4'),
        second("ads1115", 'bus = "i2c-1"\naddress = 0x49\ninput = "A0"\nquantity = "supply_voltage"'),
        second("ads1115", 'bus = "i2c-1"\ninput = "A1"\nquantity = "orp"'),
        changed(LEVEL + LINE, TURBIDITY.replace(" }", ', unit = "NTU" }')),
        changed(LINE, LOOP.replace(" }", ', unit = "cm" }')),
        changed(LINE, LOOP.replace(" }", ", shunt_ohm = 195 }")),
        changed(
            LEVEL + LINE,
            'quantity = "supply_voltage"\nconvert.supply_voltage = { kind = "divider", ratio = 0.5 }\n',
        ),
        changed(MQTT, MQTT + 'tls = true\nca_file = "/c"\ncert_file = "/c"\nkey_file = "/k"\n'),
        changed(MQTT, MQTT + 'username = "u"\npassword_from = "file:/etc/p"\n'),
        changed(INFLUX, INFLUX + 'api = "v1"\nusername = "u"\npassword_from = "env:P"\n'),
        changed(INFLUX, INFLUX + 'token_from = "credential:t"\norg = "o"\n'),
    ],
    ids=range(11),
)
def test_what_agrees_is_left_alone(tmp_path: Path, text: str) -> None:
    """The nearest right neighbour of each mistake loads."""
    assert loaded(tmp_path, text).station.id == "st-01"


FOREIGN: list[Any] = [None, 1, "x", [], {}, [1], [[]], [{}], {"a": 1}, {"ph": 1}]
FOREIGN += [{"water_level": {"kind": "loop_4_20ma", "points": [1], "unit": 1}}]
KEYS = ["id", "kind", "port", "adapter", "bus", "model", "unit", "address", "input", "quantity", "gain"]
KEYS += ["convert", "expect", "api", "url", "username", "ca_file", "cert_file", "tls", "token_from"]


@pytest.mark.parametrize("value", FOREIGN, ids=str)
def test_checks_pass_over_what_has_the_wrong_type(value: Any) -> None:
    """The schema complains about types; a check that trips over one would hide everything else."""
    kinds = ("bus", "sensor", "publish")
    assert isinstance(checks.findings(dict.fromkeys(kinds, value)), list)
    assert isinstance(checks.findings({kind: [dict.fromkeys(KEYS, value), value] for kind in kinds}), list)
    for model in ("ads1115", "sup-ph8001"):
        sensor = {**dict.fromkeys(KEYS, value), "model": model, "quantity": "water_level", "bus": "b"}
        assert isinstance(checks.findings({"sensor": [sensor]}), list)
