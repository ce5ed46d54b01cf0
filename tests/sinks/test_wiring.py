"""Under whose name records go out."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config.schema import Config
from agent.publish.wiring import shippers
from tests.sinks.far_side import FarSide
from tests.sinks.world import HandClock, MemoryLog, drain, readings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.config.schema import AnySink
    from agent.model import Entry, StationId

EXAMPLE = tomllib.loads((Path(__file__).parents[2] / "config.example.toml").read_text(encoding="utf-8"))
OFFICE = {"id": "office", "kind": "mqtt", "host": "broker"}
CONFIG = Config.model_validate({**EXAMPLE, "publish": [OFFICE]})
OLD = MemoryLog.identity


class ReplacedMeanwhile(MemoryLog):
    """A journal that another takes the place of just after records were read from it."""

    def read_after(self, seq: int, limit: int, upto: int | None = None) -> list[Entry]:
        found = super().read_after(seq, limit, upto)
        self.identity = "new"
        return found


class Named(FarSide):
    """Notes under whose name each batch came."""

    def __init__(self, station: StationId, batches: list[tuple[str, int]]) -> None:
        super().__init__(max_batch=10)
        self._station = station
        self._batches = batches

    def send(self, batch: Sequence[Entry]) -> None:
        super().send(batch)
        assert (self._station.site, self._station.station) == (CONFIG.station.site, CONFIG.station.id)
        self._batches.append((self._station.journal, len(batch)))


def test_what_was_read_before_the_journal_was_replaced_goes_out_under_its_own_id() -> None:
    """Under the new one it would be taken for other records, which have these numbers there."""
    batches: list[tuple[str, int]] = []

    def make(
        _: AnySink,
        station: StationId,
        birth: Callable[[], Mapping[str, object]],
        _trouble: Callable[[], str],
    ) -> Named:
        assert birth()["journal"] == station.journal
        return Named(station, batches)

    log, clock = ReplacedMeanwhile(readings(5)), HandClock()
    (shipper,) = shippers(CONFIG, [], log, clock, lambda: "", make)
    shipper.step(clock.now())
    assert batches == [(OLD, 5)]
    log.bookmarks.clear()
    log.records = readings(3)
    drain(shipper, clock)
    assert batches == [(OLD, 5), ("new", 3)]
