"""From the configuration to the detectors of a station."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.watch.live.parts import parts
from agent.watch.live.reader import WatchReader
from agent.watch.plan import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from agent.config.schema import Config
    from agent.journal.journal import Journal
    from agent.model import Channel, Record
    from agent.watch.vigil import Part


def watched(config: Config, channels: Iterable[Channel]) -> Mapping[str, Part]:
    """What each of the station's channels is to the detectors, by its name."""
    return parts(channels, {sensor.id: sensor.watch for sensor in config.sensor})


def reader(
    config: Config,
    journal: Journal,
    channels: Mapping[str, Part],
    append: Callable[[Sequence[Record]], None],
) -> WatchReader:
    """The worker that runs the detectors over `channels`."""
    return WatchReader(journal, plan_of(config.watch), channels, append)
