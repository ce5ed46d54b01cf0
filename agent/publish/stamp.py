"""Time on the wire, for every payload alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso_ms(wall_ns: int) -> str:
    """UTC with milliseconds, RFC 3339: `2026-11-22T10:00:00.123Z`."""
    at = _EPOCH + timedelta(milliseconds=wall_ns // 1_000_000)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
