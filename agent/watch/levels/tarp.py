"""Trigger-action-response levels: from what a detector asks for to a finding with a life. Pure.

A finding is raised once, told again when it gets worse or turns into something else, and cleared when it has
been quiet for long enough: one incident is one finding, however often its numbers cross a line (ISA-18.2,
IEC 62682). What latches stands until a person closes it; whoever closes what still goes on is not told the
same once more at once, but when it has been quiet between, gets worse, or has gone on for `ANEW_AFTER`.
Silence is neither: a block in which nobody could have spoken changes nothing.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agent.model import Severity
from agent.watch.contract import HOUR, Assessment, Finding, Phase
from agent.watch.levels.kin import kin
from agent.watch.plan import Hold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.watch.contract import Block, Hazard

ANEW_AFTER = 6 * HOUR
"""So many blocks that went on after a person's close are told anew: he was there, and it is not over."""


class Closed(NamedTuple):
    """What a person closed: not told again up to this level for so many blocks that go on."""

    level: Severity
    kinds: frozenset[str]
    blocks: int


class Tarp:
    """One finding's life.

    Args:
        hazard: what it is about.
        subject: the channel, or "" for the site.
        hold: how slowly it comes and goes.
    """

    def __init__(self, hazard: Hazard, subject: str = "", hold: Hold = Hold()) -> None:  # noqa: B008 - immutable
        self._hazard, self._subject, self._hold = hazard, subject, hold
        self._asked: deque[Severity] = deque(maxlen=hold.of)
        self.level = Severity.INFO
        """The level that stands; INFO when none does."""
        self._quiet = 0
        self._rested = False
        self._told: Assessment | None = None
        self._kinds: set[str] = set()
        self._closed: Closed | None = None

    @property
    def told(self) -> Assessment | None:
        """What stands, as it was told last."""
        return self._told

    def add(
        self, block: Block, asked: Assessment | None, share: float = 0.0, *, hears: bool = True
    ) -> Finding | None:
        """What a detector asks for (None: nothing), and the share of the evidence that amber needs.

        Whoever asks for nothing because he `hears` nothing is not quiet. Returns what there is to tell.
        """
        if asked is None and not hears:
            return None
        self._asked.append(asked.level if asked else Severity.INFO)
        quiet = asked is None and share < self._hold.below
        self._quiet = self._quiet + 1 if quiet else 0
        if asked is not None and self._is_new(asked, self._taken()):
            return self._tell(block, asked, max(self._taken(), self.level))
        return self._end(block)

    def close(self, utc_s: float) -> Finding | None:
        """A person says that it is over. Returns what to tell of it; None when nothing stands."""
        if self._told is None:
            return None
        finding = self._finding(utc_s, Phase.CLEARED, self._told, {})
        self._closed = Closed(self.level, frozenset(self._kinds), ANEW_AFTER)
        self._reset()
        return finding

    def adopt(self, level: Severity, told: Assessment) -> None:
        """What was told in a life before this one stands still."""
        if level > self.level:
            self.level, self._told = level, told
            self._kinds.add(kin(told.mechanism))

    def _is_new(self, asked: Assessment, taken: Severity) -> bool:
        if self._is_closed(asked, taken) or taken is Severity.INFO:
            return False
        if taken > self.level:
            return True
        if self._rested and taken >= Severity.YELLOW:
            return True
        return taken >= self.level and kin(asked.mechanism) not in self._kinds

    def _is_closed(self, asked: Assessment, taken: Severity) -> bool:
        closed = self._closed
        return closed is not None and taken <= closed.level and kin(asked.mechanism) in closed.kinds

    def _taken(self) -> Severity:
        """The highest level that enough of the last blocks asked for, or for more than it."""
        if len(self._asked) < self._hold.on:
            return Severity.INFO
        return sorted(self._asked, reverse=True)[self._hold.on - 1]

    def _tell(self, block: Block, asked: Assessment, level: Severity) -> Finding:
        phase = Phase.RAISED if self.level is Severity.INFO else Phase.UPDATED
        self.level, self._told, self._rested, self._closed = level, asked, False, None
        self._kinds.add(kin(asked.mechanism))
        return self._finding(block.utc_s, phase, asked, asked.evidence)

    def _end(self, block: Block) -> Finding | None:
        """What quiet, or time, brings to an end."""
        if self._closed is not None:
            left = 0 if self._quiet else self._closed.blocks - 1
            self._closed = self._closed._replace(blocks=left) if left else None
        if self._told is None or self._quiet < self._hold.off:
            return None
        if self._hold.latches is not None and self.level >= self._hold.latches:
            self._rested = True
            return None
        finding = self._finding(block.utc_s, Phase.CLEARED, self._told, {"quiet_h": self._quiet / HOUR})
        self._reset()
        return finding

    def _reset(self) -> None:
        self.level, self._told, self._quiet, self._rested = Severity.INFO, None, 0, False
        self._asked.clear()
        self._kinds.clear()

    def _finding(self, utc_s: float, phase: Phase, of: Assessment, evidence: Mapping[str, float]) -> Finding:
        return Finding(
            utc_s,
            self._hazard,
            self._subject or of.subject,
            phase,
            self.level,
            of.confidence,
            evidence,
            of.cause,
            of.advice,
            of.mechanism,
            of.channels,
        )
