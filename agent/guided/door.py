"""The way to the guide, which is made when somebody first calibrates.

Its procedures and the statistics that they need are more than a MiB, and a station is calibrated a few times
a year.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from agent.acquire.calibration.unfinished import unfinished

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.guided.guide import Guide
    from agent.model import Instant

COMMANDS = ("calibrate_begin", "calibrate_answer", "calibrate_show", "calibrate_abandon")
_IDLE_S = 3600.0


class Door:
    """The worker and the handlers of a `Guide`, whether there is one yet or not.

    Args:
        state: where its sessions are kept.
        make: makes it, around the event that wakes its worker.
    """

    name = "calibrate"

    def __init__(self, state: Path, make: Callable[[threading.Event], Guide]) -> None:
        self.wake = threading.Event()
        self._state = state
        self._make = make
        self._guide: Guide | None = None

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any]], object]]:
        """By command; see `Guide`."""
        return {command: partial(self._ask, command) for command in COMMANDS}

    def step(self, now: Instant) -> float:
        """See `Guide`. Nothing goes on by itself before somebody asks for it."""
        guide = self._guide
        return _IDLE_S if guide is None else guide.step(now)

    def status(self) -> dict[str, object]:
        """Whose sensors' sessions are under way, also of those that a stop has interrupted."""
        return {"sessions": unfinished(self._state)}

    def close(self) -> None:
        """What is under way is kept in its file."""
        if self._guide is not None:
            self._guide.close()

    def _ask(self, command: str, arguments: Mapping[str, Any]) -> object:
        """Only the control socket's thread comes here, so no second guide is made meanwhile."""
        if self._guide is None:
            self._guide = self._make(self.wake)
        return self._guide.handlers()[command](arguments)
