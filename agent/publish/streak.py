"""Refusals in a row: where nothing is taken any more the reason lies seldom in the records. Pure.

A lane then goes on in small doses, each after a longer rest: what one wrong setting parks would have to be
asked for again, and each record costs two requests.
"""

from __future__ import annotations

from agent.clock import NS

_DOSE = 32
_SHORTEST_REST_S = 60.0
_LONGEST_REST_S = 600.0


class Streak:
    """Of one lane. Instants are monotonic, in ns."""

    def __init__(self) -> None:
        self._count = 0
        self._rest_s = 0.0
        self._until_ns = 0

    def refused(self, now_ns: int) -> None:
        """One more record will never be taken."""
        self._count += 1
        if self._count % _DOSE == 0:
            self._rest_s = min(max(2 * self._rest_s, _SHORTEST_REST_S), _LONGEST_REST_S)
            self._until_ns = now_ns + int(self._rest_s * NS)

    def taken(self) -> None:
        """Something was taken: the others may have been at fault themselves."""
        self._count, self._rest_s, self._until_ns = 0, 0.0, 0

    @property
    def is_new(self) -> bool:
        """Whether the last refusal was the first of them."""
        return self._count == 1

    def wait_s(self, now_ns: int) -> float:
        """How long the lane has to rest; 0 when it may go on."""
        return max(0, self._until_ns - now_ns) / NS
