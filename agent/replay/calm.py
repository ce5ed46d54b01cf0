"""How near a site's own calm history came to each threshold, and so how often it would cry wolf. Pure.

Calm is what is neither an alarm (yellow or more) nor the three days before one. Whether those alarms were
true no history tells: they are counted beside it. A stretch with half the evidence that amber needs, or more,
until a day without, is one approach, however long it lasts.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from agent.replay.incident import incidents
from agent.replay.poisson import at_most
from agent.watch.contract import BLOCK_S, DAY, Hazard, Role
from agent.watch.ground.signs import MECHANISMS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from agent.watch.vigil import Alarm

MARKS = (0.5, 0.75, 1.0)
"""Shares of the evidence that amber needs."""
YEAR_D = 365.25
_DAY_S = 86_400.0
_RUN_UP_D = 3
_QUIET_D = 2
_LOOKS_AT = {
    "acid_water": frozenset({Role.PH, Role.EC}),
    "acid_water_ph": frozenset({Role.PH}),
    "neutral_drainage": frozenset({Role.EC}),
    "slow_acidification": frozenset({Role.PH, Role.EC}),
    "head_loss": frozenset({Role.HEAD}),
    "tension_crack": frozenset({Role.HEAD, Role.SOIL}),
    "pore_pressure_rise": frozenset({Role.HEAD}),
    "accelerating_drawdown": frozenset({Role.HEAD}),
}
# Tilt or crack, whichever there is.
_MOVEMENT, _MOVES = "movement", {Role.TILT, Role.CRACK}
_OF_GROUND = {*MECHANISMS, _MOVEMENT}


class Rate(NamedTuple):
    """Of one rule.

    Attributes:
        rule: its name.
        years: of calm in which it could have spoken.
        reached: how often the calm came to each of `MARKS`.
        told: incidents that were told by it, which are no part of the calm.
    """

    rule: str
    years: float
    reached: tuple[int, ...]
    told: int

    def __add__(self, other: object) -> Rate:
        """Of two stations together."""
        assert isinstance(other, Rate)
        both = tuple(mine + its for mine, its in zip(self.reached, other.reached, strict=True))
        return Rate(self.rule, self.years + other.years, both, self.told + other.told)

    def at_most_per_year(self, *, with_told: bool = False) -> float | None:
        """With 95 % confidence the calm reaches amber no more often than this; None without any calm.

        `with_told`: as if everything that was told had been false, too.
        """
        seen = self.reached[-1] + (self.told if with_told else 0)
        return at_most(seen) / self.years if self.years else None


class _Approach(NamedTuple):
    begin_s: float
    last_s: float
    peak: float


class Calm:
    """Listens to the rules of one station.

    Args:
        roles: what its channels are: a rule without those that it looks at never speaks, and counts no calm.
    """

    def __init__(self, roles: Collection[Role]) -> None:
        self._roles = frozenset(roles)
        self._last_s: float | None = None
        self._blocks: dict[str, Counter[int]] = {}
        self._loud: dict[Hazard, set[int]] = {}
        self._approaches: dict[str, list[_Approach]] = {}

    def add(self, utc_s: float, shares: Mapping[str, float], seeing: Collection[Hazard]) -> None:
        """The rules after a block, and which hazards are not being learned any more."""
        day, blocks = int(utc_s // _DAY_S), self._since_last(utc_s)
        for rule, share in shares.items():
            hazard = hazard_of(rule)
            if not self._could_speak(rule, seeing):
                continue
            self._blocks.setdefault(rule, Counter())[day] += blocks
            approaches = self._approaches.setdefault(rule, [])
            if share >= MARKS[0]:
                self._loud.setdefault(hazard, set()).add(day)
                _approach(approaches, utc_s, share)

    def _could_speak(self, rule: str, seeing: Collection[Hazard]) -> bool:
        if rule == _MOVEMENT:  # it speaks without a piezometer, too
            return bool(self._roles & _MOVES)
        return hazard_of(rule) in seeing and _LOOKS_AT.get(rule, frozenset()) <= self._roles

    def _since_last(self, utc_s: float) -> int:
        """So many blocks were closed together, as with a value an hour; a long silence is no calm."""
        last_s, self._last_s = self._last_s, utc_s
        blocks = 1 if last_s is None else round((utc_s - last_s) / BLOCK_S)
        return blocks if blocks <= DAY else 1

    def rates(self, alarms: Iterable[Alarm]) -> list[Rate]:
        """Of every rule that could have spoken, given all that was told."""
        told = [each for each in incidents(alarms) if each.amber_s is not None]
        rates = []
        for rule, approaches in self._approaches.items():
            hazard = hazard_of(rule)
            mine = [each for each in told if each.hazard is hazard]
            upset: set[int] = set()
            for each in mine:
                upset |= self._upset(hazard, each.amber_s or 0.0, each.cleared_s)
            days = self._blocks[rule]
            calm = sum(blocks for day, blocks in days.items() if day not in upset)
            peaks = [each.peak for each in approaches if not _days(each) & upset]
            reached = tuple(sum(peak >= mark for peak in peaks) for mark in MARKS)
            by_it = sum(each.mechanism == rule for each in mine)
            rates.append(Rate(rule, calm / DAY / YEAR_D, reached, by_it))
        return rates

    def _upset(self, hazard: Hazard, amber_s: float, cleared_s: float | None) -> set[int]:
        """The days of an alarm and of its run-up. One that is latched ends when its evidence has gone."""
        day = int(amber_s // _DAY_S)
        days = set(range(day - _RUN_UP_D, day + 1))
        loud = self._loud.get(hazard, set())
        while any(day - back in loud for back in range(_QUIET_D)):
            days.add(day)
            day += 1
            if cleared_s is not None and day * _DAY_S > cleared_s:
                break
        return days


def _approach(approaches: list[_Approach], utc_s: float, share: float) -> None:
    """Half the evidence or more: the last approach goes on, or another one begins."""
    last = approaches[-1] if approaches else None
    if last is not None and utc_s - last.last_s <= _DAY_S:
        approaches[-1] = _Approach(last.begin_s, utc_s, max(last.peak, share))
    else:
        approaches.append(_Approach(utc_s, utc_s, share))


def _days(approach: _Approach) -> set[int]:
    return set(range(int(approach.begin_s // _DAY_S), int(approach.last_s // _DAY_S) + 1))


def hazard_of(rule: str) -> Hazard:
    """What a rule is about, and so the table of `[watch]` that it follows."""
    return Hazard.GROUND if rule in _OF_GROUND else Hazard.ACID
