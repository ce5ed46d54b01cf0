"""Threads, beats and stopping."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import structlog

from agent.clock import SystemClock
from agent.supervisor import Supervisor
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.model import Instant


class Scripted:
    """A worker that does what a test says, and counts."""

    def __init__(self, name: str, step: Callable[[int], float]) -> None:
        self.name = name
        self.wake = threading.Event()
        self.steps = 0
        self.closed = threading.Event()
        self._script = step

    def step(self, _now: Instant) -> float:
        """Play the next part of the script."""
        self.steps += 1
        return self._script(self.steps)

    def status(self) -> dict[str, object]:
        """Nothing to tell."""
        return {}

    def close(self) -> None:
        """Be seen to have closed."""
        self.closed.set()


@pytest.fixture
def log() -> structlog.testing.CapturingLogger:
    return structlog.testing.CapturingLogger()


def supervisor_of(*rooms: list[Scripted], log: object) -> Supervisor:
    """A running supervisor."""
    bound = structlog.wrap_logger(log, processors=[])
    supervisor = Supervisor(bound)
    for room in rooms:
        supervisor.add_room(room, SystemClock())
    supervisor.start()
    return supervisor


def fail(_step: int) -> float:
    """A bug."""
    raise KeyError("bug")


def test_a_worker_steps_when_woken_and_not_before(log: object) -> None:
    worker = Scripted("w", lambda _: 3600.0)
    supervisor = supervisor_of([worker], log=log)
    wait_until(lambda: worker.steps == 1, "the first step")
    worker.wake.set()
    wait_until(lambda: worker.steps == 2, "a step after the wake-up")
    assert supervisor.stop(5)
    assert worker.steps == 2


def test_a_worker_that_fails_is_logged_and_steps_again_while_others_go_on(
    log: structlog.testing.CapturingLogger,
) -> None:
    broken = Scripted("broken", lambda n: fail(n) if n == 1 else 3600.0)
    fine = Scripted("fine", lambda _: 0.0)
    supervisor = supervisor_of([broken, fine], log=log)
    wait_until(lambda: broken.steps == 2 and fine.steps > 10, "the second step of the broken worker")
    assert supervisor.faults() == {"broken": 1}
    assert supervisor.stop(5)
    (call,) = log.calls
    assert (call.method_name, call.kwargs["worker"], call.kwargs["wait_s"]) == ("error", "broken", 1.0)


def test_rooms_stop_in_reverse_order_and_every_worker_closes(log: object) -> None:
    order: list[str] = []
    first = Scripted("writer", lambda _: 3600.0)
    second = Scripted("poller", lambda _: 3600.0)
    for worker in (first, second):
        worker.close = lambda name=worker.name: order.append(name)  # type: ignore[method-assign, misc]
    supervisor = supervisor_of([first], [second], log=log)
    assert supervisor.stop(5)
    assert order == ["poller", "writer"]


class Waiting(Scripted):
    """Waits for a far side until it is interrupted."""

    def __init__(self, name: str) -> None:
        self.released = threading.Event()
        super().__init__(name, lambda _: float(self.released.wait(30)))

    def interrupt(self) -> None:
        """Wait no longer."""
        self.released.set()


def test_a_worker_that_waits_for_a_far_side_is_interrupted(log: structlog.testing.CapturingLogger) -> None:
    worker = Waiting("notify")
    supervisor = supervisor_of([worker], log=log)
    wait_until(lambda: worker.steps == 1, "the step that waits")
    assert supervisor.stop(5)
    assert (worker.closed.is_set(), log.calls) == (True, [])


def test_a_stuck_worker_is_left_behind_and_named(log: structlog.testing.CapturingLogger) -> None:
    release = threading.Event()
    stuck = Scripted("stuck", lambda _: float(release.wait(30)))
    fine = Scripted("fine", lambda _: 3600.0)
    supervisor = supervisor_of([fine], [stuck], log=log)
    wait_until(lambda: stuck.steps == 1, "the stuck step")
    assert not supervisor.stop(0.2)
    assert fine.closed.is_set()
    assert [call.kwargs["worker"] for call in log.calls] == ["stuck"]
    release.set()
    assert stuck.closed.wait(5)


def test_a_worker_is_overdue_only_past_its_promise(log: object) -> None:
    release = threading.Event()
    patient = Scripted("patient", lambda _: 3600.0)
    stuck = Scripted("stuck", lambda _: float(release.wait(30)))
    supervisor = supervisor_of([patient, stuck], log=log)
    wait_until(lambda: supervisor.overdue_s()["stuck"] > 0.05, "the stuck worker is overdue")
    wait_until(lambda: patient.steps == 1, "the first step")
    wait_until(lambda: supervisor.overdue_s()["patient"] == 0.0, "a waiting worker is on time")
    release.set()
    assert supervisor.stop(5)


def test_a_worker_that_fails_while_closing_does_not_stop_the_stop(
    log: structlog.testing.CapturingLogger,
) -> None:
    worker = Scripted("w", lambda _: 3600.0)
    worker.close = lambda: fail(0)  # type: ignore[method-assign, assignment]
    supervisor = supervisor_of([worker], log=log)
    assert supervisor.stop(5)
    assert "closing" in str(log.calls[0])
