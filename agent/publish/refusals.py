"""Entries that a far side refused, told as runs: one event for each, never one for each entry. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS

if TYPE_CHECKING:
    from agent.publish.lanes import Lane

_TOLD_EVERY_S = 60.0
_AT_ONCE = 20
_MOST_RUNS = 1000


class Run(NamedTuple):
    """`records` between `first` and `last` were refused, and nothing between them was taken."""

    first: int
    last: int
    records: int
    reason: str


class Refusals:
    """Collects runs, by lane, and gives them out at a bounded rate."""

    def __init__(self) -> None:
        self._open: dict[Lane, Run] = {}
        self._open_since_ns: dict[Lane, int] = {}
        self._over: list[Run] = []
        self._told_ns: int | None = None

    def refused(self, lane: Lane, seq: int, reason: str) -> None:
        """`seq` was parked."""
        run = self._open.get(lane)
        self._open[lane] = (
            Run(seq, seq, 1, reason) if run is None else run._replace(last=seq, records=run.records + 1)
        )

    def taken(self, lane: Lane) -> None:
        """Something of `lane` was taken: the run before it is over."""
        self._open_since_ns.pop(lane, None)
        run = self._open.pop(lane, None)
        if run is None:
            return
        if len(self._over) < _MOST_RUNS:
            self._over.append(run)
        else:
            last = self._over[-1]
            self._over[-1] = last._replace(last=run.last, records=last.records + run.records)

    def due(self, now_ns: int) -> list[Run]:
        """What is to be told now. A run without an end is told in pieces."""
        for lane in list(self._open):
            if now_ns - self._open_since_ns.setdefault(lane, now_ns) >= _TOLD_EVERY_S * NS:
                self.taken(lane)
        if self._told_ns is not None and now_ns - self._told_ns < _TOLD_EVERY_S * NS:
            return []
        runs, self._over = self._over[:_AT_ONCE], self._over[_AT_ONCE:]
        self._told_ns = now_ns if runs else None
        return runs
