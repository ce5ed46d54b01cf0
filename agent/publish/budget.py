"""What may cross a link in a day, as a bucket that fills evenly. Pure.

Three quarters of the day's bytes come evenly over the day, a quarter may have been saved up: so no 24 hours,
wherever they begin, cost more than the day's bytes. Events always go; what they take is missing afterwards.
"""

from __future__ import annotations

from agent.clock import NS
from agent.publish.lanes import Lane

_SAVED = 0.25  # of a day's bytes
_DAY_S = 86400.0
# What each lane leaves in the bucket, as a part of it, for those before it.
_RESERVE = {Lane.LIVE: 0.1, Lane.ASKED: 0.5, Lane.BACKLOG: 0.5}


class Budget:
    """`left_bytes` is what an earlier run left, None when there was none. None for the limit: no limit."""

    def __init__(self, max_mb_per_day: float | None, left_bytes: int | None, now_ns: int) -> None:
        day_bytes = (max_mb_per_day or 0.0) * 1e6
        self.is_limited = max_mb_per_day is not None
        self._most = _SAVED * day_bytes
        self._bytes_per_s = (1 - _SAVED) * day_bytes / _DAY_S
        # A station that starts again and again must not find a full bucket each time.
        self._level = self._most if left_bytes is None else min(float(left_bytes), self._most)
        self._seen_ns = now_ns
        self._counted = 0

    @property
    def left_bytes(self) -> int:
        """What is in the bucket, for the next run; 0 when it is overdrawn."""
        return max(0, int(self._level))

    def update(self, now_ns: int, traffic_bytes: int) -> None:
        """Fill up, and take out what has crossed the link. `traffic_bytes` counts since the sink was made."""
        if not self.is_limited:
            return
        crossed = traffic_bytes - self._counted if traffic_bytes >= self._counted else traffic_bytes
        self._counted = traffic_bytes
        filled = self._level + self._bytes_per_s * max(0, now_ns - self._seen_ns) / NS
        self._seen_ns = max(now_ns, self._seen_ns)
        # A flood of events may borrow, but not the whole of tomorrow.
        self._level = max(-self._most, min(self._most, filled) - crossed)

    def wait_s(self, lane: Lane) -> float:
        """How long until `lane` may send; 0 when it may now."""
        reserve = _RESERVE.get(lane)
        if not self.is_limited or reserve is None:
            return 0.0
        missing = reserve * self._most - self._level
        return max(0.0, missing / self._bytes_per_s)

    def status(self) -> dict[str, object] | None:
        """What is left, and in how many seconds live data and the backlog may go on; None: no limit."""
        if not self.is_limited:
            return None
        return {
            "left_mb": round(self._level / 1e6, 3),
            "live_in_s": round(self.wait_s(Lane.LIVE), 1),
            "backlog_in_s": round(self.wait_s(Lane.BACKLOG), 1),
        }
