"""When what a broker acknowledged has not arrived: the far side's own word against ours. Pure.

A broker's acknowledgement is no proof: one that is killed loses what it took, one with a full queue drops it.
An ingest side that says how far it has stored everything without a gap makes that visible.
"""

from __future__ import annotations

from agent.clock import NS
from agent.publish.ranges import Stretch

# Longer than any ingest side takes from one receipt to the next.
PATIENCE_S = 600.0
_MOST_TRIES = 2


class Receipts:
    """Compares the last receipt with what was acknowledged. `heard` is None while nobody ever gave one.

    `tries`: how often all behind it has gone out again; one more when that is known to be in vain.
    """

    def __init__(self, heard: int | None, tries: int = 0) -> None:
        self.heard = heard
        self.tries = tries
        self._is_trying = False
        self._stuck_since_ns: int | None = None

    @property
    def is_given_up(self) -> bool:
        """The same records were sent again in vain: something at the far side does not take them."""
        return self.tries > _MOST_TRIES

    def hear(self, seq: int) -> None:
        """The far side has stored everything up to `seq`."""
        if seq != self.heard:
            self._start_afresh()
        self.heard = seq

    def pause(self) -> None:
        """Nothing can be heard now: patience begins anew after it."""
        self._stuck_since_ns = None

    def lost(self, now_ns: int, acknowledged: int, *, is_sending: bool) -> Stretch | None:
        """What is to be sent once more, since it has been missing for too long; None when nothing is.

        `is_sending`: what this said last is still on its way.
        """
        if self.heard is None or self.heard >= acknowledged:
            self._start_afresh()
            return None
        if is_sending:
            self.pause()
            return None
        self._count()
        if self._stuck_since_ns is None:
            self._stuck_since_ns = now_ns
        if self.is_given_up or now_ns - self._stuck_since_ns < PATIENCE_S * NS:
            return None
        if self.tries == _MOST_TRIES:
            self.tries += 1
            return None
        self._is_trying = True
        return Stretch(self.heard + 1, acknowledged)

    def _count(self) -> None:
        """A try that a restart cuts short does not count."""
        if self._is_trying:
            self._is_trying, self.tries, self._stuck_since_ns = False, self.tries + 1, None

    def _start_afresh(self) -> None:
        self._stuck_since_ns, self._is_trying, self.tries = None, False, 0
