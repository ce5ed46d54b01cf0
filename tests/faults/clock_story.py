"""A station on real wires whose clock is wrong, is set, and is stepped, while its time runs fast.

    python -m tests.faults.clock_story      1970, three hours, then the network: times before and after

The truth is known: the station's monotonic clock plus a constant.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import structlog

from agent.clock import NS, read_boot_id
from agent.config.load import load
from agent.journal.reader import JournalReader
from agent.model import Entry, Instant, Observation, Trust
from agent.paths import JOURNAL_NAME
from agent.publish.stamp import iso_ms
from agent.station import Station
from drivers.simulated.site import SimulatedSite, station_toml
from tests.servers.process import wait_until

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from agent.model import Stamp

SPEED = 3600.0
PERIOD_S = 300.0
_BEGAN_NS = 1_795_305_600 * NS  # 2026-11-22


class WrongClock:
    """Runs fast and begins in 1970, until it is set; the truth is `true_ns`."""

    def __init__(self, speed: float = SPEED) -> None:
        self.boot_id = read_boot_id()
        self.trust = Trust.NONE
        self._speed = speed
        self._start_ns = time.monotonic_ns()
        self._offset_ns = 0
        self.stepped_ns: list[int] = []  # by its own monotonic time; the station notices later

    def now(self) -> Instant:
        """Trust is read first, as the real one does."""
        trust = self.trust
        mono_ns = int((time.monotonic_ns() - self._start_ns) * self._speed)
        return Instant(mono_ns + self._offset_ns, mono_ns, trust)

    def seconds(self, wire_s: float) -> float:
        """As many more of this clock's."""
        return wire_s * self._speed

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        """Sleep until woken, `timeout_s` fast seconds at the most."""
        wake.wait(max(0.0, timeout_s / self._speed))

    def true_ns(self, mono_ns: int) -> int:
        """What a right clock would have said."""
        return mono_ns + _BEGAN_NS

    def sync(self) -> None:
        """The network sets it."""
        self._offset_ns = _BEGAN_NS
        self.trust = Trust.NTP

    def step(self, seconds: float) -> None:
        """Somebody sets it anew."""
        self.stepped_ns.append(self.now().mono_ns)
        self._offset_ns += round(seconds * NS)


class Stage:
    """A running station of one site."""

    def __init__(self, folder: Path, publish: str = "") -> None:
        self.clock = WrongClock()
        self.ended_ns = 0
        self._folder = folder
        self._config = folder / "station.toml"
        self._config.write_text(station_toml(folder, publish, PERIOD_S), encoding="utf-8")

    def play(self, *acts: Callable[[Stage], None]) -> None:
        """One act after the other, while the station runs."""
        site = SimulatedSite(self._folder, lambda: self.clock.now().mono_ns / NS, seed=7, scenario="calm")
        log = structlog.wrap_logger(structlog.ReturnLogger())
        with site, Station(load(self._config), self.clock, log):
            for act in acts:
                act(self)
            self.ended_ns = self.clock.now().mono_ns

    def pass_by(self, hours: float) -> None:
        """Let so much of the station's time pass."""
        end_ns = self.clock.now().mono_ns + round(hours * 3600 * NS)
        wait_until(lambda: self.clock.now().mono_ns >= end_ns, f"{hours} fast hours pass", 60)

    def entries(self) -> list[Entry]:
        """All that is in the journal."""
        reader = JournalReader(self._folder / "state" / JOURNAL_NAME, print)
        try:
            return reader.read_after(0, 1_000_000)
        finally:
            reader.close()

    def observed(self) -> dict[str, list[Entry]]:
        """The observations, by channel."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries():
            if isinstance(entry.record, Observation):
                found.setdefault(str(entry.record.channel), []).append(entry)
        return found


class Told(NamedTuple):
    """One observation, before and after the network told the time."""

    seq: int
    before: Stamp
    after: Stamp
    true_ns: int


def three_hours_of_1970(folder: Path) -> list[Told]:
    """Boot with the clock in 1970, observe for three hours, be told the time, go on for half an hour."""
    stage = Stage(folder)
    before: dict[int, Stamp] = {}

    def look(stage: Stage) -> None:
        before.update({entry.seq: entry.time for entry in stage.entries()})

    stage.play(
        lambda stage: stage.pass_by(3), look, lambda stage: stage.clock.sync(), lambda s: s.pass_by(0.5)
    )
    return [
        Told(entry.seq, before[entry.seq], entry.time, stage.clock.true_ns(entry.record.at.mono_ns))
        for entry in stage.entries()
        if isinstance(entry.record, Observation) and entry.seq in before
    ]


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        told = three_hours_of_1970(Path(folder))
    worst_s = max(abs(row.after.wall_ns - row.true_ns) for row in told) / NS
    lines = [
        f"{'seq':>5}  {'stored before':<25}{'source':<7}{'after':<25}{'source':<10}{'+-':>7}  {'error':>8}",
        *(_line(row) for row in told[:: max(1, len(told) // 12)]),
        f"{len(told)} observations, the worst is {worst_s:.3f} s from the truth",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def _line(row: Told) -> str:
    before, after = row.before, row.after
    return (
        f"{row.seq:>5}  {iso_ms(before.wall_ns):<25}{before.source.name.lower():<7}"
        f"{iso_ms(after.wall_ns):<25}{after.source.name.lower():<10}"
        f"{after.error_s:>5.2f} s  {(after.wall_ns - row.true_ns) / NS:>6.3f} s"
    )


if __name__ == "__main__":
    main()
