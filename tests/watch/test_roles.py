"""Which channel is what to the detectors."""

from __future__ import annotations

import pytest

from agent.config.watched import ROLES
from agent.model import Channel
from agent.quantity import QUANTITIES
from agent.watch.contract import Role
from agent.watch.live.parts import parts


def measuring(*quantities: str) -> list[Channel]:
    return [Channel("s", each, QUANTITIES[each].units[0], "V") for each in quantities]


@pytest.mark.parametrize(
    ("quantities", "expected"),
    [
        (("ph", "temperature"), {"s/ph": Role.PH, "s/temperature": Role.TEMPERATURE}),
        (("conductivity", "turbidity", "orp"), {"s/conductivity": Role.EC, "s/turbidity": Role.TURBIDITY}),
        (("dissolved_oxygen", "temperature"), {"s/temperature": Role.TEMPERATURE}),
        (("temperature", "relative_humidity"), {}),
        (("soil_moisture", "temperature", "conductivity", "ph"), {"s/soil_moisture": Role.SOIL}),
        (("soil_moisture", "rainfall"), {"s/soil_moisture": Role.SOIL, "s/rainfall": Role.RAIN}),
        (("water_level", "temperature"), {"s/water_level": Role.STAGE}),
        (("pore_pressure", "water_level"), {"s/water_level": Role.HEAD}),
        (("barometric_pressure", "temperature"), {"s/barometric_pressure": Role.BARO}),
        (("tilt", "displacement"), {"s/tilt": Role.TILT, "s/displacement": Role.CRACK}),
        (("tilt", "tilt_x", "tilt_y"), {"s/tilt": Role.TILT}),
        (("tilt_x", "tilt_y"), {"s/tilt_x": Role.TILT, "s/tilt_y": Role.TILT}),
        (("rainfall_total", "supply_voltage", "electrode_slope"), {}),
    ],
)
def test_a_channel_is_what_its_quantity_and_its_neighbours_say(
    quantities: tuple[str, ...], expected: dict[str, Role]
) -> None:
    found = {name: part.role for name, part in parts(measuring(*quantities), {}).items()}
    assert expected.items() <= found.items()
    assert len(found) == len(expected) or set(found) - set(expected) <= {"s/orp", "s/dissolved_oxygen"}


def test_a_pressure_is_watched_as_metres_of_water() -> None:
    (part,) = parts(measuring("pore_pressure"), {}).values()
    assert part.role is Role.HEAD
    assert part.factor == pytest.approx(1.0 / 9.80665, rel=1e-5)


@pytest.mark.parametrize(
    ("quantities", "told", "expected"),
    [
        (("water_level",), {"water_level": "head"}, {"s/water_level": Role.HEAD}),
        (("ph", "temperature"), {"temperature": "none"}, {"s/ph": Role.PH}),
        (("temperature",), {"temperature": "temperature"}, {"s/temperature": Role.TEMPERATURE}),
        (
            ("soil_moisture", "conductivity"),
            {"conductivity": "conductivity"},
            {"s/soil_moisture": Role.SOIL, "s/conductivity": Role.EC},
        ),
        (("pore_pressure", "water_level"), {"water_level": "none"}, {}),
        (("tilt", "tilt_x"), {"tilt_x": "tilt"}, {"s/tilt": Role.TILT, "s/tilt_x": Role.TILT}),
    ],
)
def test_what_is_told_counts(
    quantities: tuple[str, ...], told: dict[str, str], expected: dict[str, Role]
) -> None:
    found = {name: part.role for name, part in parts(measuring(*quantities), {"s": told}).items()}
    assert found == expected


def test_every_word_is_a_role_and_every_role_can_be_had() -> None:
    words = {word for can_be in ROLES.values() for word in can_be}
    assert words == set(Role)
    assert set(ROLES) <= set(QUANTITIES)
