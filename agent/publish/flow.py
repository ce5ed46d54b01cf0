"""How much goes out at once, and when: sizes by the rate seen, company for what is live. Pure."""

from __future__ import annotations

from agent.clock import NS

# A portion takes about this long, so that what is live waits no longer behind it.
PORTION_S = 1.0
_SMALLEST_ROWS = 16
_FIRST_ROWS = 100  # three seconds of 16 kbit/s: what a link can do is not known before it is tried


class Flow:
    """The size of the next portion, and the pace of a backlog. Instants are monotonic, in ns."""

    def __init__(self, drain_rows_per_s: float | None) -> None:
        self._limit_rows_per_s = drain_rows_per_s
        self._rows = _FIRST_ROWS
        self._not_before_ns = 0
        self.rows_per_s = 0.0

    def rows(self, most: int) -> int:
        """How many entries a portion may have."""
        return min(most, self._rows)

    def drain_rows(self, most: int) -> int:
        """The same for a backlog, whose rate may be limited."""
        limit = self._limit_rows_per_s
        rows = self.rows(most)
        return rows if limit is None else max(1, min(rows, int(limit * PORTION_S)))

    def went(self, rows: int, took_s: float, most: int) -> None:
        """A part of so many entries was acknowledged after `took_s`."""
        if 2 * rows < self.rows(most):
            return  # a small one tells of the way there and back, not of the rate
        target = rows * PORTION_S / max(took_s, 1e-6)
        self._rows = int(max(_SMALLEST_ROWS, min(target, 2 * self.rows(most))))

    def begin_anew(self) -> None:
        """The next connection may lead over a slower link."""
        self._rows = min(self._rows, _FIRST_ROWS)

    def drained(self, rows: int, now_ns: int, took_s: float) -> None:
        """So many rows of a backlog are gone; the limit sets the time of the next."""
        seen = rows / max(took_s, 1e-3)
        self.rows_per_s = seen if not self.rows_per_s else 0.8 * self.rows_per_s + 0.2 * seen
        if self._limit_rows_per_s is not None:
            self._not_before_ns = max(self._not_before_ns, now_ns - NS) + int(
                rows / self._limit_rows_per_s * NS
            )

    def drain_wait_s(self, now_ns: int) -> float:
        """How long a backlog has to wait for its limit."""
        return max(0, self._not_before_ns - now_ns) / NS

    @property
    def drain_rate(self) -> float:
        """Rows per second that a backlog can count on; 0 when not known yet."""
        if self._limit_rows_per_s is None:
            return self.rows_per_s
        return min(self.rows_per_s or self._limit_rows_per_s, self._limit_rows_per_s)


class Company:
    """What is live waits up to `batch_s` for more to go with it."""

    def __init__(self, batch_s: float) -> None:
        self._batch_s = batch_s
        self._since_ns: int | None = None

    def wait_s(self, now_ns: int, rows: int, enough: int) -> float:
        """How long `rows` that wait have still to wait; 0 when they may go."""
        if rows == 0 or self._batch_s == 0:
            return 0.0
        if self._since_ns is None:
            self._since_ns = now_ns
        if rows >= enough:
            return 0.0
        return max(0.0, self._batch_s - (now_ns - self._since_ns) / NS)

    def gone(self) -> None:
        """What waited has gone; the next one begins to wait anew."""
        self._since_ns = None
