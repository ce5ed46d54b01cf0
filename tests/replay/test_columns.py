"""What a column means, by its name."""

from __future__ import annotations

import pytest

from agent.quantity import QUANTITIES
from agent.replay.columns import COLUMNS, column, parts
from agent.watch.contract import Role


@pytest.mark.parametrize("name", COLUMNS)
def test_every_known_column_is_of_a_quantity_of_the_station(name: str) -> None:
    found = column(name)
    assert found is not None
    assert found.quantity in QUANTITIES
    assert found.span[0] < found.span[1]


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("soil_vwc_p3", "soil_moisture"),
        ("PH_2", "ph"),
        ("head_m_abs", "water_level"),
        ("pore_kpa_abs_1", "pore_pressure"),
        ("soil_temp_c_p2", "temperature"),
        ("weir/conductivity", "conductivity"),
    ],
)
def test_another_probe_of_the_same_is_known(name: str, quantity: str) -> None:
    found = column(name)
    assert found is not None
    assert found.quantity == quantity


@pytest.mark.parametrize("name", ["ph_mv", "phosphate", "head", "battery_mv", "/ph", "weir/colour", ""])
def test_another_thing_is_not(name: str) -> None:
    assert column(name) is None


def test_each_column_has_its_part_and_a_channel_of_the_station_its_own() -> None:
    found = parts(
        ["ph", "soil_temp_c", "stage_cm", "odd", "weir/ph", "well/water_level"],
        {"well": {"water_level": "head"}},
    )
    assert {name: part.role for name, part in found.items()} == {
        "ph": Role.PH,
        "stage_cm": Role.STAGE,
        "weir/ph": Role.PH,
        "well/water_level": Role.HEAD,
    }


def test_a_kilopascal_of_pore_pressure_is_a_tenth_of_a_metre_of_head() -> None:
    assert parts(["pore_kpa"], {})["pore_kpa"].factor == pytest.approx(0.10197, rel=1e-4)
