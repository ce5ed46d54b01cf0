"""Sending one part of a portion, and what its outcome means: done, wait, halve, or park."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from agent.publish.contract import HungUpError, RejectedError, UnavailableError
from agent.publish.lanes import Lane
from agent.publish.streak import Streak
from agent.publish.suspicion import Suspicion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.clock import Clock
    from agent.model import Entry
    from agent.publish.cargo import Cargo
    from agent.publish.contract import Sink, SinkError
    from agent.publish.portion import Portion

_log = structlog.get_logger()


class Dispatch:
    """Carries parts across, lane by lane: what one lane suspects says nothing about another's entries."""

    def __init__(self, sink_id: str, sink: Sink, clock: Clock) -> None:
        self.delivered = 0
        self._sink_id = sink_id
        self._sink = sink
        self._clock = clock
        self._suspicions = {lane: Suspicion() for lane in Lane}
        self._streaks = {lane: Streak() for lane in Lane}

    def send(self, cargo: Cargo, portion: Portion, rows: int) -> int:
        """Send the next part of `portion`, `rows` at most. Returns how many went across without any trouble.

        0 when the far side refused something, which is then to be sent in smaller parts, or parked.

        Raises:
            UnavailableError: what was not taken waits in `portion`.
        """
        suspicion = self._suspicions[portion.lane]
        part = portion.take(suspicion.limit(min(rows, portion.next_length())))
        try:
            self._sink.send(cargo.up_to_date(portion, part))
        except RejectedError as error:
            self._refused(cargo, portion, self._accept(cargo, portion, part, error.accepted), error)
            return 0
        except UnavailableError as error:
            rest = self._accept(cargo, portion, part, error.accepted)
            if not self._blamed(cargo, portion, rest, error):
                raise
            return 0
        suspicion.went()
        self._accept(cargo, portion, part, len(part))
        return len(part)

    def wait_s(self, lane: Lane, now_ns: int) -> float:
        """How long `lane` rests because nothing of it is taken; 0 when it may send."""
        return self._streaks[lane].wait_s(now_ns)

    def _accept(self, cargo: Cargo, portion: Portion, part: Sequence[Entry], count: int) -> Sequence[Entry]:
        """The first `count` entries were taken; returns the others."""
        self.delivered += count
        if count:
            self._streaks[portion.lane].taken()
        cargo.accepted(portion, part[:count])
        return part[count:]

    def _blamed(self, cargo: Cargo, portion: Portion, rest: Sequence[Entry], error: UnavailableError) -> bool:
        """Keep what was not taken; False when the trouble is to be waited out."""
        suspicion = self._suspicions[portion.lane]
        if not rest or not isinstance(error, HungUpError):
            suspicion.other_trouble()
            portion.put_back(rest)
            return False
        blamed = suspicion.hung_up(rest)
        if blamed and len(rest) == 1:
            suspicion.found()
            self._park(cargo, portion, rest[0], error)
        else:
            portion.put_back(rest)
        return blamed

    def _refused(self, cargo: Cargo, portion: Portion, rest: Sequence[Entry], error: RejectedError) -> None:
        if len(rest) > 1:
            portion.halve(rest)
        elif rest:
            self._park(cargo, portion, rest[0], error)

    def _park(self, cargo: Cargo, portion: Portion, entry: Entry, error: SinkError) -> None:
        cargo.park(portion, entry, error.what)
        streak, now_ns = self._streaks[portion.lane], self._clock.now().mono_ns
        streak.refused(now_ns)
        if streak.is_new:  # one line for a run of them, not one each
            _log.warning(
                "sink_refuses_entry",
                sink=self._sink_id,
                seq=entry.seq,
                reason=error.what,
                hint=error.hint,
                data="kept in the journal, parked for this sink",
            )
        if (wait_s := streak.wait_s(now_ns)) > 0:
            lane = portion.lane.name.lower()
            _log.warning("sink_refuses_all", sink=self._sink_id, lane=lane, reason=error.what, rests_s=wait_s)
