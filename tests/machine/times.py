"""Stored times against the truth, boot by boot. Pure."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.model import Observation
from agent.publish.stamp import iso_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Entry

# The network's answer reaches the machine's clock within this.
_NETWORK_S = 1.0
_SHOWN = 3


class Errors(NamedTuple):
    """How far from the truth: the least and the greatest, in seconds, ahead of it counted positive."""

    least_s: float
    most_s: float

    def __str__(self) -> str:
        return f"{self.least_s:+,.3f} to {self.most_s:+,.3f} s"


class Account(NamedTuple):
    """The observations of one boot.

    Attributes:
        as_read: the error of what the clock said.
        best_known: the error of what the station makes of it.
        sources: how many times come from where.
        unsettled: how many may still change.
        untrue: settled times that lie further from the truth than they say.
        spacing_s: the shortest and the longest time between two observations of one channel.
        examples: a few of them in words.
    """

    observations: int
    as_read: Errors
    best_known: Errors
    sources: dict[str, int]
    unsettled: int
    untrue: int
    spacing_s: tuple[float, float]
    examples: list[str]

    def text(self) -> str:
        """A few lines for people."""
        sources = ", ".join(f"{count} {name.lower()}" for name, count in self.sources.items())
        spacing = f"{self.spacing_s[0]:.1f} to {self.spacing_s[1]:.1f} s"
        lines = [
            f"{self.observations} observations, {spacing} apart; {sources}; {self.unsettled} not settled",
            f"as read      {self.as_read}",
            f"best known   {self.best_known}; further off than stated: {self.untrue}",
            *self.examples,
        ]
        return "\n".join(f"    {line}" for line in lines)


def account(entries: Sequence[Entry], offset_ns: int) -> Account | None:
    """The observations of one boot, whose truth is `mono_ns + offset_ns`. None without any."""
    seen = [entry for entry in entries if isinstance(entry.record, Observation)]
    if not seen:
        return None
    return Account(
        len(seen),
        _errors([entry.record.at.wall_ns - _true_ns(entry, offset_ns) for entry in seen]),
        _errors([entry.time.wall_ns - _true_ns(entry, offset_ns) for entry in seen]),
        dict(Counter(entry.time.source.name for entry in seen)),
        sum(not entry.time.settled for entry in seen),
        sum(_is_untrue(entry, offset_ns) for entry in seen),
        _spacing_s(seen),
        [_example(seen[n * (len(seen) - 1) // (_SHOWN - 1)], offset_ns) for n in range(_SHOWN)],
    )


def _true_ns(entry: Entry, offset_ns: int) -> int:
    return entry.record.at.mono_ns + offset_ns


def _is_untrue(entry: Entry, offset_ns: int) -> bool:
    off_s = abs(entry.time.wall_ns - _true_ns(entry, offset_ns)) / NS
    return entry.time.settled and off_s > entry.time.error_s + _NETWORK_S


def _errors(errors_ns: list[int]) -> Errors:
    return Errors(min(errors_ns) / NS, max(errors_ns) / NS)


def _spacing_s(seen: Sequence[Entry]) -> tuple[float, float]:
    channels: dict[str, list[int]] = {}
    for entry in seen:
        if isinstance(entry.record, Observation):
            channels.setdefault(str(entry.record.channel), []).append(entry.record.at.mono_ns)
    spaces = [(b - a) / NS for times in channels.values() for a, b in pairwise(times)]
    return (min(spaces), max(spaces)) if spaces else (0.0, 0.0)


def _example(entry: Entry, offset_ns: int) -> str:
    stamp = entry.time
    known = f"{iso_ms(stamp.wall_ns)} +-{stamp.error_s:.1f} s, {stamp.source.name.lower()}"
    return f"true {iso_ms(_true_ns(entry, offset_ns))}  read {iso_ms(entry.record.at.wall_ns)}  known {known}"
