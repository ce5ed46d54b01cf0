"""Two destinations in memory, each in a mood that the weather gives it.

The office is a broker with an ingest side behind it: acknowledges, may lose what it acknowledged, and gives
receipts. The archive files points by series and time, as InfluxDB does.
"""

from __future__ import annotations

from collections import Counter
from math import isinf
from typing import TYPE_CHECKING

from agent.clock import NS
from agent.ledger.days import day_of
from agent.model import Completeness, Event, Observation
from agent.publish.contract import HungUpError, Receipt, RejectedError, UnavailableError
from tests.world.truth import content_of, is_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from agent.model import Entry, Tally
    from agent.publish.contract import Order
    from tests.world.power import Power
    from tests.world.times import Time
    from tests.world.truth import Truth

MOODS = ("well", "away", "refusing", "busy", "forgetful", "cutting", "slow")
_ROW_BYTES = 60
_RECEIPT_EVERY_S = 60.0
_NEVER_COMES = {"evicted", "damaged", "parked", "gone"}


class FarSide:
    """What stands at the other end, whatever becomes of the station."""

    def __init__(self, name: str, time: Time, random: Random, truth: Truth, power: Power) -> None:
        self.name = name
        self.mood = "well"
        self.poison_every = 0  # one observation of so many is refused; 0: none
        self.orders: list[Order] = []
        self.answers: list[tuple[str, Mapping[str, object]]] = []
        self.refused: dict[tuple[str, int], int] = {}  # and when, for the first time
        self.power = power
        self.random = random
        self.time = time
        self.truth = truth

    def takes(self, journal: str, entries: Sequence[Entry]) -> None:
        """It has these now."""
        self.truth.took(self.name, journal, entries)

    def heard(self, _journal: str) -> list[Receipt | Order]:
        """What it has to say."""
        said, self.orders = self.orders, []
        return [*said]

    def is_poison(self, entry: Entry) -> bool:
        """Whether it will never take this one."""
        if not self.poison_every or not is_value(entry):
            return False
        assert isinstance(entry.record, Observation)
        return int(entry.record.raw or 0) % self.poison_every == 1


class Ingest:
    """What the office has stored of one journal, and up to where nothing is missing."""

    def __init__(self) -> None:
        self.upto = 0
        self._stored: set[int] = set()

    def stores(self, entry: Entry, sink: str) -> None:
        """One record; some tell that others will never come."""
        seqs = [entry.seq]
        record = entry.record
        if isinstance(record, Event) and _tells_of_gone(record, sink):
            seqs += range(int(record.data["first_seq"]), int(record.data["last_seq"]) + 1)
        self._stored.update(seq for seq in seqs if seq > self.upto)
        while self.upto + 1 in self._stored:
            self.upto += 1
            self._stored.remove(self.upto)


def _tells_of_gone(event: Event, sink: str) -> bool:
    return event.kind in _NEVER_COMES and "first_seq" in event.data and event.data.get("sink", sink) == sink


class Office(FarSide):
    """A broker and the ingest side behind it."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]  # as its base
        self.gives_receipts = False
        self.loses = 0.0  # so many of a hundred batches are acknowledged and dropped
        self.lost = 0
        self.ingests: dict[str, Ingest] = {}
        self._next_receipt_ns = 0

    def takes(self, journal: str, entries: Sequence[Entry]) -> None:
        """Acknowledged; the ingest side may never see it."""
        if self.loses and self.random.random() * 100 < self.loses:
            self.lost += len(entries)
            self.truth.dropped(self.name, journal, entries)
            return
        super().takes(journal, entries)
        ingest = self.ingests.setdefault(journal, Ingest())
        for entry in entries:
            ingest.stores(entry, self.name)

    def heard(self, journal: str) -> list[Receipt | Order]:
        """Orders, and a receipt a minute."""
        said = super().heard(journal)
        if not self.gives_receipts or self.time.true_ns < self._next_receipt_ns or self.mood == "away":
            return said
        self._next_receipt_ns = self.time.true_ns + round(_RECEIPT_EVERY_S * NS)
        upto = self.ingests[journal].upto if journal in self.ingests else 0
        return [*said, Receipt(journal, upto)]


class Archive(FarSide):
    """Points by series and time: what comes under the same key replaces what was there."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]  # as its base
        self.days: dict[str, Mapping[str, Tally]] = {}
        self.present: Counter[tuple[str, int]] = Counter()
        self.has_unbounded = False  # times that nothing bounds, as nobody waited for better ones
        self._points: dict[tuple[str, int], int] = {}
        self._times: dict[int, int] = {}

    def takes(self, journal: str, entries: Sequence[Entry]) -> None:
        """File them."""
        for entry in self.truth.took(self.name, journal, entries):
            if isinstance(entry.record, Completeness):
                if entry.record.day in self.days and self._counts_days():
                    self.truth.complain("one account a day", entry.record.day)
                self.days[entry.record.day] = entry.record.channels
            elif isinstance(entry.record, Observation):
                self._file(entry, entry.record)

    def _counts_days(self) -> bool:
        """Whether days came one after the other, and nobody had to count anew from what could be saved."""
        return not self.truth.clock_lies and not self.has_unbounded and len(self.truth.books) == 1

    def _file(self, entry: Entry, record: Observation) -> None:
        if not entry.time.settled:
            self.truth.complain("filed under settled times", str(entry))
        self.has_unbounded = self.has_unbounded or isinf(entry.time.error_s)
        series, content = str(record.channel), content_of(entry)
        at_ns = entry.time.wall_ns
        if self._points.setdefault((series, at_ns), content) != content:
            self.truth.complain("a point of its own", f"{entry.seq} of {series} replaces another")
        if self._times.setdefault(content, at_ns) != at_ns:
            self.truth.complain("one time for ever", f"{entry.seq} of {series} came under another time")
            return
        self.present[series, day_of(at_ns)] += is_value(entry)


class WorldSink:
    """The station's end: see `agent.publish.contract.Sink`."""

    max_batch = 200

    def __init__(self, far: FarSide, journal: str, *, needs_time: bool) -> None:
        self.needs_time = needs_time
        self.traffic_bytes = 0
        self._far = far
        self._journal = journal

    def heard(self) -> Sequence[Receipt | Order]:
        """What was said while the link is up."""
        return [] if self._far.mood == "away" else self._far.heard(self._journal)

    def answer(self, order: Order, answer: Mapping[str, object]) -> None:
        """To whoever asked."""
        if self._far.mood == "away":
            raise UnavailableError("nobody is there")
        self._far.answers.append((order.id, answer))

    def send(self, batch: Sequence[Entry]) -> None:
        """Across, or not, as the mood is."""
        far = self._far
        far.time.passes(far.random.uniform(0.02, 0.2) * (20 if far.mood == "slow" else 1))
        self.traffic_bytes += _ROW_BYTES * len(batch)
        self._may_refuse()
        far.truth.offered(far.name, self._journal, batch)
        good = self._before_poison(batch)
        if good < len(batch):
            self._reject(batch, good)
        if far.mood == "cutting" and len(batch) > 1 and far.random.random() < 0.3:
            self._cut(batch)
        far.takes(self._journal, batch)
        far.power.may_go("send")
        if far.mood == "forgetful" and far.random.random() < 0.5:
            raise UnavailableError("no acknowledgement", accepted=far.random.randrange(len(batch)))

    def idle(self) -> float:
        """Stay connected."""
        self._may_refuse()
        return 30.0

    def status(self) -> Mapping[str, object]:
        """Nothing of its own."""
        return {}

    def close(self) -> None:
        """Nobody is told."""

    def _may_refuse(self) -> None:
        if self._far.mood == "away":
            self._far.time.passes(self._far.random.uniform(0.1, 10))
            raise UnavailableError("nobody is there")
        if self._far.mood == "refusing":
            raise UnavailableError("not authorised", "the password", needs_person=True)
        if self._far.mood == "busy":
            raise UnavailableError("too many requests", retry_after_s=self._far.random.uniform(1, 600))

    def _before_poison(self, batch: Sequence[Entry]) -> int:
        return next((i for i, entry in enumerate(batch) if self._far.is_poison(entry)), len(batch))

    def _reject(self, batch: Sequence[Entry], good: int) -> None:
        accepted = self._far.random.randint(0, good)
        self._far.takes(self._journal, batch[:accepted])
        if len(batch) - accepted == 1:
            self._far.refused.setdefault((self._journal, batch[-1].seq), self._far.time.true_ns)
        raise RejectedError(f"unacceptable value among {len(batch)}", accepted=accepted)

    def _cut(self, batch: Sequence[Entry]) -> None:
        came = self._far.random.randint(0, len(batch))
        self._far.takes(self._journal, batch[:came])
        raise HungUpError("connection reset", accepted=self._far.random.randint(0, came))
