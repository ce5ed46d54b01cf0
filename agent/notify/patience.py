"""How long to leave a far side alone, or one reader behind it, that was tried in vain."""

from __future__ import annotations

import random

from agent.clock import NS
from agent.model import Severity
from agent.notify.contract import AwayError, NotToldError, RefusedError

_LONGEST_AWAY_S = 60.0
_FIRST_REFUSED_S, _LONGEST_REFUSED_S = 60.0, 3600.0
_LONGEST_RETRY_AFTER_S = 300.0  # who asks for more is asked again anyway: people wait
_NEWS_WAIT_S = 60.0
_GRAVE_WAIT_S = 300.0  # greylisting wants five minutes
_DOUBLINGS = 10


class Patience:
    """Failures in a row. Who is away is asked again within a minute; who said no is not pestered.

    `is_slow`: a reader whom the server puts off is left alone like one whom it refuses. Times are monotonic.
    """

    def __init__(self, *, is_slow: bool = False) -> None:
        self.trouble: NotToldError | None = None
        self._is_slow = is_slow
        self._failures = 0
        self._tried_ns = self._not_before_ns = self._tried_news = 0

    def wait_s(self, now_ns: int, news: int, worst: Severity) -> float:
        """How long it is left alone. `news`: the last entry to be told, and the `worst` of all levels."""
        until_ns = self._not_before_ns
        if news > self._tried_news and (self._is_slow or isinstance(self.trouble, RefusedError)):
            until_ns = min(until_ns, self._tried_ns + int(_NEWS_WAIT_S * NS))
        if worst >= Severity.ORANGE and isinstance(self.trouble, AwayError):
            longest_s = _GRAVE_WAIT_S if self._is_slow else _NEWS_WAIT_S
            until_ns = min(until_ns, self._tried_ns + int(longest_s * NS))
        return max(0, until_ns - now_ns) / NS

    def failed(self, error: NotToldError, now_ns: int, news: int) -> None:
        """It was tried now, in vain."""
        self.trouble = error
        self._tried_ns, self._tried_news = now_ns, news
        self._not_before_ns = now_ns + int(self._pause_s(error) * NS)
        self._failures += 1

    def succeeded(self) -> None:
        """It took something."""
        self.trouble = None
        self._failures = self._not_before_ns = 0

    def _pause_s(self, error: NotToldError) -> float:
        factor = 2.0 ** min(self._failures, _DOUBLINGS)
        if self._is_slow or not isinstance(error, AwayError):
            return min(_LONGEST_REFUSED_S, _FIRST_REFUSED_S * factor)
        # Full jitter, so that a fleet does not come back in step after a server's restart.
        ceiling_s = min(_LONGEST_AWAY_S, factor)
        asked_s = min(error.retry_after_s, _LONGEST_RETRY_AFTER_S)
        return asked_s + random.uniform(0, ceiling_s)  # noqa: S311  # spreads load, guards nothing
