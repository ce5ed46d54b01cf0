"""The slots that nobody served between two observations of a channel. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.ledger.days import begin_ns, day_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Hole(NamedTuple):
    """From `begin_ns` on something kept observations from the journal; empty `sensor`: of all channels.

    `seq` is the place in the journal where it was met; `reason` is empty for what the journal had and gave up
    after it was delivered.
    """

    seq: int
    begin_ns: int
    reason: str
    sensor: str = ""


class Missed(NamedTuple):
    """So many slots of one day with one reason; `first_ns` and `last_ns` are the slots at the ends."""

    reason: str
    first_ns: int
    last_ns: int
    slots: int

    @property
    def day(self) -> int:
        """The day of all of them."""
        return day_of(self.first_ns)


def count_between(elapsed_ns: int, period_ns: int) -> int:
    """Slots between two readings so far apart. One that a reading follows within half a period is served."""
    return max(0, (2 * elapsed_ns + period_ns) // (2 * period_ns) - 1)


def spread(last_ns: int, step_ns: int, count: int, holes: Sequence[Hole]) -> Iterator[Missed]:
    """`count` slots, one each `step_ns` after `last_ns`, cut at midnight and where another hole begins.

    `holes`: at least one, in the order in which they began.
    """
    if not count or not step_ns:
        return
    first_ns, end_ns = last_ns + step_ns, last_ns + step_ns * count
    cuts = {begin_ns(day) for day in range(day_of(first_ns) + 1, day_of(end_ns) + 1)}
    cuts |= {hole.begin_ns for hole in holes[1:] if first_ns < hole.begin_ns <= end_ns}
    done = 0
    for cut_ns in [*sorted(cuts), end_ns + 1]:
        upto = (cut_ns - 1 - last_ns) // step_ns  # slots before the cut
        if upto > done:
            first_ns = last_ns + step_ns * (done + 1)
            yield Missed(_reason_at(first_ns, holes), first_ns, last_ns + step_ns * upto, upto - done)
            done = upto


def _reason_at(at_ns: int, holes: Sequence[Hole]) -> str:
    """Of the last hole that had begun by then, or of the first."""
    reason = holes[0].reason
    for hole in holes[1:]:
        if hole.begin_ns <= at_ns:
            reason = hole.reason
    return reason
