"""Times in a journal against the truth: a machine over many boots, whatever happens to it in whatever order.

Held: no two observations of a channel share a millisecond (where files go by time, one would replace the
other); the truth is within the error that is told; a settled time stays; all that is read as deliverable is
settled; a restart of the station changes nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent.clock import NS
from agent.model import Trust
from tests.journal.machine import Machine

if TYPE_CHECKING:
    from agent.model import Stamp

# So long does a machine take until its station runs.
_START_S = 20
_MINUTE_S = 60


class Site(RuleBasedStateMachine):
    """A machine, and a sink that files by time and has everything as soon as it may."""

    @initialize(wait_h=st.sampled_from([0, 1, 3, 24]))
    def begin(self, wait_h: float) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.machine = Machine(self.directory / "card" / "journal.db", wait_h)
        self.filed: dict[int, Stamp] = {}
        self.boots = 0
        self._boot(0, Trust.NONE)

    @rule(off_min=st.integers(1, 3000), saved=st.booleans())
    def boots_without_a_chip(self, off_min: int, saved: bool) -> None:  # noqa: FBT001 - drawn
        """In 1970, or at the time that was saved last."""
        wall_ns = self.machine.clock.now().wall_ns if saved else 0
        self.machine.off(off_min * _MINUTE_S)
        self._boot(wall_ns, Trust.NONE)

    @rule(off_min=st.integers(1, 3000), wrong_s=st.integers(-50, 50))
    def boots_with_a_chip(self, off_min: int, wrong_s: int) -> None:
        self.machine.off(off_min * _MINUTE_S)
        # Where a clock is set back, times come twice, and that is told. No two of them by chance, here.
        self._boot(self.machine.true_ns + wrong_s * NS + self.boots * 7_000_000, Trust.RTC)

    @rule(off_min=st.integers(120, 3000), behind_min=st.integers(70, 170))
    def boots_with_a_chip_whose_battery_is_empty(self, off_min: int, behind_min: int) -> None:
        """It says less than what has passed when it is known that it has."""
        wall_ns = self.machine.true_ns - behind_min * _MINUTE_S * NS
        self.machine.off(off_min * _MINUTE_S)
        told = any(entry.time.source.name in {"NTP", "REPAIRED"} for entry in self.machine.entries()[-1:])
        self._boot(wall_ns if told else 0, Trust.RTC if told else Trust.NONE)

    @rule(minutes=st.integers(1, 300), every_min=st.integers(1, 60))
    def runs(self, minutes: int, every_min: int) -> None:
        self.machine.run(minutes * _MINUTE_S, min(minutes, every_min) * _MINUTE_S)

    @rule()
    def is_told_the_time(self) -> None:
        self.machine.sync().run(_MINUTE_S, _MINUTE_S)

    @rule()
    def restarts(self) -> None:
        before = self.machine.journal.unsettled_from
        self.machine.restart()
        assert self.machine.journal.unsettled_from == before
        self.machine.run(_MINUTE_S, _MINUTE_S)

    @rule(commits=st.integers(1, 3))
    def starts_while_the_card_is_not_there(self, commits: int) -> None:
        self.machine.kill()
        with self.machine.unreadable():
            self.machine.start().run(commits * _MINUTE_S, _MINUTE_S)
        self.machine.run(_MINUTE_S, _MINUTE_S)

    @rule()
    def finds_its_file_damaged(self) -> None:
        self.machine.kill().spoil().start().run(_MINUTE_S, _MINUTE_S)

    @invariant()
    def times_are_true_and_kept(self) -> None:
        journal, times = self.machine.journal, set()
        for seen in self.machine.observed():
            time = seen.entry.time
            assert time.settled or seen.entry.seq > journal.settled
            if time.settled:
                assert seen.wrong_s <= time.error_s
                assert self.filed.setdefault(seen.true_ns, time) == time
        times = {time.wall_ns // 1_000_000 for time in self.filed.values()}
        assert len(times) == len(self.filed)
        journal.advance("archive", journal.settled)

    def _boot(self, wall_ns: int, trust: Trust) -> None:
        self.boots += 1
        self.machine.boot(wall_ns, trust)
        self.machine.true_ns += _START_S * NS
        self.machine.run(_MINUTE_S, _MINUTE_S)

    def teardown(self) -> None:
        if hasattr(self, "machine"):
            self.machine.kill()
            shutil.rmtree(self.directory)


TestTimes = Site.TestCase
TestTimes.settings = settings(
    max_examples=60,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
