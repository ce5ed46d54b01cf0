"""How far apart the slots of each channel lie. Pure.

By its configuration, unless its last readings were made at another pace: then that was in force.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from agent.clock import NS

if TYPE_CHECKING:
    from collections.abc import Mapping

# A slow reading comes up to a period late; over so many distances that is a quarter of the pace at the most.
_DISTANCES, _ENOUGH = 8, 4
# Nobody configures fractions of so long a period: they are how long the instrument took.
_WHOLE_SECONDS_NS = 10 * NS


class Paces:
    """Follows the readings of every channel.

    Args:
        periods_s: of each configured sensor by its id.
    """

    def __init__(self, periods_s: Mapping[str, float]) -> None:
        self._periods_ns = {sensor: round(period_s * NS) for sensor, period_s in periods_s.items()}
        self._read_ns: dict[str, deque[int]] = {}

    def of(self, name: str) -> int:
        """From slot to slot of this channel, in ns; 0 when its sensor is not configured."""
        period_ns = self._periods_ns.get(name.partition("/")[0], 0)
        read_ns = self._read_ns.get(name)
        if not period_ns or read_ns is None or len(read_ns) <= _ENOUGH:
            return period_ns
        pace_ns = (read_ns[-1] - read_ns[0]) // (len(read_ns) - 1)
        if 3 * period_ns <= 4 * pace_ns <= 5 * period_ns:
            return period_ns
        return round(pace_ns / NS) * NS if pace_ns >= _WHOLE_SECONDS_NS else pace_ns

    def read(self, name: str, mono_ns: int, *, in_a_row: bool) -> None:
        """It has been read, or should have been; not `in_a_row` when slots may have passed since the last."""
        known = self._read_ns.get(name)
        if known is None or not in_a_row:
            known = self._read_ns[name] = deque(maxlen=_DISTANCES + 1)
        known.append(mono_ns)
