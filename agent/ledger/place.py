"""Where an entry stands, in the journal and in time. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A moment in the journal: its number, boot, that boot's monotonic time, and the best known wall time."""

    seq: int
    boot: str
    mono_ns: int
    wall_ns: int

    def elapsed_ns(self, later: Place) -> int:
        """Until `later`: by the clock that nobody sets where one boot holds both."""
        if self.boot == later.boot:
            return later.mono_ns - self.mono_ns
        return later.wall_ns - self.wall_ns

    def told_by(self, later: Place) -> Place:
        """This place, its time told by the clock of `later`, a place of the same boot."""
        return self._replace(wall_ns=later.wall_ns - self.elapsed_ns(later))
