"""UTC days as whole numbers since 1970, and by name. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from agent.clock import NS

DAY_NS = 86_400 * NS
_FIRST = date(1970, 1, 1)


def day_of(wall_ns: int) -> int:
    """The day that a moment belongs to."""
    return wall_ns // DAY_NS


def begin_ns(day: int) -> int:
    """The first moment of a day; that of the next one is its end."""
    return day * DAY_NS


def name_of(day: int) -> str:
    """`2026-11-22`."""
    return (_FIRST + timedelta(days=day)).isoformat()


def day_named(name: str) -> int:
    """The day of `2026-11-22`. Raises ValueError."""
    return (date.fromisoformat(name) - _FIRST).days


def minute_of(wall_ns: int) -> str:
    """`2026-11-22 14:05`, for people."""
    return datetime.fromtimestamp(wall_ns // NS, UTC).strftime("%Y-%m-%d %H:%M")
