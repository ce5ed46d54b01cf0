"""Entries of one lane on their way: in one part, or in several after trouble. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Entry
    from agent.publish.lanes import Asked, Lane
    from agent.publish.ranges import Stretch


class Portion:
    """What was read for `stretch`, less what other lanes carry. `asked` says for whom, if for anybody."""

    def __init__(
        self, lane: Lane, stretch: Stretch, entries: Sequence[Entry], asked: Asked | None = None
    ) -> None:
        self.lane = lane
        self.stretch = stretch
        self.asked = asked
        # Still to be sent, the next one last. More than one only after trouble.
        self._parts: list[Sequence[Entry]] = [entries] if entries else []

    @property
    def is_over(self) -> bool:
        """Whether everything of it was sent or parked."""
        return not self._parts

    def next_length(self) -> int:
        """How many entries the next part has."""
        return len(self._parts[-1])

    def take(self, rows: int) -> Sequence[Entry]:
        """The next `rows` entries, or fewer."""
        part = self._parts.pop()
        if rows < len(part):
            self._parts.append(part[rows:])
        return part[:rows]

    def put_back(self, rest: Sequence[Entry]) -> None:
        """What was taken and has not gone."""
        if rest:
            self._parts.append(rest)

    def halve(self, rest: Sequence[Entry]) -> None:
        """Put `rest` back as two parts, because something in it is refused."""
        half = len(rest) // 2
        self._parts += [rest[half:], rest[:half]]
