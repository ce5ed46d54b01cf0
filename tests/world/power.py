"""How a run of the station ends, and the moment at which it does."""

from __future__ import annotations

from typing import NamedTuple


class PowerCut(BaseException):
    """The process is no more. Nothing in the house catches it, as nothing catches a kill."""


class End(NamedTuple):
    """How and where a run ends.

    `how`: `cut` (power), `kill` (the machine goes on), `stop` (told to). `where`: `between` two steps, or in
    the middle of a `send` after the far side has taken the batch, of a `read`, of a `commit`.
    """

    how: str
    where: str


class Power:
    """Goes at a moment that the weather has chosen."""

    def __init__(self) -> None:
        self.end: End | None = None

    def may_go(self, where: str) -> None:
        """Here it may happen. Raises PowerCut."""
        if self.end is not None and self.end.where == where:
            raise PowerCut(where)
