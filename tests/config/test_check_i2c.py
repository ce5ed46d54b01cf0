"""What cannot work on I2C is said before the station starts."""

from __future__ import annotations

import tomllib

import pytest

from agent.config.checks import findings

HEAD = """
[[bus]]
id = "i2c-1"
kind = "i2c"
[[bus]]
id = "host"
kind = "host"
"""


def codes(text: str) -> list[tuple[str, str]]:
    """Code and last key of everything found."""
    return [(each.code, str(each.path[-1])) for each in findings(tomllib.loads(HEAD + text))]


def sensor(name: str, model: str, *keys: str, bus: str = "i2c-1") -> str:
    return "\n".join(["[[sensor]]", f'id = "{name}"', f'model = "{model}"', f'bus = "{bus}"', *keys, ""])


ADC = (
    'quantity = "displacement"',
    'convert.displacement = { kind = "linear", points = [[0, 0], [3.3, 100]] }',
)
SOIL = 'convert.soil_moisture = { kind = "linear", points = [[300, 0], [700, 0.5]] }'


def test_all_of_them_side_by_side() -> None:
    """Each at its own address, several on one ADS1115, the computer on its own bus."""
    text = sensor("a", "ads1115", 'input = "A0"', 'reference_input = "A3"', *ADC)
    text += sensor("b", "ads1115", 'input = "A1"', *ADC)
    text += sensor("c", "bme280") + sensor("d", "bmp388") + sensor("e", "ina219")
    text += sensor("f", "chirp", SOIL) + sensor("g", "seesaw-soil", SOIL)
    text += sensor("h", "host", bus="host")
    assert codes(text) == []


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        (sensor("a", "bme280", "address = 0x77"), sensor("b", "bmp388"), "bus"),
        (sensor("a", "bme280"), sensor("b", "bmp388", "address = 0x76"), "address"),
        (sensor("a", "ads1115", 'input = "A0"', *ADC), sensor("b", "ina219", "address = 0x48"), "address"),
        (sensor("a", "chirp", SOIL), sensor("b", "chirp", SOIL), "bus"),
        (sensor("a", "ezo-ph"), sensor("b", "chirp", "address = 0x63", SOIL), "address"),
    ],
)
def test_two_chips_at_one_address(first: str, second: str, key: str) -> None:
    """Also when the factory put them there, and nobody wrote the address down."""
    assert codes(first + second) == [("SG-C023", key)]


@pytest.mark.parametrize(("model", "bus"), [("host", "i2c-1"), ("bme280", "host")])
def test_each_on_its_kind_of_bus(model: str, bus: str) -> None:
    assert codes(sensor("a", model, bus=bus)) == [("SG-C022", "bus")]


@pytest.mark.parametrize("model", ["chirp", "seesaw-soil"])
def test_counts_need_a_conversion(model: str) -> None:
    """Nothing else can say what they mean."""
    assert codes(sensor("a", model)) == [("SG-C032", "quantity")]


@pytest.mark.parametrize(
    ("model", "bus", "known"),
    [
        ("bme280", "i2c-1", "relative_humidity"),
        ("ina219", "i2c-1", "supply_current"),
        ("host", "host", "throttled"),
    ],
)
def test_what_is_expected_must_be_measured(model: str, bus: str, known: str) -> None:
    assert codes(sensor("a", model, f"expect.{known} = [0, 1]", bus=bus)) == []
    assert codes(sensor("a", model, "expect.ph = [6, 9]", bus=bus)) == [("SG-C031", "ph")]


def test_only_what_is_asked_of_the_computer_is_measured() -> None:
    keys = ('quantities = ["disk_free"]', "expect.throttled = [0, 1]")
    assert codes(sensor("a", "host", *keys, bus="host")) == [("SG-C031", "throttled")]


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        (('reference_input = "A0"',), "reference_input"),
        (('reference_input = "A3"', "reference_v = 4.096"), "reference_v"),
        (('reference_input = "A3"', 'gain = "2"'), "gain"),
    ],
)
def test_a_reference_that_cannot_be_measured(keys: tuple[str, ...], key: str) -> None:
    """The signal itself, or a supply that the gain cannot carry."""
    assert codes(sensor("a", "ads1115", 'input = "A0"', *keys, *ADC)) == [("SG-C036", key)]


@pytest.mark.parametrize(
    "keys", [('reference_input = "A3"', "reference_v = 4.0"), ('reference_input = "A1"',)]
)
def test_a_reference_that_can(keys: tuple[str, ...]) -> None:
    assert codes(sensor("a", "ads1115", 'input = "A0"', *keys, *ADC)) == []


@pytest.mark.parametrize("keys", ['address = "0x76"', "bus = 3", 'reference_v = "x"', "quantities = 3"])
def test_what_has_the_wrong_type_is_passed_over(keys: str) -> None:
    """The schema has complained about it already."""
    for model in ("bme280", "ads1115", "host"):
        text = f'[[sensor]]\nid = "a"\nmodel = "{model}"\ninput = "A0"\nreference_input = "A3"\n{keys}\n'
        codes(text)
