"""What the channels of one station tell each other: who lost its value lately, and what a storm moved. Pure.

A logger without power, or a sonde that is pulled out of the water, spoils all it reads: a neighbour's lost
value speaks against a value. A storm moves several quantities at once: a neighbour that follows it speaks for
the value. Both count for an hour.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from agent.acquire.quality.numbers import row

if TYPE_CHECKING:
    from agent.acquire.quality.contract import State

LATELY_S = 3600.0
# A channel that is away all the time tells nothing by being lost once more.
_QUIET_S = 86400.0


class Scene:
    """The last time of each kind of news, by channel. Shared by the tests of one station or logger.

    Args:
        around: a wider one, whose storms count here, too, while each keeps its losses to itself.
    """

    def __init__(self, around: Scene | None = None) -> None:
        self._around = around
        self._lost: dict[str, tuple[float, float]] = {}  # when last, and when that outage began
        self._stirred: dict[str, float] = {}

    def lost(self, channel: str, t_s: float) -> None:
        """A value of `channel` was due, and there is none."""
        last_s, began_s = self._lost.get(channel, (-inf, -inf))
        self._lost[channel] = (t_s, began_s if t_s - last_s <= _QUIET_S else t_s)

    def stirred(self, channel: str, t_s: float) -> None:
        """`channel` moves as it does in a storm."""
        self._stirred[channel] = t_s
        if self._around is not None:
            self._around.stirred(channel, t_s)

    def has_lost(self, channel: str, t_s: float) -> bool:
        """Whether another channel was without a value lately."""
        return any(t_s - last_s <= LATELY_S for name, (last_s, _) in self._lost.items() if name != channel)

    def has_just_lost(self, channel: str, t_s: float) -> bool:
        """Whether another channel that had its values for a day lost one lately."""
        return any(t_s - began_s <= LATELY_S for name, (_, began_s) in self._lost.items() if name != channel)

    def is_stirred(self, channel: str, t_s: float) -> bool:
        """Whether another channel saw a storm lately."""
        if self._around is not None:
            return self._around.is_stirred(channel, t_s)
        return any(t_s - at_s <= LATELY_S for name, at_s in self._stirred.items() if name != channel)

    def state(self) -> State:
        """What each channel told: [last lost, outage began], and when it was stirred."""
        return [{name: list(each) for name, each in self._lost.items()}, dict(self._stirred)]

    def restore(self, state: State) -> None:
        """Go on from there. Raises ValueError."""
        match state:
            case [dict() as lost, dict() as stirred]:
                pairs = {str(name): row(each, 2) for name, each in lost.items()}
                self._lost = {name: (last_s, began_s) for name, (last_s, began_s) in pairs.items()}
                self._stirred = {str(name): row([at_s], 1)[0] for name, at_s in stirred.items()}
            case _:
                raise ValueError(f"what channels told of losses and storms was expected, not {state!r:.60}")
