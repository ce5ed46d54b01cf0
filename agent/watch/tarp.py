"""Trigger-action-response levels: from what a detector asks for to a finding with a life. Pure.

A finding is raised once, told again when it gets worse or turns into something else, and cleared when it has
been quiet for long enough: one incident is one finding, however often its numbers cross a line (ISA-18.2,
IEC 62682).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from agent.model import Severity
from agent.watch.contract import HOUR, Finding, Phase
from agent.watch.plan import Hold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.watch.contract import Assessment, Block, Hazard


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
        self._told: Assessment | None = None
        self._mechanisms: set[str] = set()

    def add(self, block: Block, asked: Assessment | None) -> Finding | None:
        """What a detector asks for (None: nothing). Returns what there is to tell."""
        wanted = asked.level if asked else Severity.INFO
        self._asked.append(wanted)
        if wanted > Severity.INFO:
            self._quiet = 0
        else:
            self._quiet += 1
        taken = self._taken()
        if asked and taken > self.level:
            return self._tell(block, asked, taken)
        if self.level is Severity.INFO:
            return None
        if asked and asked.mechanism not in self._mechanisms and wanted >= self.level:
            return self._tell(block, asked, self.level)
        return self._clear(block)

    def reset(self) -> None:
        """A person says that it is over."""
        self.level, self._told, self._quiet = Severity.INFO, None, 0
        self._asked.clear()
        self._mechanisms.clear()

    def _taken(self) -> Severity:
        """The highest level that enough of the last blocks asked for, or for more than it."""
        if len(self._asked) < self._hold.on:
            return Severity.INFO
        return sorted(self._asked, reverse=True)[self._hold.on - 1]

    def _tell(self, block: Block, asked: Assessment, level: Severity) -> Finding:
        phase = Phase.RAISED if self.level is Severity.INFO else Phase.UPDATED
        self.level, self._told = level, asked
        self._mechanisms.add(asked.mechanism)
        return self._finding(block, phase, asked, asked.evidence)

    def _clear(self, block: Block) -> Finding | None:
        latched = self._hold.latches is not None and self.level >= self._hold.latches
        if latched or self._told is None:
            return None
        if self._quiet >= self._hold.off:
            told, evidence = self._told, {"quiet_h": self._quiet / HOUR}
            finding = self._finding(block, Phase.CLEARED, told, evidence)
            self.reset()
            return finding
        return None

    def _finding(self, block: Block, phase: Phase, of: Assessment, evidence: Mapping[str, float]) -> Finding:
        return Finding(
            block.utc_s,
            self._hazard,
            self._subject or of.subject,
            phase,
            self.level,
            of.confidence,
            evidence,
            of.cause,
            of.advice,
            of.mechanism,
        )
