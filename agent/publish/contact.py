"""Whether a far side is there: how long to stay away when it is not, and what to say about it, once."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import structlog

from agent.clock import NS
from agent.publish.contract import HELD_S

if TYPE_CHECKING:
    from agent.model import Instant
    from agent.publish.contract import SinkError, UnavailableError

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_LONGEST_RETRY_AFTER_S = 3600.0  # a server that asks for more is asked again anyway
_RELAPSES_TOLD = 3

_log = structlog.get_logger()


class Contact:
    """Successes and failures with one far side, in order.

    `trouble` is the truth of the moment. The log and the waits believe in a recovery only after it has lasted
    `HELD_S`: a link that comes and goes would otherwise fill the log and be hammered at once a second.
    """

    def __init__(self, sink_id: str) -> None:
        self.trouble: SinkError | None = None
        self._sink_id = sink_id
        self._failures = 0
        self._relapses = 0
        self._well_since_ns: int | None = None

    def succeeded(self, now: Instant, backlog: int) -> None:
        """The far side answered."""
        self.trouble = None
        if self._failures == 0:
            return
        if self._well_since_ns is None:
            self._well_since_ns = now.mono_ns
        if now.mono_ns - self._well_since_ns >= HELD_S * NS:
            self._failures = self._relapses = 0
            _log.info("sink_back", sink=self._sink_id, backlog=backlog)

    def failed(self, error: UnavailableError) -> float:
        """The far side is away. Returns the seconds to wait before it is tried again."""
        self._tell(error)
        self.trouble = error
        self._well_since_ns = None
        # Full jitter, so that a fleet does not come back in step after a broker's restart.
        ceiling_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(self._failures, 10))
        self._failures += 1
        asked_s = min(error.retry_after_s or 0.0, _LONGEST_RETRY_AFTER_S)
        return asked_s + random.uniform(0, ceiling_s)  # noqa: S311  # spreads load, guards nothing

    def _tell(self, error: UnavailableError) -> None:
        """One line when it goes, and one when it turns out that it does not stay either."""
        if self._failures == 0:
            self._warn("sink_away", error)
        elif self._well_since_ns is not None:
            self._relapses += 1
            if self._relapses == _RELAPSES_TOLD:
                self._warn("sink_comes_and_goes", error)

    def _warn(self, event: str, error: UnavailableError) -> None:
        _log.warning(
            event,
            sink=self._sink_id,
            reason=error.what,
            hint=error.hint,
            data="kept in the journal, sent when the sink is back",
        )
