"""How fast the card wears: what this process writes, and how long the card bears it.

The kernel counts the bytes that a process sends to the disk. What the file system adds is not in it, and what
the card itself makes of them nobody tells: ten bytes of flash for each of ours is a pessimist's figure.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.clock import NS

if TYPE_CHECKING:
    from agent.model import Instant

AMPLIFICATION = 10
_TB = 1e12
_DAY_S = 86_400.0
_HOUR_S = 3_600.0
_DAYS_A_YEAR = 365.25


def written_bytes(io: Path = Path("/proc/self/io")) -> int | None:
    """What this process has sent to the disk so far; None where the kernel does not tell."""
    try:
        lines = io.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))
    except (OSError, StopIteration):
        return None


def years(bytes_per_day: float, card_tb: float) -> float | None:
    """How long a card that may be written `card_tb` terabytes lasts. None when nothing is written."""
    if bytes_per_day <= 0:
        return None
    return card_tb * _TB / (bytes_per_day * AMPLIFICATION * _DAYS_A_YEAR)


class Wear:
    """Bytes a day: of the last full day, before that since the start, in the first hour not yet known."""

    def __init__(self) -> None:
        self.bytes_per_day: float | None = None
        self._since: tuple[float, int] | None = None
        self._day_known = False

    def look(self, now: Instant, written: int | None) -> None:
        """Take the count of this moment."""
        if written is None:
            return
        now_s = now.mono_ns / NS
        if self._since is None:
            self._since = (now_s, written)
        since_s, before = self._since
        lasted_s = now_s - since_s
        if lasted_s >= (_DAY_S if self._day_known else _HOUR_S):
            self.bytes_per_day = (written - before) / lasted_s * _DAY_S
        if lasted_s >= _DAY_S:
            self._since, self._day_known = (now_s, written), True
