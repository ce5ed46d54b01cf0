"""What the two wires of an EZO circuit have in common: one question at a time, and its answer later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from drivers.contract import BadAnswerError

if TYPE_CHECKING:
    from drivers.ezo.command import Command


class Link(Protocol):
    """One circuit at the end of a wire.

    Attributes:
        where: the circuit's place, for messages.
        may_chatter: the circuit can speak without having been asked.
    """

    where: str
    may_chatter: bool

    def start(self, command: Command) -> None:
        """Ask. Raises DriverError."""
        ...

    def collect(self) -> str | None:
        """The answer, or None when it may still come. Raises DriverError, also when time is up."""
        ...

    def has_restarted(self) -> bool:
        """Whether the circuit said so since the last `start`. Raises BusError."""
        ...

    def pause(self, seconds: float) -> None:
        """Wait, keeping the wire."""
        ...


def refused(where: str, command: Command) -> BadAnswerError:
    """The circuit did not understand."""
    return BadAnswerError(
        f"the EZO circuit {where} refuses the command {command.text}",
        command.if_refused,
    )
