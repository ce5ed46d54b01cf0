"""The loop without coverage guidance: run a target over mutated inputs, and keep the one that broke it."""

from __future__ import annotations

import hashlib
import signal
import time
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from fuzz.mutate import inputs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

    from fuzz.target import Target

_SLICE = 64  # inputs between two looks at the clock
HANG_S = 10.0  # of the processor's time for one slice: far above any, far below a person's patience


class HangError(BaseException):
    """An input takes for ever. No target's own error handling may catch it."""


class Fuzzer:
    """Feeds one target. `done` counts the inputs that it survived; `at_work` is the present one."""

    def __init__(self, target: Target, seed: int) -> None:
        self.done = 0
        self.at_work = b""
        self._run = target.run
        self._inputs = inputs(target, seed)

    def run(self, seconds: float, most: int) -> None:
        """Until the time is over or so many inputs were fed. Whatever the target raises comes through."""
        deadline = time.monotonic() + seconds
        while self.done < most and time.monotonic() < deadline:
            with _hang_raises():
                for data in islice(self._inputs, min(_SLICE, most - self.done)):
                    self.at_work = data
                    self._run(data)
                    self.done += 1


def store(data: bytes, folder: Path) -> Path:
    """Keep an input that broke a target under a name of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"crash-{hashlib.sha256(data).hexdigest()[:16]}"
    path.write_bytes(data)
    return path


@contextmanager
def _hang_raises() -> Iterator[None]:
    def hang(_signal: int, _frame: FrameType | None) -> None:
        raise HangError(f"more than {HANG_S:g} s of processor time")

    before = signal.signal(signal.SIGVTALRM, hang)
    signal.setitimer(signal.ITIMER_VIRTUAL, HANG_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
