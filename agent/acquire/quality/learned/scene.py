"""What the channels of one station tell each other: who lost its value lately, and what a storm moved. Pure.

A logger without power, or a sonde that is pulled out of the water, spoils all it reads: a neighbour's lost
value speaks against a value. A storm moves several quantities at once: a neighbour that follows it speaks for
the value. Both count for an hour, and neither is kept over a restart.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LATELY_S = 3600.0
# A channel that is away all the time tells nothing by being lost once more.
_QUIET_S = 86400.0
# So many may speak of storms before each must be surer: of many, one always strays a little.
_FEW = 2


class Scene:
    """The last time of each kind of news, by channel. Shared by the tests of one instrument or logger.

    Args:
        around: a wider one, whose storms count here, too, while each keeps its losses to itself.
    """

    def __init__(self, around: Scene | None = None) -> None:
        self._around = around
        self._lost: dict[str, tuple[float, float]] = {}  # when last, and when that outage began
        self._stirred: dict[str, float] = {}
        self._speakers: set[str] = set()

    def lost(self, channel: str, t_s: float) -> None:
        """A value of `channel` was due, and there is none."""
        last_s, began_s = self._lost.get(channel, (-inf, -inf))
        self._lost[channel] = (t_s, began_s if t_s - last_s <= _QUIET_S else t_s)

    def speaks(self, channel: str) -> None:
        """`channel` will tell of storms, though it may stray without one."""
        if self._around is None:
            self._speakers.add(channel)
        else:
            self._around.speaks(channel)

    @property
    def crowd(self) -> float:
        """How much surer each must be that it is a storm, for there are many who may say so; at least 1."""
        return max(1.0, len(self._speakers) / _FEW) if self._around is None else self._around.crowd

    def stirred(self, channel: str, t_s: float) -> None:
        """`channel` moves as it does in a storm."""
        if self._around is None:
            self._stirred[channel] = t_s
        else:
            self._around.stirred(channel, t_s)

    def has_lost_since(self, channel: str, since_s: float, t_s: float) -> bool:
        """Whether another channel, which had its values for a day, stopped in the hour after `since_s`.

        And was still without one an hour before `t_s`.
        """
        return any(0 <= began_s - since_s <= LATELY_S for began_s in self._outages(channel, t_s))

    def has_just_lost(self, channel: str, t_s: float) -> bool:
        """Whether another channel that had its values for a day lost one lately."""
        return any(t_s - began_s <= LATELY_S for began_s in self._outages(channel, t_s))

    def is_stirred(self, channel: str, t_s: float) -> bool:
        """Whether another channel saw a storm lately."""
        if self._around is not None:
            return self._around.is_stirred(channel, t_s)
        return any(t_s - at_s <= LATELY_S for name, at_s in self._stirred.items() if name != channel)

    def _outages(self, channel: str, t_s: float) -> Iterator[float]:
        """When those of the others began that are not over for an hour."""
        for name, (last_s, began_s) in self._lost.items():
            if name != channel and t_s - last_s <= LATELY_S:
                yield began_s
