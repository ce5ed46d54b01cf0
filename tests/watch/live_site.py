"""A journal with the detectors on it, without the rest of a station; time passes by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from agent.clock import NS
from agent.journal.journal import Journal
from agent.journal.writer import JournalWriter
from agent.model import Calibration, Channel, Event, Instant, Observation, Trust
from agent.watch.contract import Role
from agent.watch.live.parts import parts
from agent.watch.live.reader import WatchReader
from agent.watch.live.recalled import is_ours
from agent.watch.plan import Plan
from tests.watch.water_site import FIRST, ticks

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from agent.model import Record
    from agent.watch.contract import Sample
    from tests.watch.water_site import Change

CHANNELS = {
    Role.PH: Channel("ph-3", "ph", "1", "pH"),
    Role.EC: Channel("ec-3", "conductivity", "uS/cm", "uS/cm"),
    Role.RAIN: Channel("rain-1", "rainfall", "mm", "mm"),
}
BEGIN_S = FIRST * 900.0
DAY_S = 86_400.0
_LONG_S = 60.0
_CALIBRATION = Calibration("config-0a1b2c3d", '{"kind":"unit"}')


class LiveClock:
    """Set by hand; the machine started an hour before the first record."""

    def __init__(self, begin_s: float = BEGIN_S) -> None:
        self.boot_id = "boot-0"
        self.utc_s = begin_s
        self.booted_s = BEGIN_S - 3600.0
        self.trust = Trust.NTP
        self.wrong_by_s = 0.0

    def at(self, utc_s: float) -> Instant:
        """What the clocks say at a true time."""
        wall_ns, mono_ns = round((utc_s + self.wrong_by_s) * NS), round((utc_s - self.booted_s) * NS)
        return Instant(wall_ns, mono_ns, self.trust)

    def now(self) -> Instant:
        """What they say now."""
        return self.at(self.utc_s)

    def seconds(self, wire_s: float) -> float:
        """No wire is here."""
        return wire_s

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        """Nobody waits by hand."""
        raise NotImplementedError


class LiveSite:
    """Observations go in, the detectors look, events come out."""

    def __init__(self, path: Path, plan: Plan = Plan(), begin_s: float = BEGIN_S) -> None:  # noqa: B008
        self.path = path
        self.plan = plan
        self.clock = LiveClock(begin_s)
        self._waited_s = 0.0
        self.start()

    def start(self) -> None:
        """A process begins."""
        self.journal = Journal(self.path)
        self.writer = JournalWriter(self.journal, self.clock, structlog.testing.CapturingLogger())
        self.writer.open(self.clock.now())
        self.watch = WatchReader(self.journal, self.plan, parts(CHANNELS.values(), {}), self.journal.append)

    def crash(self) -> None:
        """It ends without a word: what was not committed is gone."""
        self.watch._view.close()  # the file, not the word how far it has come
        assert self.writer.file is not None
        self.writer.file.connection.close()

    def stop(self) -> None:
        """It ends as it should."""
        self.watch.step(self.clock.now())
        self.commit()
        self.watch.step(self.clock.now())
        self.watch.close()
        self.writer.close()

    def lose_power(self, for_s: float = 60.0) -> None:
        """The machine starts again so much later, and the station with it."""
        self.crash()
        self.clock.boot_id += "+"
        self.clock.utc_s += for_s
        self.clock.booted_s = self.clock.utc_s
        self.start()

    def commit(self) -> None:
        """The writer's turn."""
        self.writer.step(self.clock.now())

    def observe(self, samples: Iterable[tuple[float, Role, Sample]]) -> None:
        """On the disk, at the time of the last of them."""
        records = []
        for utc_s, role, sample in samples:
            self.clock.utc_s = max(self.clock.utc_s, utc_s)
            at = self.clock.at(utc_s)
            records.append(
                Observation(
                    CHANNELS[role], at, sample.value, sample.value, sample.flag, sample.why, _CALIBRATION
                )
            )
        self.journal.append(records)
        self.commit()

    def live(self, samples: Sequence[tuple[float, Role, Sample]], looks: int = 1) -> None:
        """As in `observe`, with the detectors looking so often meanwhile."""
        size = max(1, len(samples) // looks)
        for begin in range(0, len(samples), size):
            self.observe(samples[begin : begin + size])
            self.look()

    def look(self) -> None:
        """Let the detectors do all that they can, and commit what they told."""
        for _ in range(10_000):
            now = self.clock.now()
            wait_s = self.watch.step(now._replace(mono_ns=now.mono_ns + round(self._waited_s * NS)))
            if self.journal.waiting():
                self.commit()
            elif wait_s > _LONG_S:
                return
            self._waited_s += wait_s
        raise AssertionError("the detectors never wait")

    def records(self) -> list[Record]:
        """All that is committed."""
        view = self.journal.view()
        try:
            return [entry.record for entry in view.read_after(0, 1_000_000)]
        finally:
            view.close()

    def events(self) -> list[Event]:
        """Those of the detectors, in the order of the journal."""
        view = self.journal.view()
        try:
            records = [entry.record for entry in view.events_after(0, 100_000)]
        finally:
            view.close()
        return [record for record in records if isinstance(record, Event) and is_ours(record)]


def water(
    days: float, changes: dict[Role, Change] | None = None, seed: int = 5
) -> list[tuple[float, Role, Sample]]:
    """The water of `water_site`, one sample after the other; an onset after sixteen days."""
    return [
        (tick.utc_s, role, sample)
        for tick in ticks(days, changes, seed=seed)
        for role, channels in tick.samples.items()
        for sample in channels.values()
    ]


def iso(utc_s: float) -> str:
    """A time as the status has it."""
    return datetime.fromtimestamp(utc_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def story(events: Iterable[Event]) -> list[tuple[str, str, int, dict[str, float | str]]]:
    """What must be the same, whoever was switched off when."""
    return [
        (each.id, each.phase, each.severity, {k: v for k, v in each.data.items() if k != "late_s"})
        for each in events
    ]
