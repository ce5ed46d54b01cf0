"""Journals filled through the agent's own writer, without an agent."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import structlog

from agent.clock import NS, SystemClock
from agent.journal.journal import Journal
from agent.journal.writer import JournalWriter
from agent.model import Calibration, Channel, Flag, Instant, Observation, Trust, Why

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_SINK = "office"
_QUANTITIES = (
    ("soil_moisture", "m3/m3", "%"),
    ("temperature", "degC", "degC"),
    ("conductivity", "uS/cm", "uS/cm"),
    ("ph", "1", "pH"),
)
_UNITS = 16
_IDENTITY = Calibration("identity", "{}")
_START_NS = 1_700_000_000 * NS


class Log:
    """A journal open for writing, while used in a `with` block. `sent`: a sink follows close behind."""

    def __init__(self, path: Path, *, sent: bool) -> None:
        self._sent = sent
        quiet = structlog.wrap_logger(
            None, wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
        )
        self._clock = SystemClock()
        self._journal = Journal(path)
        self._writer = JournalWriter(self._journal, self._clock, quiet)

    def commit(self, batch: Sequence[Observation]) -> None:
        """Make a batch durable, and with it a sink's bookmark at what was durable before."""
        if self._sent:
            self._journal.advance(_SINK, self._journal.head)
        self._journal.append(batch)
        self._writer.step(self._clock.now())

    def __enter__(self) -> Self:
        self._writer.open(self._clock.now())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()


def observations(count: int, first: int = 0) -> list[Observation]:
    """`count` good values from number `first` on: one a second from each of 64 channels, no two alike."""
    channels = [
        Channel(f"soil-{unit}", *quantity) for unit in range(1, _UNITS + 1) for quantity in _QUANTITIES
    ]
    return [
        _observation(channels[n % len(channels)], n, n // len(channels)) for n in range(first, first + count)
    ]


def _observation(channel: Channel, n: int, second: int) -> Observation:
    at = Instant(_START_NS + second * NS, second * NS, Trust.NTP)
    raw = (n % 1000) / 10
    return Observation(channel, at, raw, raw / 100, Flag.GOOD, Why.NONE, _IDENTITY)
