"""What the supervisor runs: something that takes one step and says when it wants the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from agent.model import Instant


class Worker(Protocol):
    """One loop without its thread. Threads live in the supervisor only; a test calls `step` by hand."""

    @property
    def name(self) -> str:
        """Unique in the station; names the thread, the log lines and the status."""
        ...

    @property
    def wake(self) -> threading.Event:
        """Set by anyone to get a step before its time. The supervisor clears it before each step."""
        ...

    def step(self, now: Instant) -> float:
        """Do what is due. Returns the seconds, of the clock this worker lives by, until the next step."""
        ...

    def status(self) -> Mapping[str, object]:
        """What a person would ask about this worker, as JSON values. Called from other threads."""
        ...

    def close(self) -> None:
        """Let go of everything, within a few seconds, after the last step and in the same thread."""
        ...


@runtime_checkable
class Interruptible(Protocol):
    """A worker whose step may wait for a far side longer than a stop may take."""

    def interrupt(self) -> None:
        """Let the step under way fail soon. Called once, from another thread, when the worker is to stop."""
        ...
