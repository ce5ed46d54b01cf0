"""Time on the wire, for every payload alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from agent.model import TimeSource

if TYPE_CHECKING:
    from agent.model import Entry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso_ms(wall_ns: int) -> str:
    """UTC with milliseconds, RFC 3339: `2026-11-22T10:00:00.123Z`."""
    at = _EPOCH + timedelta(milliseconds=wall_ns // 1_000_000)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Doubt(NamedTuple):
    """How far the time of an entry can be believed: a word, and within how many seconds, where that is known.

    Of a time that may still change, `boot` and `up_s`, the seconds since then, are what a consumer needs to
    put it right when it is told; of others they are empty.
    """

    clock: str = "ntp"
    err_s: float | None = None
    boot: str = ""
    up_s: float | None = None


_NONE = Doubt()


def doubt(entry: Entry) -> Doubt:
    """What is to be said about the time of an entry. Nothing when the network had set the clock."""
    time, at = entry.time, entry.record.at
    if time.source is TimeSource.NTP:
        return _NONE
    err_s = round(time.error_s, 3) if isfinite(time.error_s) else None
    if time.settled:
        return Doubt(time.source.name.lower(), err_s)
    return Doubt(time.source.name.lower(), err_s, entry.boot, at.mono_ns // 1_000_000 / 1000)
