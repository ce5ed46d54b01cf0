"""How much of a journal one reading may look at: on a damaged card each record costs a look of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.publish.shipper import Shipper, Terms
from tests.sinks.far_side import FarSide
from tests.sinks.world import HandClock, MemoryLog, drain, readings

if TYPE_CHECKING:
    from agent.model import Entry


class Counting(MemoryLog):
    """Knows how far each reading may have had to look."""

    def __init__(self, records: list[Entry]) -> None:
        super().__init__(records)
        self.looked_at: list[int] = []

    def read_after(self, seq: int, limit: int, upto: int | None = None) -> list[Entry]:
        found = super().read_after(seq, limit, upto)
        top = self.head if upto is None else upto
        self.looked_at.append((found[-1].seq if found else top) - seq)
        return found


def test_a_hole_of_many_thousand_damaged_records_is_passed_in_portions() -> None:
    log = Counting(readings(5) + readings(5, first=200_000))
    far, clock = FarSide(), HandClock()
    far.clock = clock
    shipper = Shipper("far", far, log, clock, Terms())
    drain(shipper, clock)
    assert max(log.looked_at) <= 20_000
    assert sorted(far.stored) == [entry.seq for entry in log.records]
    assert log.bookmarks["far"] == 200_004
