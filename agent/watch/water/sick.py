"""Is a probe in the water sick? Asked before its number is believed. Pure.

Seen here: nothing or a rail (unplugged), a value that jumps about (floating input, air), one that does not
move (stuck), glass that is cracked (0 mV is pH 7), bottles instead of water (a calibration visit). None of
these may look like a hazard; none of them may take a probe out for longer than it lasts.
"""

from __future__ import annotations

import math
from collections import deque
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from agent.watch.contract import HOUR, Role
from agent.watch.measures.robust import median

if TYPE_CHECKING:
    from agent.watch.contract import Cell


class Ill(StrEnum):
    """What ails it."""

    NO_VALUE = "unplugged"
    FLOATING = "floating"
    STUCK = "stuck"
    SETTLING = "settling"  # heard again after a silence, and not yet believed: that is no news
    GLASS = "cracked_glass"
    AIR = "in_air"
    SHORT = "short_circuit"


class Health(NamedTuple):
    """Of a block.

    Attributes:
        ill: None when its number may be believed.
        bottled: it came by a jump to what is in a bottle (a buffer, a standard, or air) and rests there.
        at_seven: pH rests where cracked glass does.
        for_h: how long it has been ill.
    """

    ill: Ill | None
    bottled: bool = False
    at_seven: bool = False
    for_h: float = 0.0


class Traits(NamedTuple):
    """What a probe of a role is like. All in the numbers that it is judged in (pH; logarithm for the others).

    Attributes:
        jumpy: no water changes back and forth by so much from block to block.
        jump: a step that a bottle makes.
        still: two values as near as this are the same.
        stuck_h: the same for so long, and in `_STUCK_READINGS` readings, is stuck.
        bottles: what it reads in them.
        bottle_width: as near as this it may be in one.
    """

    jumpy: float
    jump: float
    still: float
    stuck_h: float
    bottles: tuple[float, ...]
    bottle_width: float


# Buffers of NIST and DIN, conductivity standards in uS/cm (the last ones are air and rinse water).
TRAITS = {
    Role.PH: Traits(0.25, 0.25, 0.004, 8.0, (4.0, 6.86, 7.0, 9.18, 10.0), 0.07),
    Role.EC: Traits(0.15, 0.08, 0.0005, 8.0, (84.0, 147.0, 1413.0, 5000.0, 12880.0, 0.0, 1.0, 5.0), 0.02),
}
_RECENT = 7  # readings that floating is seen in: five bends, of which one step makes two
_FLOATS_WITHIN = 8 * HOUR  # in what is read less often, water itself may go to and fro
_TO_AND_FRO = 2.0  # its way is so many times as long as how far it gets
_STUCK_READINGS = 8  # water that is read seldom says the same a few times by chance
_BOTTLE_BLOCKS = 3 * HOUR
_SETTLES = HOUR  # so many quiet blocks before a probe that was ill is believed again
_AIR_US_CM, _AIR_BELOW = 20.0, 2.3  # in air: next to nothing, and a tenth of what is usual (its logarithm)
_SHORT_ABOVE = 2.3  # ten times what is usual
_SEVEN, _SEVEN_WIDTH, _SEVEN_LEFT = 7.0, 0.16, 0.3  # what cracked glass shows, and what it does not
_GLASS_BLOCKS = 6 * HOUR
_SMOOTH, _ALIVE = 1.0 / (2 * HOUR), 0.12  # smoothed over two hours, what moves more follows the day


class WaterProbe:
    """One channel of pH or conductivity.

    Args:
        role: which of the two.
    """

    def __init__(self, role: Role) -> None:
        self._traits = TRAITS[role]
        self._is_ph = role is Role.PH
        self._at = 0
        self._held_for = 0
        self._last: deque[tuple[int, float]] = deque(maxlen=_RECENT)  # readings, by block
        self._lately: deque[float] = deque(maxlen=_RECENT)  # blocks, with what holds
        self._same, self._same_readings, self._same_value = 0, 0, float("nan")
        self._arrived = _BOTTLE_BLOCKS * 2  # blocks since the last jump
        self._bottled = _BOTTLE_BLOCKS * 2  # blocks since it was last in a bottle
        self._bottle: float | None = None
        self._ill_for = 0
        self._silent = 0
        self._settling, self._settles_from = 0, Ill.SETTLING
        self._half_day: deque[float] = deque(maxlen=3 * _GLASS_BLOCKS // 2)
        self._seven_for = 0
        self._fell_to_seven = False
        self._strays = 0.0
        self._smooth = self._lowest = self._highest = _SEVEN

    def add(self, cell: Cell | None, value: float | None, usual: float | None) -> Health:
        """The next block.

        Args:
            cell: as it came; None when the channel said nothing.
            value: the number that is judged: a logarithm, where it is one.
            usual: what is usual of that at this hour.
        """
        self._at += 1
        self._arrived += 1
        self._bottled += 1
        if value is None or cell is None or cell.value is None:
            return self._nothing()
        self._silent = 0
        self._lately.append(value)
        self._held_for += 1
        if not cell.held:
            self._look_for_bottle(cell.value, value)
            self._last.append((self._at, value))
            self._held_for = 0
        self._look_for_seven(value, usual)
        ill = self._ails(value, held=cell.held)
        if not self._is_ph and usual is not None:
            ill = self._conducts(value, usual) or ill
        if ill is None and self._settling > 0:
            self._settling -= 1
            ill = self._settles_from
        self._ill_for = self._ill_for + 1 if ill else 0
        return Health(ill, self._bottled < _BOTTLE_BLOCKS, self._rests_at_seven(), self._ill_for / HOUR)

    def _conducts(self, value: float, usual: float) -> Ill | None:
        """Whether a conductivity is that of a cell without water, or of a wet plug.

        Who was ill and is back at ten times what is usual is not back: a plug that gets wet gives nothing,
        then the end of its range. Who was well is believed that much.
        """
        if _is_air(value, usual):
            return Ill.AIR
        if value > usual + _SHORT_ABOVE and self._settling > 0:
            self._settling, self._settles_from = _SETTLES, Ill.SETTLING
            return Ill.SHORT
        return None

    def _nothing(self) -> Health:
        self._silent += 1
        self._held_for = 0
        self._settling, self._settles_from = min(self._silent, _SETTLES), Ill.SETTLING
        if self._silent >= _RECENT:
            self._last.clear()
            self._lately.clear()
        return Health(Ill.NO_VALUE, self._bottled < _BOTTLE_BLOCKS, for_h=self._silent / HOUR)

    def _rests_at_seven(self) -> bool:
        if not self._is_ph or len(self._lately) < _RECENT:
            return False
        return all(abs(value - _SEVEN) <= _SEVEN_WIDTH for value in self._lately)

    def _ails(self, value: float, *, held: bool) -> Ill | None:
        if not held and self._floats():
            self._settling, self._settles_from = _SETTLES, Ill.FLOATING
            return Ill.FLOATING
        if self._is_stuck(value, held=held):
            return Ill.STUCK
        if self._fell_to_seven and self._strays > _SEVEN_LEFT and self._seven_for >= _GLASS_BLOCKS:
            return Ill.GLASS
        return None

    def _look_for_seven(self, value: float, usual: float | None) -> None:
        """Water that turns slowly passes through 7; cracked glass is there within hours, and stays.

        Where water is about 7 by nature, it still follows the day.
        """
        if not self._is_ph:
            return
        self._half_day.append(value)
        away = abs(value - _SEVEN)
        if away > (_SEVEN_LEFT if self._seven_for >= _GLASS_BLOCKS else _SEVEN_WIDTH):
            self._seven_for, self._strays = 0, 0.0
        else:
            self._strays = max(self._strays, abs(value - usual)) if usual is not None else 0.0
            if not self._seven_for:
                self._fell_to_seven = max(abs(each - _SEVEN) for each in self._half_day) > _SEVEN_LEFT
            self._seven_for += 1
            self._look_for_life(value)

    def _look_for_life(self, value: float) -> None:
        """Once it rests at 7, glass that is whole still moves with the water."""
        if self._seven_for <= _GLASS_BLOCKS:
            self._smooth = self._lowest = self._highest = value
            return
        self._smooth += _SMOOTH * (value - self._smooth)
        self._lowest, self._highest = min(self._lowest, self._smooth), max(self._highest, self._smooth)
        if self._highest - self._lowest > _ALIVE:
            self._fell_to_seven = False

    def _floats(self) -> bool:
        """Most second differences are large, and it comes back: a ramp has none, a step has two.

        Acid water may raise conductivity by leaps, but the way it goes is then the way it gets.
        """
        if len(self._last) < _RECENT or self._at - self._last[0][0] > _FLOATS_WITHIN:
            return False
        last = [value for _, value in self._last]
        bends = [abs(a - 2.0 * b + c) for a, b, c in zip(last, last[1:], last[2:], strict=False)]
        if median(bends) <= 2.0 * self._traits.jumpy:
            return False
        way = sum(abs(b - a) for a, b in pairwise(last))
        return way > _TO_AND_FRO * abs(last[-1] - last[0])

    def _is_stuck(self, value: float, *, held: bool) -> bool:
        if abs(value - self._same_value) <= self._traits.still:
            self._same += 1
            self._same_readings += not held
        else:
            self._same, self._same_readings, self._same_value = 0, 0, value
        return self._same >= self._traits.stuck_h * HOUR and self._same_readings >= _STUCK_READINGS

    def _look_for_bottle(self, reading: float, value: float) -> None:
        traits = self._traits
        # In what is read seldom, water goes a longer way from one reading to the next.
        if self._last and abs(value - self._last[-1][1]) >= traits.jump * max(1, self._held_for):
            self._arrived = 0
        if self._arrived >= _BOTTLE_BLOCKS:
            self._bottle = None
            return
        bottle = next((each for each in traits.bottles if self._is_in(reading, each)), None)
        if bottle is not None and bottle == self._bottle:
            self._bottled = 0
        self._bottle = bottle

    def _is_in(self, reading: float, bottle: float) -> bool:
        width = self._traits.bottle_width
        if self._is_ph:
            return abs(reading - bottle) <= width
        return abs(reading - bottle) <= max(width * bottle, 2.0 if bottle < 10.0 else 0.0)  # noqa: PLR2004 - air


def _is_air(value: float, usual: float) -> bool:
    """Whether a conductivity (both are logarithms) is that of an empty cell; the purest rain has some."""
    return value < math.log(_AIR_US_CM) and value < usual - _AIR_BELOW
