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
    """Compares the last receipt with what was acknowledged. `heard` is None while nobody ever gave one."""

    def __init__(self, heard: int | None) -> None:
        self.heard = heard
        # The same records were sent again in vain: something at the far side does not take them.
        self.is_given_up = False
        self._stuck_since_ns: int | None = None
        self._tries = 0

    def hear(self, seq: int) -> None:
        """The far side has stored everything up to `seq`."""
        if seq != self.heard:
            self._start_afresh()
        self.heard = seq

    def pause(self) -> None:
        """Nothing can be heard now, or the records are on their way again: patience begins anew after it."""
        self._stuck_since_ns = None

    def lost(self, now_ns: int, acknowledged: int) -> Stretch | None:
        """What is to be sent once more, since it has been missing for too long; None when nothing is."""
        if self.heard is None or self.heard >= acknowledged:
            self._start_afresh()
            return None
        if self._stuck_since_ns is None:
            self._stuck_since_ns = now_ns
        if now_ns - self._stuck_since_ns < PATIENCE_S * NS:
            return None
        if self._tries >= _MOST_TRIES:
            self.is_given_up = True
            return None
        self._tries += 1
        self._stuck_since_ns = None
        return Stretch(self.heard + 1, acknowledged)

    def _start_afresh(self) -> None:
        self._stuck_since_ns, self._tries, self.is_given_up = None, 0, False
