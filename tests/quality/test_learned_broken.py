"""A neighbour that sees a storm excuses a leap; one that is broken does not."""

from __future__ import annotations

import pytest

from agent.acquire.quality.contract import Sample
from agent.acquire.quality.learned.scene import Scene
from agent.model import Flag
from tests.quality.learned_series import DAY, PERIOD_S, day, learner

WEEK = 7 * DAY


@pytest.mark.parametrize(
    ("conductivity", "is_excused"), [(450.0, False), (420.0, True), (0.0, False), (9000.0, False)]
)
def test_a_level_that_leaps_beside_a_broken_conductivity_is_no_flood(
    conductivity: float, *, is_excused: bool
) -> None:
    scene = Scene()
    water, level = learner("conductivity", scene, "water"), learner("water_level", scene, "level")
    pairs = list(zip(day(WEEK, 450.0, 5.0, 2.0), day(WEEK, 0.6, 0.02, 0.01), strict=True))
    leap = pairs[-1][1] + 0.3
    said = []
    for index, (one, other) in enumerate([*pairs, (conductivity, leap), (conductivity, leap)]):
        water.update(Sample(index * PERIOD_S, one))
        said.append(level.update(Sample(index * PERIOD_S, other)))
    assert (said[-1].before.flag is not Flag.SUSPECT) is is_excused
