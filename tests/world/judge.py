"""The verdict over a world: what was promised against what arrived, and everything else that must hold."""

from __future__ import annotations

import gc
import math
import os
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.journal.room.retention import MB
from agent.ledger.days import day_named, name_of
from agent.publish.shipper import Shipper
from tests.world.times import T0_NS
from tests.world.truth import EVENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.world.far_side import FarSide
    from tests.world.scene import Scene
    from tests.world.truth import Book
    from tests.world.turns import Turns

_CLOSED = {"gap", "sensor_fault", "bus_fault", "journal_trouble", "disk_low", "evicted"}

_TOLD_WITHIN_S = 300


class Verdict(NamedTuple):
    """What a world came to. `complaints`: rules that were broken, and how often; `examples` of them."""

    digest: str
    counts: Mapping[str, int]
    complaints: Mapping[str, int]
    examples: Mapping[str, list[str]]

    def words(self) -> str:
        """For people."""
        lines = [f"  {rule}: {count}" for rule, count in sorted(self.complaints.items())]
        lines += [f"    {rule}: {text}" for rule, texts in self.examples.items() for text in texts]
        return "\n".join(lines)


class Judge:
    """Watches the runs of a station, and judges at the end."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._truth = scene.truth
        self._descriptors: int | None = None
        self._runs = 0

    def run_begins(self) -> None:
        """Nothing of the run before may be left open in this process."""
        self._runs += 1
        gc.collect()  # an error of the run before may still hold a statement, and that its file
        count = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names only, and quickly
        if self._descriptors is None:
            self._descriptors = count
        elif count != self._descriptors:
            self._truth.complain("descriptors stay", f"{count} open, {self._descriptors} in the beginning")

    def run_ends(self, turns: Turns) -> None:
        """No worker ever failed."""
        self._truth.counts["steps"] += turns.steps
        for failure in turns.failures:
            self._truth.complain("workers never fail", failure)
        self._behind = {
            each.sink_id: each.waiting
            for each in turns.workers()
            if isinstance(each, Shipper) and each.waiting
        }

    def day_ends(self) -> None:
        """Its files keep within their budget."""
        card = self._scene.card
        card.weigh()
        most = self._scene.config.journal.max_mb * MB
        if card.largest_bytes > most:
            self._truth.complain("within its budget", f"{card.largest_bytes} bytes of {most}")

    def verdict(self) -> Verdict:
        """After the last run, which was a quiet one."""
        truth, scene = self._truth, self._scene
        self.run_begins()
        truth.counts["runs"] = self._runs - 1
        truth.counts["hours"] = (scene.time.true_ns - T0_NS) // NS // 3600
        truth.counts["lost by the broker, made good"] = scene.office.lost
        for sink, waiting in self._behind.items():
            truth.complain("all is sent in the end", f"{waiting} wait for {sink}")
        for far in (scene.office, scene.archive):
            self._all_arrived(far)
        self._events_end()
        if not scene.theme.rots and len(truth.books) > 1:
            truth.complain("a sound file is gone on with", f"{len(truth.books)} journals")
        self._accounts()
        return Verdict(truth.digest, dict(sorted(truth.counts.items())), truth.complaints, truth.examples)

    def _all_arrived(self, far: FarSide) -> None:
        """What was promised is there, or on record as what it is."""
        books = list(self._truth.books.items())
        for journal, book in books:
            missing = [
                seq
                for seq in range(1, book.head + 1)
                if book.contents[seq] and not self._truth.has(far.name, journal, seq)
            ]
            elsewhere = self._truth.elsewhere(far.name, journal) if missing and len(books) > 1 else set()
            for seq in missing:
                self._explain(far, journal, book, seq, elsewhere)

    def _explain(self, far: FarSide, journal: str, book: Book, seq: int, elsewhere: set[int]) -> None:
        counts = self._truth.counts
        if (journal, seq) in far.refused:
            counts[f"refused by {far.name}"] += 1
            is_old = self._scene.time.true_ns - far.refused[journal, seq] > _TOLD_WITHIN_S * NS
            if is_old and not _within(seq, book.told_parked.get(far.name, ())):
                self._truth.complain("what is refused is told", f"{seq} at {far.name}")
        elif seq in book.parked.get(far.name, ()):
            self._truth.complain("only what is refused is parked", f"{seq} for {far.name}")
        elif _within(seq, book.evicted):
            counts[f"given up, not at {far.name}"] += 1
        elif seq in book.damaged:
            counts[f"damaged, not at {far.name}"] += 1
        elif book.contents[seq] in elsewhere:
            counts["under another name"] += 1
        elif book.contents[seq] in self._refused_elsewhere(far):
            counts["refused under another name"] += 1
        elif seq >= self._given_up_from(far):
            counts["lost by the broker, sent again in vain, told"] += 1
        elif self._scene.theme.rots and book is not list(self._truth.books.values())[-1]:
            counts[f"lost with a damaged file, not at {far.name}"] += 1
        else:
            kind = "alert" if book.kinds[seq] == EVENT else "record"
            self._truth.complain(f"no {kind} is lost", f"{seq} of journal {book.number} is not at {far.name}")

    def _given_up_from(self, far: FarSide) -> float:
        """What a broker lost that acknowledged it and lost it again, the station tells and leaves it so."""
        gaps = [
            told for told in self._truth.open_events if told.startswith(f"station/receipt_gap/{far.name}/")
        ]
        return min((int(told.rpartition("/")[2]) for told in gaps), default=math.inf)

    def _refused_elsewhere(self, far: FarSide) -> set[int]:
        books = self._truth.books
        return {books[journal].contents[seq] for journal, seq in far.refused}

    def _events_end(self) -> None:
        if len(self._truth.books) > 1:
            return  # what is open is not taken over from a damaged file
        for event_id, kind in self._truth.open_events.items():
            if kind in _CLOSED:
                self._truth.complain("every event ends", event_id)

    def _accounts(self) -> None:
        """What the station says of each day against what the archive holds of it."""
        truth, archive = self._truth, self._scene.archive
        told: Counter[tuple[str, int]] = Counter()
        expected: Counter[str] = Counter()
        for name, channels in archive.days.items():
            for channel, tally in channels.items():
                told[channel, day_named(name)] = tally.present
                expected[channel] += tally.expected
                if tally.expected != tally.present + sum(tally.missing.values()):
                    truth.complain("accounts add up", f"{name} {channel} {tally}")
        last = max((day_named(name) for name in archive.days), default=0)
        if self._is_whole() and not truth.clock_lies and not archive.has_unbounded:
            self._compare(told, expected, last)

    def _compare(self, told: Counter[tuple[str, int]], expected: Counter[str], last: int) -> None:
        """Day by day, where the archive has everything and nothing was counted by guess."""
        truth, archive = self._truth, self._scene.archive
        for (channel, day), present in sorted(archive.present.items()):
            if day <= last and told[channel, day] != present:
                words = f"{name_of(day)} {channel}: {told[channel, day]} told, {present} at the archive"
                truth.complain("accounts are right", words)
        for channel, slots in sorted(expected.items()):
            self._slots(channel, slots, last)

    def _is_whole(self) -> bool:
        """Whether the archive has everything that the station ever had, and the station had it, too."""
        if (
            self._scene.theme.is_small
            or self._truth.counts["event disk_low"]
            or self._truth.counts["event damaged"]
        ):
            return False  # what had been delivered made room, and is counted by guess after a restart
        odd = (
            "given up, not at archive",
            "damaged, not at archive",
            "lost with a damaged file, not at archive",
        )
        return not any(self._truth.counts[name] for name in odd) and len(self._truth.books) == 1

    def _slots(self, channel: str, slots: int, last_day: int) -> None:
        """Every slot of the time from the first start on is in some account."""
        period_s = self._scene.periods_s[channel.partition("/")[0]]
        true = ((last_day + 1) * 86_400 - T0_NS / NS) / period_s
        if abs(slots - true) > 2 * self._runs + 3:
            self._truth.complain("every slot has its account", f"{channel}: {slots} of {true:.0f}")


def _within(seq: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(first <= seq <= last for first, last in ranges)
