"""Who has the next turn: whoever is due or woken, one at a time, chosen by the seed."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Protocol

from agent.control import Control
from agent.journal.writer import JournalWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    from agent.clock import Clock
    from agent.worker import Worker
    from tests.world.times import BootClock, Time

_REST_MAX_S = 60.0


class Watcher(Protocol):
    """Is told of every step of the writer."""

    def before_commit(self, writer: JournalWriter) -> None:
        """Its step begins."""
        ...

    def after_commit(self, writer: JournalWriter) -> None:
        """Its step has ended."""
        ...


class Turn:
    """One worker and when it is due, in true time."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.due_ns = 0
        self.rests = False  # after a fault no wake-up is heard
        self.faults = 0

    def is_ready(self, now_ns: int) -> bool:
        """Whether it may step now."""
        return self.due_ns <= now_ns or (not self.rests and self.worker.wake.is_set())


class Turns:
    """A supervisor without threads: see `agent.outside.Runner`."""

    def __init__(self, time: Time, clock: BootClock, random: Random, watcher: Watcher) -> None:
        self.steps = 0
        self.failures: list[str] = []
        self._time = time
        self._clock = clock
        self._random = random
        self._watcher = watcher
        self._rooms: list[list[Turn]] = []
        self._turns: list[Turn] = []

    def add_room(self, workers: Iterable[Worker], _clock: Clock) -> None:
        """The control socket waits in real time for people, of whom there are none."""
        self._rooms.append([Turn(worker) for worker in workers if not isinstance(worker, Control)])

    def start(self) -> None:
        """Everybody is due."""
        self._turns = [turn for room in self._rooms for turn in room]

    def stop(self, _timeout_s: float) -> bool:
        """The last room first; in a room nobody knows who closes first."""
        for room in reversed(self._rooms):
            self._random.shuffle(room)
            for turn in room:
                turn.worker.close()
        return True

    def overdue_s(self) -> dict[str, float]:
        """Nobody is late in a world without threads."""
        return {turn.worker.name: 0.0 for turn in self._turns}

    def faults(self) -> dict[str, int]:
        """By worker that ever failed."""
        return {turn.worker.name: turn.faults for turn in self._turns if turn.faults}

    def workers(self) -> list[Worker]:
        """All who have turns."""
        return [turn.worker for turn in self._turns]

    def run(self, until_ns: int, between: Callable[[], int]) -> None:
        """Give turns until then; `between` two of them the world may do something, and says when next."""
        while self._time.true_ns < until_ns:
            next_ns = between()
            ready = [turn for turn in self._turns if turn.is_ready(self._time.true_ns)]
            if ready:
                self._step(ready[0] if len(ready) == 1 else self._random.choice(ready))
            else:
                self._time.true_ns = min(until_ns, next_ns, *(turn.due_ns for turn in self._turns))

    def _step(self, turn: Turn) -> None:
        self.steps += 1
        worker = turn.worker
        worker.wake.clear()
        if isinstance(worker, JournalWriter):
            self._watcher.before_commit(worker)
        try:
            wait_s = worker.step(self._clock.now())
        except Exception:  # noqa: BLE001 - as the supervisor does: it is told of at the end
            self.failures.append(traceback.format_exc())
            turn.faults += 1
            turn.rests, wait_s = True, min(_REST_MAX_S, 2.0 ** (turn.faults - 1))
        else:
            turn.rests = False
        turn.due_ns = self._clock.due_ns(wait_s)
        if isinstance(worker, JournalWriter):
            self._watcher.after_commit(worker)
