"""From the configuration to the courses of all channels: what is asked of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.acquire.course import Course
from agent.acquire.quality.build import settings
from agent.acquire.quality.learned.build import learned
from agent.acquire.quality.learned.scene import Scene
from agent.acquire.wiring import polled_sensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.acquire.measure import Measure
    from agent.config.schema import AnySensor, Config


def courses(config: Config) -> list[Course]:
    """One for each channel, in the order of the file. Raises ConversionError."""
    found, site = [], Scene()
    for sensor in config.sensor:
        measures = polled_sensor(sensor).measures
        # A storm comes over the whole site; what one instrument loses says something of that instrument.
        scene = Scene(site)
        found += [_course(sensor, measure, measures, scene) for measure in measures]
    return found


def _course(sensor: AnySensor, measure: Measure, measures: Sequence[Measure], scene: Scene) -> Course:
    name, quantity = str(measure.channel), measure.channel.quantity
    beside = {each.channel.quantity for each in measures} - {quantity}
    given = sensor.quality.get(quantity)
    asked = settings(quantity, _said(given) if given else {}, beside, sensor.period_s)
    return Course(
        name,
        asked,
        sensor.period_s,
        (measure.spec.low, measure.spec.high),
        f"{sensor.id}/{measure.source}" if measure.source else "",
        learned(name, quantity, scene, sensor.period_s, is_asked="learned" in asked),
    )


def _said(table: Any) -> Any:
    """A table of the configuration as JSON values, without what the file does not say."""
    if isinstance(table, list):
        return [_said(each) for each in table]
    if not hasattr(table, "__dict__"):
        return table
    return {key: _said(value) for key, value in vars(table).items() if value is not None}
