"""From a quantity to its test that learns. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from agent.acquire.quality.learned.learned import Learned
from agent.acquire.quality.learned.rain import Rain
from agent.acquire.quality.learned.traits import TRAITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.acquire.quality.contract import Test
    from agent.acquire.quality.learned.scene import Scene

# Whether it goes on counting: the gauges, which say nothing of themselves and tell the others of storms.
_RAIN: Mapping[str, bool] = MappingProxyType({"rainfall": False, "rainfall_total": True})


def learned(name: str, quantity: str, scene: Scene, period_s: float, *, is_asked: bool) -> Test | None:
    """The test of a channel read every `period_s` seconds, who hears its neighbours through `scene`.

    None for a quantity that has none, and where it is not asked for. A rain gauge always tells of storms.
    """
    if is_asked:
        return Learned(name=name, traits=TRAITS[quantity], scene=scene, period_s=period_s)
    if quantity in _RAIN:
        return Rain(name=name, scene=scene, is_total=_RAIN[quantity])
    return None
