"""Courses from a configuration: what one instrument tells its own channels, and not those of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.acquire.courses import courses
from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.clock import NS
from agent.model import Calibration, Channel, Flag, Instant, Judgement, Observation, Trust, Why
from tests.config.rig import RIGHT, loaded

if TYPE_CHECKING:
    from pathlib import Path

TWIN = '[[sensor]]\nid = "ph-4"\nmodel = "sup-ph8001"\nbus = "rs485-0"\nunit = 4\n'
LOST = [
    ("ph-3/temperature", 3276.7, True),
    ("ph-3/temperature", None, False),
    ("ph-4/temperature", 3276.7, False),
]


def observation(name: str, minute: int, value: float | None, raw: float | None) -> Observation:
    sensor, _, quantity = name.partition("/")
    at = Instant(minute * 60 * NS, minute * 60 * NS, Trust.NTP)
    flag, why = (Flag.MISSING, Why.BAD_ANSWER) if value is None else (Flag.GOOD, Why.NONE)
    return Observation(Channel(sensor, quantity, "1", "1"), at, raw, value, flag, why, Calibration("c", "{}"))


@pytest.mark.parametrize(("other", "raw", "is_news"), LOST)
def test_what_an_instrument_gives_up_speaks_against_its_own_channels_only(
    tmp_path: Path, *, other: str, raw: float | None, is_news: bool
) -> None:
    """The pH changes a little after it stood still. A slot that the wire lost is no news to anybody."""
    judging = Judging(courses(loaded(tmp_path, RIGHT + TWIN)), Latest())
    values = [7.0 + 0.02 * (minute % 3) for minute in range(400)] + [7.04] * 30 + [7.12]
    last: list[object] = []
    for minute, value in enumerate(values):
        batch = [observation("ph-3/ph", minute, value, value)]
        if minute == 402:
            batch.append(observation(other, minute, None, raw))
        last = list(judging.judged(batch))
    (said,) = (each for each in last if isinstance(each, Observation))
    assert not [each for each in last if isinstance(each, Judgement)]
    assert (Why.SHIFT in said.why) is is_news


FIELD = """
[[bus]]
id = "sdi12-0"
kind = "serial"
port = "/dev/ttyUSB1"

[[sensor]]
id = "soil-2"
model = "teros-12"
bus = "sdi12-0"
address = "0"
convert.soil_moisture = { kind = "teros_mineral" }

[[sensor]]
id = "rain-1"
model = "sdi12-generic"
bus = "sdi12-0"
address = "4"
command = "M"

[[sensor.channel]]
quantity = "rainfall"
value = 1
unit = "mm"
low = 0.0
high = 500.0
"""


@pytest.mark.parametrize("rain_mm", [4.2, 0.0])
def test_a_rain_gauge_of_the_station_speaks_for_the_front_in_the_soil(tmp_path: Path, rain_mm: float) -> None:
    """Dry ground that leaps by hundreds of its usual steps, judged when the next value has come."""
    judging = Judging(courses(loaded(tmp_path, RIGHT + FIELD)), Latest())
    values = [0.15 + 0.001 * (minute % 20 == 0) for minute in range(500)] + [0.35, 0.35]
    said: list[Why] = []
    for minute, value in enumerate(values):
        rain = rain_mm if minute == 500 else 0.0
        batch = [
            observation("soil-2/soil_moisture", minute, value, value),
            observation("rain-1/rainfall", minute, rain, rain),
        ]
        records = judging.judged(batch)
        said = [each.observation.why for each in records if isinstance(each, Judgement)]
    assert (Why.RATE in (said[0] if said else Why.NONE)) is (rain_mm == 0)
