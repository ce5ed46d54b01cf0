"""A calibration is used where it was made, and nowhere else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from agent.acquire.calibration.fit import Place, config_law, misfit
from agent.acquire.calibration.law import calibrated
from agent.acquire.convert.contract import ConversionError
from drivers.contract import ChannelSpec
from tests.calibration.rig import RECORD

TABLE = SimpleNamespace(
    kind="linear",
    points=[[1.4, 7.0], [1.9, 4.0]],
    unit=None,
    rail=None,
    rail_v=5.0,
    max_age_s=3600.0,
)
HERE = Place("ads1115", "V", "1", config_law(TABLE))
SPEC = ChannelSpec("ph", "V", 0.0, 4.096)


def changed(**keys: Any) -> Place:
    return HERE._replace(config_law={**HERE.config_law, **keys})


def test_it_fits_where_it_was_made() -> None:
    assert misfit(RECORD, HERE) == ""
    assert config_law(None) == {}
    assert "max_age_s" not in HERE.config_law


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (HERE._replace(model="ezo-ph"), "made for a ads1115, and the configuration has ezo-ph"),
        (HERE._replace(raw_unit="mV"), "made from V"),
        (HERE._replace(unit="mV"), "made to 1"),
        (HERE._replace(config_law={}), "it is gone"),
        (changed(kind="polynomial"), 'kind was "linear", is "polynomial"'),
        (changed(points=[[0, 0], [1, 1]]), "points was"),
    ],
)
def test_a_change_is_told_in_words(place: Place, why: str) -> None:
    assert why in misfit(RECORD, place)


def test_a_table_that_appeared_since_is_a_change() -> None:
    assert "there was none" in misfit(RECORD._replace(config_law={}), HERE)


def test_a_key_that_only_a_later_agent_knows_says_nothing() -> None:
    assert misfit(RECORD, changed(new_key=1)) == ""


def test_the_law_of_the_record_converts_under_its_name() -> None:
    found = calibrated(RECORD, TABLE, SPEC)
    assert found.calibration.id == RECORD.id
    assert found.convert(1.75).value == 5.5
    assert '"points":[[1.5,7.0],[2.0,4.0]]' in found.calibration.body


def test_a_record_in_another_unit_than_its_law_gives_is_refused() -> None:
    with pytest.raises(ConversionError, match="its law gives 1, not mV"):
        calibrated(RECORD._replace(unit="mV"), TABLE, SPEC)


def test_a_law_inside_the_instrument_leaves_the_configured_one() -> None:
    inside = calibrated(RECORD._replace(law=None), TABLE, SPEC)
    assert inside.calibration.id == RECORD.id
    assert inside.convert(1.4).value == 7.0


@pytest.mark.parametrize(
    "law",
    [
        {},
        {"kind": "magic"},
        {"kind": "linear"},
        {"kind": "linear", "points": "ab"},
        {"kind": "linear", "points": []},
        {"kind": "linear", "points": [[1, 2], [1, 3]]},
        {"kind": "linear", "points": [[1, 2, 3], [4]]},
        {"kind": "linear", "points": {"a": 1}},
        {"kind": "polynomial", "coefficients": 3},
        {"kind": "topp"},
    ],
)
def test_a_law_that_is_none_is_refused_before_a_channel_depends_on_it(law: dict[str, Any]) -> None:
    with pytest.raises(ConversionError):
        calibrated(RECORD._replace(law=law), TABLE, SPEC)
