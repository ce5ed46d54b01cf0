"""A moment as people say it: `now`, `-2h`, `10:15` (today), or ISO 8601. In UTC, as all that is printed."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta

from agent.cli.arguments import duration_s

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def moment_ns(text: str, now_ns: int) -> int:
    """In ns since 1970. Raises argparse.ArgumentTypeError."""
    if text == "now":
        return now_ns
    if text.startswith("-"):
        return now_ns - int(duration_s(text[1:]) * 1e9)
    now = _EPOCH + timedelta(microseconds=now_ns // 1000)
    hour = "0" if text[1:2] == ":" else ""
    whole = f"{now:%Y-%m-%d}T{hour}{text}" if _CLOCK.fullmatch(text) else text
    try:
        at = datetime.fromisoformat(whole)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time: now, -2h, 10:15 (today) or 2026-11-22T10:15, all in UTC"
        ) from None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    if at < _EPOCH:
        raise argparse.ArgumentTypeError(f"{text!r} lies before 1970")
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000
