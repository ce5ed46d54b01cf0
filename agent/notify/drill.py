"""A test message that somebody waits for: asked for in one thread, sent in another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.notify.contract import NotToldError


class Drill:
    """For how many `people` it is; `missed`: who has not got it, and why; `error`: why nobody has."""

    def __init__(self, people: int) -> None:
        self.people = people
        self.missed: Mapping[str, NotToldError] = {}
        self.error: NotToldError | None = None
        self._is_over = threading.Event()

    @property
    def is_over(self) -> bool:
        """Whether it has been sent, or not."""
        return self._is_over.is_set()

    def over(self, missed: Mapping[str, NotToldError], error: NotToldError | None = None) -> None:
        """This is what became of it."""
        self.missed, self.error = missed, error
        self._is_over.set()
