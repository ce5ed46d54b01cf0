"""A test message that somebody waits for: asked for in one thread, sent in another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.notify.contract import NotToldError


class Drill:
    """`never`: who will not get it, in words; `error`: why nobody has."""

    def __init__(self) -> None:
        self.never: Sequence[str] = ()
        self.error: NotToldError | None = None
        self._is_over = threading.Event()

    @property
    def is_over(self) -> bool:
        """Whether it has been sent, or not."""
        return self._is_over.is_set()

    def over(self, never: Sequence[str], error: NotToldError | None = None) -> None:
        """This is what became of it."""
        self.never, self.error = never, error
        self._is_over.set()
