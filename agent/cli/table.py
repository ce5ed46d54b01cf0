"""Channels as a table for people: value, unit, age, and the flag in words, never by colour alone."""

from __future__ import annotations

import os
import sys
from math import floor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COLOURS = {"good": "32", "suspect": "33", "fail": "31", "missing": "31"}


def colourful() -> bool:
    """Whether standard output is a terminal that wants colour (no-color.org)."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def channel_table(channels: Sequence[Mapping[str, Any]], *, colour: bool) -> list[str]:
    """One line per channel; `channels` as in the answer of `skyground status --json`.

    With `today`, the part of today's observations that is there, in all of them or in none: a column more.
    """
    today = f"{'TODAY':>7}" if any("today" in channel for channel in channels) else ""
    head = f"{'CHANNEL':<28}{'VALUE':>10} {'UNIT':<6}{'AGE':>7}{today}  QUALITY"
    return [head, *(channel_line(channel, colour=colour) for channel in channels)]


def channel_line(channel: Mapping[str, Any], *, colour: bool) -> str:
    """One channel: name, value, unit, age, quality with its reasons."""
    value = "-" if channel["value"] is None else f"{channel['value']:g}"
    unit = "" if channel["unit"] == "1" else channel["unit"]
    today = f"{percent(channel['today']):>7}" if "today" in channel else ""
    left = f"{channel['channel']:<28}{value:>10} {unit:<6}{age(channel['age_s']):>7}{today}  "
    return left + _quality(channel, colour=colour)


def percent(part: float | None) -> str:
    """A part of a whole, rounded down: 100 % is all of it."""
    if part is None:
        return "-"
    return "100 %" if part >= 1 else f"{floor(part * 1000) / 10:.1f} %"


def age(seconds: float | None) -> str:
    """A duration in two characters and a unit: 8 s, 12 min, 5 h, 3 d."""
    if seconds is None:
        return "-"
    for size, name in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{max(0.0, seconds):.0f} s"


def _quality(channel: Mapping[str, Any], *, colour: bool) -> str:
    words = channel["flag"].replace("_", " ")
    # Of the clock the head of a screen speaks, once for all channels: it makes no value worse.
    reasons = [reason.replace("_", " ") for reason in channel["why"] if reason != "clock"]
    if reasons:
        words += ": " + ", ".join(reasons)
    code = _COLOURS.get(channel["flag"])
    return f"\x1b[{code}m{words}\x1b[0m" if colour and code else words
