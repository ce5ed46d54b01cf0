"""Threads, their beats, and what is healthy.

    worker.step -> beat -> wait until its next time or its wake-up -> worker.step ...

The only module that starts threads and the only one that catches every exception: a worker that fails is
logged, waits, and steps again; the others never notice.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from agent.worker import Interruptible

if TYPE_CHECKING:
    from collections.abc import Iterable

    import structlog

    from agent.clock import Clock
    from agent.worker import Worker

_REST_MAX_S = 60.0
# The first to stop are the pollers, who may be waiting for an instrument; those after them need little.
_SHARE_OF_OTHERS = 0.15


class Beat:
    """When a worker last began or ended a step, by the wire's clock; `within_s` is what it promised."""

    def __init__(self) -> None:
        self._changed_s = time.monotonic()
        self._within_s = 0.0
        self.faults = 0

    def begin(self) -> None:
        """A step begins."""
        self._changed_s, self._within_s = time.monotonic(), 0.0

    def end(self, within_s: float) -> None:
        """A step has ended; the next is due within so many real seconds."""
        self._changed_s, self._within_s = time.monotonic(), within_s

    def overdue_s(self) -> float:
        """How long past its promise the worker is; a step under way is past it from its first moment."""
        return max(0.0, time.monotonic() - self._changed_s - self._within_s)


class WorkerThread:
    """One worker in one thread."""

    def __init__(self, worker: Worker, clock: Clock, log: structlog.typing.FilteringBoundLogger) -> None:
        self.worker = worker
        self.beat = Beat()
        self._clock = clock
        self._log = log.bind(worker=worker.name)
        self._stop = threading.Event()
        self._faults_in_a_row = 0
        # Daemon: a thread stuck in the kernel must not keep a stopped station alive.
        self._thread = threading.Thread(target=self._run, name=worker.name, daemon=True)

    def start(self) -> None:
        """Begin to step."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """No step begins after the one under way."""
        self._stop.set()
        self.worker.wake.set()
        if isinstance(self.worker, Interruptible):
            self.worker.interrupt()

    def join(self, timeout_s: float) -> bool:
        """Wait for the worker to have closed; False when it is stuck."""
        self._thread.join(max(0.0, timeout_s))
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.worker.wake.clear()
            self.beat.begin()
            wait_s = self._step()
            self.beat.end(wait_s)
            if not self._stop.is_set():
                self._clock.wait(self.worker.wake, wait_s)
        self._close()

    def _step(self) -> float:
        try:
            wait_s = self.worker.step(self._clock.now())
        except Exception:  # noqa: BLE001 - the one place: a fault in one room must not stop the others
            return self._rest()
        self._faults_in_a_row = 0
        return wait_s

    def _rest(self) -> float:
        """After a fault: log it with its traceback and wait; a wake-up would only make it fail again."""
        self._faults_in_a_row += 1
        self.beat.faults += 1
        wait_s = min(_REST_MAX_S, 2.0 ** (self._faults_in_a_row - 1))
        self._log.exception("worker failed, it will try again", faults=self.beat.faults, wait_s=wait_s)
        self._stop.wait(wait_s)
        return 0.0

    def _close(self) -> None:
        try:
            self.worker.close()
        except Exception:  # noqa: BLE001 - the same place, on the way out
            self._log.exception("worker failed while closing")


class Supervisor:
    """Starts workers in the order given, stops them in reverse, in rooms: all of a room at once."""

    def __init__(self, log: structlog.typing.FilteringBoundLogger) -> None:
        self._log = log
        self._rooms: list[list[WorkerThread]] = []

    def add_room(self, workers: Iterable[Worker], clock: Clock) -> None:
        """Workers that start and stop together, living by one clock."""
        self._rooms.append([WorkerThread(worker, clock, self._log) for worker in workers])

    def start(self) -> None:
        """Start every thread."""
        for thread in self._threads():
            thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Stop room by room, the last added first, in `timeout_s` at the most. False when one is stuck."""
        deadline_s = time.monotonic() + timeout_s
        clean = True
        for rooms_after, room in zip(range(len(self._rooms) - 1, -1, -1), reversed(self._rooms), strict=True):
            for thread in room:
                thread.ask_to_stop()
            room_deadline_s = deadline_s - rooms_after * timeout_s * _SHARE_OF_OTHERS
            for thread in room:
                if not thread.join(room_deadline_s - time.monotonic()):
                    clean = False
                    self._log.error("worker is stuck and is left behind", worker=thread.worker.name)
        return clean

    def overdue_s(self) -> dict[str, float]:
        """By worker: the seconds it is past its promise."""
        return {thread.worker.name: thread.beat.overdue_s() for thread in self._threads()}

    def faults(self) -> dict[str, int]:
        """By worker that ever failed: how often."""
        return {thread.worker.name: thread.beat.faults for thread in self._threads() if thread.beat.faults}

    def _threads(self) -> list[WorkerThread]:
        return [thread for room in self._rooms for thread in room]
