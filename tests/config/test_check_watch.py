"""Sensors that the detectors listen to, and that are read too seldom for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.config.check_watch import warnings
from agent.config.watched import SLOWEST_S
from tests.config.rig import RIGHT, loaded

if TYPE_CHECKING:
    from pathlib import Path

PROBE = """
[[sensor]]
id = "rare"
model = "ezo-ph"
bus = "i2c-1"
address = 0x6f
"""


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (f"period_s = {SLOWEST_S:g}\n", False),
        (f"period_s = {SLOWEST_S + 1:g}\n", True),
        ('period_s = 43200\nwatch.ph = "none"\n', False),
    ],
)
def test_a_sensor_that_is_read_too_seldom_is_told(tmp_path: Path, keys: str, told: bool) -> None:  # noqa: FBT001 - a case
    found = list(warnings(loaded(tmp_path, RIGHT + PROBE + keys)))
    assert [each.code for each in found] == (["SG-C056"] if told else [])
    if told:
        assert found[0].level == "warning"
        assert found[0].message == 'sensor "rare" is read every 21601 s, too seldom for the detectors of `ph`'


def test_the_warmth_of_a_cabinet_is_nobody_s(tmp_path: Path) -> None:
    cabinet = PROBE.replace("ezo-ph", "ezo-rtd")
    assert list(warnings(loaded(tmp_path, RIGHT + cabinet + "period_s = 43200\n"))) == []
