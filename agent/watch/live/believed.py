"""At which time each record is given to the detectors, also while nobody knows the true one. Pure.

A boot whose clock nobody has set must neither blind the detectors nor send them into another year. Until its
time is settled it runs as its clock says, where that follows the record before within a day, and else from
where that one ended; within the boot by the time since its start. What was taken for true is kept, so that
somebody can look whether it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from agent.model import Entry

_NS = 1e9
# Longer than a power cut that nobody attends to, and short against what the detectors compare over.
_PLAUSIBLE_S = 86_400.0


class Taken(NamedTuple):
    """The first record of a boot without a settled time, the time that it was given, and since its start."""

    seq: int
    utc_s: float
    mono_s: float


class Believed:
    """Times of one record after the other.

    Attributes:
        taken: by boot, what was taken for true.
    """

    def __init__(self) -> None:
        self.taken: dict[str, Taken] = {}
        self._last_s: float | None = None

    def utc_s(self, entry: Entry) -> float:
        """The time of the next record, seconds since 1970."""
        utc_s = entry.time.wall_ns / _NS
        if not entry.time.settled:
            utc_s = self._as_taken(entry, utc_s)
        return utc_s

    def heard(self, utc_s: float) -> None:
        """The detectors have come to this time: what has no clock cannot be older."""
        self._last_s = max(utc_s, self._last_s or utc_s)

    def _as_taken(self, entry: Entry, read_s: float) -> float:
        mono_s = entry.record.at.mono_ns / _NS
        taken = self.taken.get(entry.boot)
        if taken is None:
            follows = self._last_s is None or 0.0 <= read_s - self._last_s <= _PLAUSIBLE_S
            begins_s = read_s if follows or self._last_s is None else self._last_s
            taken = self.taken[entry.boot] = Taken(entry.seq, begins_s, mono_s)
        return taken.utc_s + mono_s - taken.mono_s
