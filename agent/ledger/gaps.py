"""What is missing, as a person would say it: a line for what happened to a sensor or to the station. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from agent.clock import NS
from agent.ledger.days import minute_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.ledger.stretches import Stretch

STATION = "station"
# Sensors do not miss their slots in the same moment.
_JOIN_NS = 60 * NS
# These concern all channels at once; every other reason is one instrument's.
_OF_ALL = {"no_power", "stopped", "crashed", "memory_full", "evicted", "damaged"}


class Gap(NamedTuple):
    """`slots` observations of a sensor, or of the station, are missing for one reason.

    `first_ns` and `last_ns` are the times of the first and the last of them; `in_a_row`: how many of one
    channel; `is_open`: it goes on.
    """

    subject: str
    reason: str
    first_ns: int
    last_ns: int
    slots: int
    in_a_row: int
    is_open: bool

    def as_json(self) -> dict[str, Any]:
        """With times in words."""
        return {
            "what": self.subject,
            "reason": self.reason,
            "from": f"{minute_of(self.first_ns)}Z".replace(" ", "T"),
            "to": None if self.is_open else f"{minute_of(self.last_ns)}Z".replace(" ", "T"),
            "lasted_s": (self.last_ns - self.first_ns) // NS,
            "observations": self.slots,
            "in_a_row": self.in_a_row,
        }


def merged(stretches: Iterable[Stretch]) -> list[Gap]:
    """Stretches that overlap are one gap: of a sensor's channels, or of all for the station's reasons."""
    open_gaps: dict[tuple[str, str], Gap] = {}
    found: list[Gap] = []
    for stretch in sorted(stretches, key=lambda each: each.first_ns):
        gap = _gap(stretch)
        key = gap.subject, gap.reason
        before = open_gaps.get(key)
        if before is not None and gap.first_ns <= before.last_ns + _JOIN_NS * (gap.subject == STATION):
            gap = _together(before, gap)
        elif before is not None:
            found.append(before)
        open_gaps[key] = gap
    return sorted([*found, *open_gaps.values()], key=lambda each: each.first_ns)


def _gap(stretch: Stretch) -> Gap:
    subject = STATION if stretch.reason in _OF_ALL else stretch.channel.partition("/")[0]
    _, reason, first_ns, last_ns, slots, is_open = stretch
    return Gap(subject, reason, first_ns, last_ns, slots, slots, is_open)


def _together(one: Gap, other: Gap) -> Gap:
    return one._replace(
        last_ns=max(one.last_ns, other.last_ns),
        slots=one.slots + other.slots,
        in_a_row=max(one.in_a_row, other.in_a_row),
        is_open=one.is_open or other.is_open,
    )
