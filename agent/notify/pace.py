"""How often a person may be called: so many messages in an hour, then all that comes in one digest. Pure."""

from __future__ import annotations

from collections import deque

from agent.clock import NS

_HOUR_NS = 3600 * NS
_DIGEST_NS = 600 * NS


class Pace:
    """`max_per_h` single messages in any hour; beyond that one digest every ten minutes at the most.

    An alarm of a flood is never held back longer than that. Times are monotonic ns.
    """

    def __init__(self, max_per_h: int) -> None:
        self._max_per_h = max_per_h
        self._sent_ns: deque[int] = deque(maxlen=max_per_h)

    def is_flood(self, now_ns: int) -> bool:
        """Whether what is to be told goes together."""
        return len(self._sent_ns) == self._max_per_h and now_ns - self._sent_ns[0] < _HOUR_NS

    def wait_s(self, now_ns: int) -> float:
        """How long until the next may go."""
        if not self.is_flood(now_ns):
            return 0.0
        return max(0, self._sent_ns[-1] + _DIGEST_NS - now_ns) / NS

    def went(self, now_ns: int) -> None:
        """One has gone."""
        self._sent_ns.append(now_ns)
