"""How long to leave a far side alone that was tried in vain."""

from __future__ import annotations

import random

from agent.notify.contract import AwayError, NotToldError

_LONGEST_AWAY_S = 60.0
_FIRST_REFUSED_S, _LONGEST_REFUSED_S = 60.0, 3600.0
_LONGEST_RETRY_AFTER_S = 3600.0  # a server that asks for more is asked again anyway
_DOUBLINGS = 10


class Patience:
    """Failures in a row. Who is away is asked again within a minute; who said no is not pestered."""

    def __init__(self) -> None:
        self._failures = 0

    def failed(self, error: NotToldError) -> float:
        """Returns the seconds to wait."""
        factor = 2.0 ** min(self._failures, _DOUBLINGS)
        self._failures += 1
        if isinstance(error, AwayError):
            # Full jitter, so that a fleet does not come back in step after a server's restart.
            ceiling_s = min(_LONGEST_AWAY_S, factor)
            asked_s = min(error.retry_after_s, _LONGEST_RETRY_AFTER_S)
            return asked_s + random.uniform(0, ceiling_s)  # noqa: S311  # spreads load, guards nothing
        return min(_LONGEST_REFUSED_S, _FIRST_REFUSED_S * factor)

    def succeeded(self) -> None:
        """It took something."""
        self._failures = 0
