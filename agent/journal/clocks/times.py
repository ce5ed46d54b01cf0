"""When things happened, worked out from what the clocks said. Pure; `docs/time.md` explains it with figures.

A row keeps what both clocks said, for ever. What is worked out is one number per boot: what to add to the
time since boot to get the true time. It is *settled* once, and never changed afterwards:

    the clock could be believed at some look     wall - mono of that look
    never, but in a later boot                   between the end of the boot before and the start of the next
    never, and nobody wants to wait any longer   what the clock of that boot said, within no bounds

Time since boot runs as fast as the wall clock, also while the network slews it, so within a boot the
difference of the two changes by steps only.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple

from agent.model import Instant, Stamp, TimeSource, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NS = 1_000_000_000
# systemd-timesyncd calls the clock set while it still slews away up to 0.4 s.
NTP_ERROR_NS = _NS // 2
# A good clock chip loses a minute in a year; nobody knows when this one was set.
RTC_ERROR_NS = 60 * _NS
# No machine starts within the second: no two boots may share a time, where files go by time.
_PAUSE_NS = _NS
# A Pi's crystal over all temperatures of a year, before the network has corrected it.
_DRIFT_PER_MILLION = 100


class Known(NamedTuple):
    """One boot, settled: true time = mono + `offset_ns` within +- `error_ns` (None: nothing bounds it)."""

    offset_ns: int
    error_ns: int | None
    source: TimeSource


class Ends(NamedTuple):
    """The first and the last look at the clocks that is on record of one boot."""

    boot: int
    first: Instant
    last: Instant
    known: Known | None

    @property
    def is_bounded(self) -> bool:
        """Whether its time is settled, within bounds."""
        return self.known is not None and self.known.error_ns is not None


def stamp(at: Instant, known: Known | None) -> Stamp:
    """The best known time of a look at the clocks, given what is settled of its boot."""
    wall_ns, error_ns, source = _best(at, known)
    error_s = inf if error_ns is None else error_ns / _NS
    return Stamp(wall_ns, source, error_s, source is not TimeSource.NONE)


def believed(look: Instant, passed_ns: int | None) -> Instant:
    """The look, without its trust when a clock chip says less than has passed: its battery is empty.

    Asked of the time at which the machine started: how long it has run since proves nothing.
    """
    is_late = passed_ns is None or _offset_ns(look) + RTC_ERROR_NS >= passed_ns
    return look if look.trust is not Trust.RTC or is_late else look._replace(trust=Trust.NONE)


def told(look: Instant) -> Known:
    """What one look at a clock that can be believed settles for its whole boot."""
    offset_ns, drift_ns = _offset_ns(look), _drift(look.mono_ns)
    if look.trust is Trust.NTP:
        return Known(offset_ns, NTP_ERROR_NS + drift_ns, TimeSource.REPAIRED)
    return Known(offset_ns, RTC_ERROR_NS + drift_ns, TimeSource.RTC)


def passed_ns(history: Iterable[Ends]) -> int | None:
    """The earliest start of a machine after these boots, ns since 1970; None when nothing is known."""
    floor_ns: int | None = None
    for boot in history:
        ended_ns = _earliest_ns(boot)
        if ended_ns is not None:
            floor_ns = ended_ns
        elif floor_ns is not None:
            floor_ns += boot.last.mono_ns
    return floor_ns


def settle(history: Iterable[Ends], *, waited_out: bool) -> dict[int, Known]:
    """What can be settled now, by boot.

    Args:
        history: boots one after the other, from one whose time is known (if there is one) to the present.
        waited_out: settle also those that nothing bounds from above yet.
    """
    found: dict[int, Known] = {}
    lost: list[Ends] = []
    before: Ends | None = None
    for boot in history:
        anchor = _anchor(boot)
        if anchor is None:
            lost.append(boot)
            continue
        found |= _between(lost, before, anchor)
        if boot.known is None:
            found[boot.boot] = anchor
        lost, before = [], boot
    return found | (_as_read(lost, before) if waited_out else {})


def waited_ns(history: Iterable[Ends]) -> int:
    """How long the oldest record without a settled time has waited, while the machine was powered."""
    waiting = [boot for boot in history if boot.known is None]
    return sum(boot.last.mono_ns for boot in waiting) - waiting[0].first.mono_ns if waiting else 0


def _best(at: Instant, known: Known | None) -> tuple[int, int | None, TimeSource]:
    """Time, error and source of a look."""
    if at.trust is Trust.NTP:
        return at.wall_ns, NTP_ERROR_NS, TimeSource.NTP
    if known is None:
        return at.wall_ns, None, TimeSource.NONE
    if at.trust is Trust.RTC and known.source is TimeSource.RTC:
        # In full seconds: each record that says another error than the one before costs bytes.
        return at.wall_ns, RTC_ERROR_NS + _drift(at.mono_ns) // _NS * _NS, TimeSource.RTC
    return at.mono_ns + known.offset_ns, _error_ns(at, known), known.source


def _error_ns(at: Instant, known: Known) -> int | None:
    """As settled; and when what was told then is long ago, what the crystal may have lost since."""
    if known.error_ns is None or known.source is TimeSource.ESTIMATED:
        return known.error_ns
    told_ns = RTC_ERROR_NS if known.source is TimeSource.RTC else NTP_ERROR_NS
    return max(known.error_ns, told_ns + _drift(at.mono_ns))


def _anchor(boot: Ends) -> Known | None:
    """What is known of a boot within bounds; others are estimated between such."""
    if boot.is_bounded:
        return boot.known
    return None if boot.last.trust is Trust.NONE else told(boot.last)


def _earliest_ns(before: Ends | None) -> int | None:
    """The end of a boot, as early as it may have been: the network may have gone at its very beginning."""
    if before is None:
        return None
    wall_ns, error_ns, source = _best(before.last, before.known)
    if source is TimeSource.NTP:
        wall_ns -= _drift(before.last.mono_ns)
    return None if error_ns is None else wall_ns - error_ns


def _between(lost: Sequence[Ends], before: Ends | None, anchor: Known) -> dict[int, Known]:
    """Boots that ran one after the other, after the end of `before` and before the start told by `anchor`.

    Each has the same room to lie in: all of the time between, less what they all ran. The middle of it is
    the estimate, half of it the error. Without a boot before them they are put as late as they can be.
    """
    ran_ns = _ran_ns(lost)
    earliest_ns = _earliest_ns(before)
    start_ns, error_ns = anchor.offset_ns - ran_ns, None
    if earliest_ns is not None:
        room_ns = start_ns + (anchor.error_ns or 0) - earliest_ns
        start_ns = earliest_ns + room_ns // 2
        moved_ns = _behind_those_put(lost, start_ns, anchor.offset_ns - start_ns - ran_ns)
        start_ns += moved_ns
        error_ns = abs(room_ns) // 2 + 1 + _drift(ran_ns) + moved_ns
    found = {}
    for boot in lost:
        if boot.known is None:
            found[boot.boot] = Known(start_ns, error_ns, TimeSource.ESTIMATED)
        start_ns += boot.last.mono_ns
    return found


def _behind_those_put(lost: Sequence[Ends], start_ns: int, room_ns: int) -> int:
    """How much later to put the rest, behind boots that have a time already; 0 without the room."""
    put = [boot for boot in lost if boot.known is not None]
    late_ns = max((_end_ns(boot) for boot in put), default=0) + _PAUSE_NS - (start_ns + _ran_ns(put))
    return late_ns if put and 0 < late_ns <= room_ns else 0


def _as_read(lost: Sequence[Ends], before: Ends | None) -> dict[int, Known]:
    """Boots that nobody waits for any longer: what their clocks said, but none before the end of the last."""
    ends_ns = [] if before is None else [_end_ns(before)]
    found = {}
    for boot in lost:
        known = boot.known
        if known is None:
            offset_ns = max([_offset_ns(boot.last), *(end_ns + _PAUSE_NS for end_ns in ends_ns)])
            known = found[boot.boot] = Known(offset_ns, None, TimeSource.ESTIMATED)
        ends_ns = [max([*ends_ns, _end_ns(boot._replace(known=known))])]
    return found


def _end_ns(boot: Ends) -> int:
    """The end of a boot, as its last record says."""
    return _best(boot.last, boot.known)[0]


def _ran_ns(boots: Iterable[Ends]) -> int:
    return sum(boot.last.mono_ns for boot in boots)


def _offset_ns(look: Instant) -> int:
    return look.wall_ns - look.mono_ns


def _drift(ns: int) -> int:
    return ns * _DRIFT_PER_MILLION // 1_000_000
