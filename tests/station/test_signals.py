"""Stopping by signal, at every moment."""

from __future__ import annotations

import os
import signal
import threading

from agent.signals import StopSignals


def test_a_signal_ends_the_wait_and_its_absence_does_not() -> None:
    with StopSignals() as signals:
        assert not signals.wait(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        assert signals.wait(10)
        os.kill(os.getpid(), signal.SIGINT)
        assert signals.wait(None)


def test_a_signal_that_comes_before_the_wait_is_not_lost() -> None:
    with StopSignals() as signals:
        os.kill(os.getpid(), signal.SIGINT)
        assert signals.wait(10)


def test_what_comes_twice_is_forgotten_at_the_end_and_the_old_mask_is_back() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with StopSignals() as signals:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGHUP)
        assert signals.wait(10)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


def test_threads_started_inside_leave_the_signals_to_the_one_that_waits() -> None:
    masks: list[set[signal.Signals]] = []
    with StopSignals():
        thread = threading.Thread(
            target=lambda: masks.append({*signal.pthread_sigmask(signal.SIG_BLOCK, [])})  # type: ignore[arg-type]
        )
        thread.start()
        thread.join()
    assert masks[0] >= {signal.SIGTERM, signal.SIGINT}
