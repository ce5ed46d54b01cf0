"""When records reached a destination: between which two looks at the clocks, noted a few times an hour.

A row for each acknowledgement would wear the card for a question that is seldom asked. What has arrived since
the last note waits in memory and rides along with a commit; a kill leaves the minutes before it with the end
of that run as their bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.journal.room.retention import Done, merged, missing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from agent.journal.journal import Place
    from agent.journal.room.retention import Range
    from agent.model import Instant

_NOTE_EVERY_NS = 600 * 1_000_000_000


class Look(NamedTuple):
    """A look at the clocks, in the boot of this number."""

    boot: int
    at: Instant


class Arrival(NamedTuple):
    """Records from `first` to `last` reached `reader` after one look (None: unknown) and before another."""

    reader: str
    first: int
    last: int
    after: Look | None
    before: Look


class Arrivals:
    """Follows the places of all destinations through the commits of one file. One thread, no I/O."""

    def __init__(self, places: Mapping[str, Place], noted: Iterable[Arrival], last_run: Look | None) -> None:
        """`places` and `noted`: what the file holds, oldest first; by `last_run` it was so."""
        self._has = {reader: _ranges(place) for reader, place in places.items() if _is_destination(reader)}
        self._noted: dict[str, list[Range]] = {}
        self._after: dict[str, Look] = {}  # when it had what is noted, and no more
        self._moved: dict[str, Look] = {}  # when it was last seen to have got more
        self._again: dict[str, list[Range]] = {}  # what it took after all
        self._last: Look | None = None
        self._noted_at_ns: int | None = None
        for each in noted:
            # What was noted long ago is not read again: everything below counts as noted.
            before = self._noted.get(each.reader) or [(1, each.first - 1)][: each.first - 1]
            self._noted[each.reader] = merged([*before, (each.first, each.last)])
            self._after[each.reader] = each.before
        if last_run is not None:
            self._moved = {reader: last_run for reader in self._has if self._fresh(reader)}

    def seen(
        self, places: Mapping[str, Place], unparked: Collection[tuple[str, int]], look: Look | None
    ) -> None:
        """What stands in the commit that was just made. Without a look, the next one with it tells when."""
        for reader, place in places.items():
            if _is_destination(reader):
                self._has[reader] = _ranges(place)
        for reader, seq in unparked:
            self._again[reader] = merged([*self._again.get(reader, ()), (seq, seq)])
        if look is None:
            return
        more = {*places, *(reader for reader, _ in unparked)}
        for reader in self._has:
            if not self._fresh(reader):
                self._after[reader] = look
            elif reader in more or reader not in self._moved:
                self._moved[reader] = look
        self._last = look

    def due(self, look: Look | None, *, at_once: bool = False) -> Sequence[Arrival]:
        """What is to be noted with the next commit; `at_once`: as it is the last one."""
        if look is None:
            return ()
        is_time = self._noted_at_ns is None or look.at.mono_ns - self._noted_at_ns >= _NOTE_EVERY_NS
        if not (is_time or at_once):
            return ()
        return [
            Arrival(reader, first, last, self._after.get(reader), before)
            for reader, before in self._moved.items()
            for first, last in self._fresh(reader)
        ]

    def noted(self, arrivals: Sequence[Arrival], look: Look) -> None:
        """These are on record."""
        self._noted_at_ns = look.at.mono_ns
        for reader in {each.reader for each in arrivals}:
            self._noted[reader] = self._has[reader]
            self._after[reader] = self._last or self._moved[reader]
            self._again.pop(reader, None)
            del self._moved[reader]

    def _fresh(self, reader: str) -> list[Range]:
        """What it has got and nobody has noted."""
        noted = Done(0, tuple(self._noted.get(reader, ())))
        fresh = [part for first, last in self._has[reader] for part in missing(first, last, [noted])]
        return merged([*fresh, *self._again.get(reader, ())])


def _is_destination(reader: str) -> bool:
    """With a colon it is a note, or somebody within the station."""
    return ":" not in reader


def _ranges(place: Place) -> list[Range]:
    return merged([*([(1, place.seq)] if place.seq else []), *place.islands])
