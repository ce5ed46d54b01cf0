"""From settings to tests: the standard of a quantity, what replaces it, and what is never flagged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.acquire.quality.build import HOUR_S, panel, settings
from agent.acquire.quality.contract import Sample
from agent.acquire.quality.standard import STANDARD
from agent.config.schema_quality import Quality
from agent.model import Flag, Why
from agent.quantity import QUANTITIES

# What may stay the same for months and be right.
STILL = {"rainfall", "rainfall_total", "throttled", "temperature", "tilt", "displacement", "disk_free"}


def judged(
    quantity: str, values: list[float], period_s: float = 600.0, **given: Any
) -> list[tuple[Flag, Why]]:
    """What all tests of a channel say of each value, with what the next one shows."""
    tests = panel(settings(quantity, given), period_s)
    said = [tests.update(Sample(index * period_s, value)) for index, value in enumerate(values)]
    return [
        (max(each.now.flag, after.before.flag), each.now.why | after.before.why)
        for each, after in zip(said, [*said[1:], said[-1]], strict=True)
    ]


def test_every_standard_is_of_a_quantity_and_valid_as_configuration() -> None:
    for quantity, tables in STANDARD.items():
        assert quantity in QUANTITIES
        Quality.model_validate(dict(tables))


def test_settings_are_what_json_can_hold() -> None:
    """A memory is taken up only by a channel of the same settings, after a journey through a file."""
    given = {"seasons": [{"suspect": [1.0, 2.0], "months": [1, 3]}], "syntax": [-9999.0]}
    for quantity in QUANTITIES:
        asked = settings(quantity, given)
        assert json.loads(json.dumps(asked)) == asked


@pytest.mark.parametrize("quantity", sorted(name for name in STANDARD if "flat_line" in STANDARD[name]))
def test_a_stuck_constant_is_caught_without_any_configuration(quantity: str) -> None:
    hours = STANDARD[quantity]["flat_line"]["suspect_h"]
    said = judged(quantity, [5.0] * (round(hours) + 2), HOUR_S)
    assert said[-1] == (Flag.SUSPECT, Why.FLAT_LINE)
    assert all(not why for _, why in said[: round(hours)])


@pytest.mark.parametrize(
    ("quantity", "end", "is_end"),
    [
        ("dissolved_oxygen", 0.0, True),
        ("turbidity", 0.0, True),
        ("water_level", 0.0, True),
        ("relative_humidity", 100.0, True),
        ("relative_humidity", 0.0, False),
        ("ph", 0.0, False),
    ],
)
def test_what_may_stay_at_the_end_of_its_scale_is_not_stuck_there(
    quantity: str, end: float, *, is_end: bool
) -> None:
    """Water without oxygen, clear water, a dry gauge, air in an adit."""
    whys = [why for _, why in judged(quantity, [end] * 200, HOUR_S)]
    assert (Why.FLAT_LINE in whys[-1]) is not is_end
    assert Why.FLAT_LINE in judged(quantity, [end] * 3 + [end + 1] * 200, HOUR_S)[-1][1]


def test_an_end_that_is_named_counts_within_the_tolerance() -> None:
    near: Any = {"flat_line": {"suspect_h": 2.0, "tolerance": 0.02, "may_stay_at": [0.0]}}
    assert all(not why for _, why in judged("ph", [0.01, 0.02] * 20, **near))
    assert judged("ph", [0.03, 0.03] * 20, **near)[-1][1] is Why.FLAT_LINE


@pytest.mark.parametrize(
    ("beside", "hours"),
    [
        ({"ph"}, 48),
        ({"barometric_pressure"}, 48),
        ((), None),
        ({"conductivity", "water_level"}, None),
        ({"conductivity", "soil_moisture"}, None),
    ],
)
def test_a_thermometer_is_stuck_only_where_its_instrument_is_in_what_moves(
    beside: set[str], hours: int | None
) -> None:
    """In a borehole and in the ground it may stand still for a month."""
    asked = settings("temperature", {}, beside)
    assert asked.get("flat_line", {}).get("suspect_h") == hours
    assert "flat_line" not in settings("temperature", {"off": ["flat_line"]}, beside)


@pytest.mark.parametrize("quantity", sorted(name for name in STANDARD if "spike" in STANDARD[name]))
def test_from_one_value_to_the_next_but_two_of_a_slow_station_lies_a_day(quantity: str) -> None:
    """A height that was found at 15 min says nothing about half a day; one that somebody names does."""
    assert "spike" in settings(quantity, {}, (), HOUR_S)
    assert "spike" not in settings(quantity, {}, (), 2 * HOUR_S)
    named = {"spike": {"suspect": 1.0}}
    assert settings(quantity, named, (), 2 * HOUR_S)["spike"] == named["spike"]


@pytest.mark.parametrize("quantity", sorted(STILL))
def test_what_may_stay_the_same_for_a_month_is_not_flagged(quantity: str) -> None:
    assert all(not why for _, why in judged(quantity, [3.0] * 24 * 31, HOUR_S))


def test_an_instrument_asked_once_a_day_is_not_stuck_on_the_second() -> None:
    said = judged("ph", [7.0] * 12, 86_400.0)
    assert [flag is Flag.SUSPECT for flag, _ in said] == [False] * 10 + [True] * 2


def test_a_spike_is_known_one_value_later_and_noise_is_no_spike() -> None:
    values = [7.0, 7.02, 6.99, 7.6, 7.01, 7.0, 7.02]
    whys = [why for _, why in judged("ph", values)]
    assert whys == [Why.NONE] * 3 + [Why.SPIKE | Why.RATE] + [Why.NONE] * 3


@pytest.mark.parametrize(
    ("after", "why"),
    [(7.0, Why.NONE), (7.9, Why.NONE), (8.2, Why.RATE), (9.0, Why.NONE), (5.8, Why.RATE), (10.0, Why.RATE)],
)
def test_the_way_back_of_a_spike_is_not_blamed(after: float, why: Why) -> None:
    """Half of it at least; what goes further, or out again, has moved too fast itself."""
    out_and = judged("ph", [7.0, 9.0, after, after], off=["spike"])
    assert [each for _, each in out_and] == [Why.NONE, Why.RATE, why, Why.NONE]
    assert judged("ph", [7.0, 9.0, 7.0, 9.0, 7.0], off=["spike"])[3][1] is Why.RATE


def test_a_table_replaces_the_standard_and_off_takes_it_away() -> None:
    values = [7.0, 7.02, 7.6, 7.01, 7.0]
    wide: Any = {"spike": {"suspect": 1.0}, "off": ["rate"]}
    assert all(not why for _, why in judged("ph", values, **wide))
    assert all(not why for _, why in judged("ph", values, off=["spike", "rate"]))


def test_the_step_of_a_rate_counts_for_every_period_alike() -> None:
    """At one second noise of 0.1 pH is 360 pH an hour."""
    assert all(not why for _, why in judged("ph", [7.0, 7.1, 7.0, 7.1], 1.0))


def test_the_tests_that_must_be_asked_for_work_when_they_are() -> None:
    attenuated: Any = {"attenuated": {"suspect": 0.05, "window_h": 2.0, "measure": "range"}}
    assert judged("ph", [7.0, 7.01] * 10, **attenuated)[-1] == (Flag.SUSPECT, Why.ATTENUATED)
    seasons = {"seasons": [{"suspect": [6.0, 6.5], "fail": [5.0, 7.5], "months": [1, 12]}]}
    tests = panel(settings("ph", seasons), 600.0)
    assert tests.update(Sample(0.0, 7.0, 1.8e9)).now == (Flag.SUSPECT, Why.CLIMATOLOGY)
    assert tests.update(Sample(600.0, 8.0, 1.8e9)).now.flag is Flag.FAIL


def test_behind_a_gap_nothing_is_compared_and_the_value_says_so() -> None:
    tests = panel(settings("ph", {}), 600.0)
    tests.update(Sample(0.0, 7.0))
    assert tests.update(Sample(3600.0, 9.0)).now == (Flag.GOOD, Why.GAP)
    tests = panel(settings("ph", {"longest_gap_s": 4000.0}), 600.0)
    tests.update(Sample(0.0, 7.0))
    assert Why.GAP not in tests.update(Sample(3600.0, 9.0)).now.why


def test_a_panel_forgets_and_takes_up_as_a_whole() -> None:
    tests, other = panel(settings("ph", {}), 600.0), panel(settings("ph", {}), 600.0)
    for index in range(5):
        tests.update(Sample(index * 600.0, 7.0 + index / 100))
    fresh = other.state()
    other.restore(json.loads(json.dumps(tests.state())))
    assert other.state() == tests.state() != fresh
    damaged = {**tests.state(), "rate": ["x"]}
    with pytest.raises(ValueError, match="expected"):
        other.restore(damaged)
    assert other.state() == fresh
    with pytest.raises(ValueError, match="memory of gap, spike"):
        other.restore({"gap": None})


def test_a_soil_probe_is_stuck_when_its_moisture_is_and_not_when_the_ground_stands_still() -> None:
    beside = {"soil_moisture", "temperature"}
    assert "flat_line" not in settings("conductivity", {}, beside)
    assert "flat_line" in settings("soil_moisture", {}, {"ph", "conductivity"})
    assert settings("ph", {}, beside)["spike"] == settings("ph", {})["spike"]
    assert "flat_line" in settings("ph", {"flat_line": {"suspect_h": 1.0}}, beside)
