"""A journal that is about to make room: full of delivered observations, nearly to where pruning begins."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import structlog

from agent.clock import NS, SystemClock
from agent.journal.journal import Journal
from agent.journal.writer import JournalWriter
from agent.model import Calibration, Channel, Flag, Instant, Observation, Trust, Why

if TYPE_CHECKING:
    from pathlib import Path

MAX_MB = 4  # the least that can be configured
_SINK = "office"
_BATCH = 500
# At 58 bytes each. Pruning begins at 95 % of the file's half of the budget; WAL and ballast have the rest.
_RECORDS = 32_000
_CHANNEL = Channel("old-1", "ph", "1", "pH")
_QUIET = structlog.wrap_logger(None, wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def fill(path: Path) -> None:
    """Make the journal file with the agent's own writer."""
    journal, clock = Journal(path), SystemClock()
    writer = JournalWriter(journal, clock, _QUIET)
    writer.open(clock.now())
    at = clock.now()
    while journal.head < _RECORDS:
        journal.append([_observation(journal.head + n, at) for n in range(_BATCH)])
        writer.step(clock.now())
        journal.advance(_SINK, journal.head)
    writer.close()


def _observation(n: int, at: Instant) -> Observation:
    then = Instant(at.wall_ns + n * NS, at.mono_ns, Trust.NTP)
    value = 7 + n % 100 / 100
    return Observation(_CHANNEL, then, value, value, Flag.GOOD, Why.NONE, Calibration("identity", "{}"))
