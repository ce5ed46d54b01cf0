"""A calibration is used where it was made, and nowhere else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from agent.acquire.calibration.fit import Place, config_law, misfit
from agent.acquire.calibration.law import calibrated
from agent.acquire.convert.contract import ConversionError
from agent.config.schema_convert import Linear, Piecewise
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
        (changed(rail_v=3.3), "rail_v was 5.0, is 3.3"),
    ],
)
def test_a_change_is_told_in_words(place: Place, why: str) -> None:
    assert why in misfit(RECORD, place)


def test_a_table_that_appeared_since_is_a_change() -> None:
    assert "there was none" in misfit(RECORD._replace(config_law={}), HERE)


def test_a_key_that_only_a_later_agent_knows_says_nothing() -> None:
    assert misfit(RECORD, changed(new_key=1)) == ""


PRESSURE = ChannelSpec("pore_pressure", "V", 0.0, 5.0)
LINE = {"kind": "linear", "points": [[0.0, 0.0], [5.0, 100.0]]}
GAUGE = RECORD._replace(sensor="p", quantity="pore_pressure", unit="kPa", law=LINE, points=())


def line(**keys: Any) -> Linear:
    return Linear.model_validate({**LINE, **keys})


def fits(before: Linear, after: Linear) -> str:
    """What is said of a calibration when the configuration goes from the one to the other."""
    place = Place("ads1115", "V", "kPa", config_law(after))
    return misfit(GAUGE._replace(config_law=config_law(before)), place)


def test_a_key_that_comes_or_goes_is_a_change() -> None:
    """A unit that is added behind a calibration would make a tenth of every value."""
    assert 'unit was "kPa", is "mbar"' in fits(line(), line(unit="mbar"))
    assert 'unit was "mbar", is "kPa"' in fits(line(unit="mbar"), line())
    piecewise = Piecewise.model_validate({**LINE, "kind": "piecewise"})
    folding = piecewise.model_copy(update={"over_range_raw": 1.0})
    place = Place("ads1115", "V", "kPa", config_law(folding))
    record = GAUGE._replace(config_law=config_law(piecewise))
    assert "over_range_raw was null, is 1.0" in misfit(record, place)


def test_what_was_meant_anyway_may_be_written_down() -> None:
    assert fits(line(), line(unit="kPa")) == ""
    assert fits(line(), line(rail="st/supply_voltage", max_age_s=60.0)) == ""


def test_what_the_configuration_leaves_open_the_law_may_say() -> None:
    law = {"kind": "linear", "points": [[0.0, 0.0], [5.0, 1000.0]], "unit": "mbar"}
    for table in (line(), None):
        assert calibrated(GAUGE._replace(law=law), table, PRESSURE).convert(5.0).value == 100.0


@pytest.mark.parametrize(
    ("keys", "law", "words"),
    [
        ({"unit": "mbar"}, {**LINE, "unit": "kPa"}, "law has unit 'kPa', and the configuration 'mbar'"),
        ({}, {**LINE, "rail_v": 3.3}, "law has rail_v 3.3, and the configuration 5.0"),
        ({}, {**LINE, "rail": "nowhere/supply_voltage"}, "its law names rail; what corrects it stands"),
    ],
)
def test_a_law_for_another_wiring_is_refused(keys: dict[str, Any], law: dict[str, Any], words: str) -> None:
    with pytest.raises(ConversionError, match=words):
        calibrated(GAUGE._replace(law=law), line(**keys), PRESSURE)


def test_a_law_keeps_to_the_limits_of_the_schema() -> None:
    electrode = {"kind": "ph_electrode", "acid_slope_mv": 58.0, "base_slope_mv": -58.0}
    with pytest.raises(ConversionError, match="acid_slope_mv is 58; it is from -100 to -10"):
        calibrated(RECORD._replace(law=electrode), None, SPEC)


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
        {"kind": "polynomial", "coefficients": []},
        {"kind": "polynomial", "coefficients": [7.0, 0.0]},
        {"kind": ["linear"]},
        {"kind": "linear", "points": [[1, 2], [3, True]]},
        {"kind": "topp"},
    ],
)
def test_a_law_that_is_none_is_refused_before_a_channel_depends_on_it(law: dict[str, Any]) -> None:
    with pytest.raises(ConversionError):
        calibrated(RECORD._replace(law=law), TABLE, SPEC)
