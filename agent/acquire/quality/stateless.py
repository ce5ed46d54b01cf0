"""What tests that judge each sample by itself have in common: nothing to remember. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.acquire.quality.contract import State


class Stateless:
    """A test without memory."""

    def missed(self, t_s: float) -> None:
        """Nothing to forget."""

    def state(self) -> State:
        """Nothing."""
        return None

    def restore(self, state: State) -> None:
        """Take up nothing. Raises ValueError on anything else."""
        if state is not None:
            raise ValueError(f"{type(self).__name__} remembers nothing, but its state is {state!r:.60}")
