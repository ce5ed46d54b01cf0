"""What a far side waits for in vain: numbers that are no longer in the journal, or that it once refused.

They were told as `evicted`, `damaged` or `parked` if somebody lacked them then. Who listens only since, or
has lost what it knew, was told nothing: what everybody had had goes without a word.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from agent.journal.telling.parking import fewest
from agent.publish.ranges import Stretch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.publish.source import Log

# Where events have outlived their neighbours there is a hole between any two of them.
_ROWS = 1000


def holes(sink_id: str, log: Log, lost: Stretch) -> list[Stretch]:
    """Those that `lost` begins with, as few as may be told; none when its first number can be had."""
    rows = [entry.seq for entry in log.read_after(lost.first - 1, _ROWS, lost.last)]
    refused = {seq for seq, _ in log.parked(sink_id)}
    looked_at = Stretch(lost.first, rows[-1] if rows else lost.last)
    found = _between(looked_at, [seq for seq in rows if seq not in refused])
    if not found or found[0].first != lost.first:
        return []
    return [Stretch(*each) for each in fewest(found)]


def without_refused(sink_id: str, log: Log, lost: Stretch) -> list[Stretch]:
    """What of `lost` is worth sending again."""
    return _between(lost, [seq for seq, _ in log.parked(sink_id) if lost.first <= seq <= lost.last])


def _between(stretch: Stretch, seqs: Sequence[int]) -> list[Stretch]:
    """The parts of `stretch` that hold none of `seqs`, which lie in it in order."""
    edges = pairwise([stretch.first - 1, *seqs, stretch.last + 1])
    return [Stretch(low + 1, high - 1) for low, high in edges if high - low > 1]
