"""Receipts of one sink and one journal: remembered, compared with what was acknowledged, told as events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.publish import notices
from agent.publish.holes import holes, without_refused
from agent.publish.lanes import Asked
from agent.publish.marks import receipt, receipt_mark, tries_mark
from agent.publish.ranges import Stretch
from agent.publish.receipts import Receipts

if TYPE_CHECKING:
    from agent.model import Instant
    from agent.publish.contract import Receipt
    from agent.publish.source import Log, Source

ORIGIN = "receipt"


class Reconciler:
    """Hears receipts, and says what has to be sent again."""

    def __init__(self, sink_id: str, source: Source, log: Log) -> None:
        self._sink_id = sink_id
        self._source = source
        self._journal = source.identity
        self._log = log
        self._receipts = Receipts(receipt(sink_id, log.bookmark), log.bookmark(tries_mark(sink_id)))
        self._gap = notices.left_open(source.open_events, notices.RECEIPT_GAP, sink_id)
        self._is_told = self._receipts.is_given_up

    @property
    def are_given(self) -> bool:
        """Whether the far side gives receipts."""
        return self._receipts.heard is not None

    def hear(self, receipt: Receipt) -> None:
        """Remember it. One about another journal, or beyond the end of this one, says nothing about us."""
        if receipt.journal != self._journal or not 0 <= receipt.seq <= self._log.head:
            return
        self._receipts.hear(receipt.seq)
        self._remember()

    def forget(self, now: Instant) -> None:
        """Receipts can be heard no more: those from before say nothing about what comes."""
        if self._receipts.heard is None:
            return
        self._receipts = Receipts(None)
        self._remember()
        if self._gap is not None:
            self._source.append([notices.cleared(self._gap, now, "Receipts are heard no more.")])
            self._gap = None

    def pause(self) -> None:
        """The far side is away: its silence means nothing."""
        self._receipts.pause()

    def step(self, now: Instant, acknowledged: int, *, is_sending: bool) -> Asked | None:
        """Tell what is new. Returns what has to be sent again, None when nothing has.

        `is_sending`: what this returned last is still on its way.
        """
        before = self._receipts.tries
        lost = self._receipts.lost(now.mono_ns, acknowledged, is_sending=is_sending)
        if self._receipts.tries != before:
            self._remember()
        self._close_gap(now)
        if self._receipts.is_given_up and not self._is_told:
            self._give_up(now, acknowledged)
        if lost is None:
            return None
        if found := holes(self._sink_id, self._log, lost):
            self._source.append(notices.gone(self._sink_id, found, now))
            return None
        if self._gap is None:
            self._open_gap(lost, now)
        return Asked(ORIGIN, without_refused(self._sink_id, self._log, lost))

    def status(self) -> dict[str, object]:
        """`receipt`: up to where the far side has stored everything, None when it never said so."""
        return {"receipt": self._receipts.heard, "receipt_stuck": self._receipts.is_given_up}

    def _open_gap(self, lost: Stretch, now: Instant) -> None:
        self._gap, self._is_told = notices.receipt_gap(self._sink_id, lost, now), False
        self._source.append([self._gap])

    def _give_up(self, now: Instant, acknowledged: int) -> None:
        """Tell people: what was sent again, or said of what will not come, has changed nothing."""
        heard = self._receipts.heard
        if self._gap is None and heard is not None:
            self._open_gap(Stretch(heard + 1, acknowledged), now)
        self._is_told = True
        if self._gap is not None:
            self._source.append([notices.receipt_gap_given_up(self._gap, now)])

    def _remember(self) -> None:
        """A next run must not send all of it again, once more in vain."""
        heard = self._receipts.heard
        self._log.advance(receipt_mark(self._sink_id), 0 if heard is None else heard + 1)
        self._log.advance(tries_mark(self._sink_id), self._receipts.tries)

    def _close_gap(self, now: Instant) -> None:
        heard = self._receipts.heard
        if self._gap is not None and heard is not None and heard >= float(self._gap.data["last_seq"]):
            self._source.append([notices.cleared(self._gap, now, "The far side has stored them now.")])
            self._gap, self._is_told = None, False
