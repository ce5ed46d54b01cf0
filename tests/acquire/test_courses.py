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
    values = [7.0 + 0.02 * (minute % 3) for minute in range(200)] + [7.04] * 3 + [7.12]
    last: list[object] = []
    for minute, value in enumerate(values):
        batch = [observation("ph-3/ph", minute, value, value)]
        if minute == 201:
            batch.append(observation(other, minute, None, raw))
        last = list(judging.judged(batch))
    (said,) = (each for each in last if isinstance(each, Observation))
    assert not [each for each in last if isinstance(each, Judgement)]
    assert (Why.SHIFT in said.why) is is_news
