"""Registers -> number, as pure functions.

A 16-bit register travels with its high byte first; how two of them make a 32-bit number every maker decides
anew. The order is named by the bytes as they arrive, A being the most significant: 123.456 = 0x42F6E979 is

    ABCD  42 F6 E9 79    big-endian, as the standard intends
    CDAB  E9 79 42 F6    words swapped
    BADC  F6 42 79 E9    bytes swapped within each word
    DCBA  79 E9 F6 42    little-endian

For 16-bit types only the order of the two bytes counts: BADC and DCBA swap them.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Literal, NamedTuple

from drivers.contract import BadAnswerError, Doubt

if TYPE_CHECKING:
    from collections.abc import Collection

Type = Literal["u16", "i16", "u32", "i32", "f32"]
Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]

_FORMATS: dict[str, struct.Struct] = {
    "u16": struct.Struct(">H"),
    "i16": struct.Struct(">h"),
    "u32": struct.Struct(">I"),
    "i32": struct.Struct(">i"),
    "f32": struct.Struct(">f"),
}
_SWAPS_BYTES = frozenset({"BADC", "DCBA"})
_SWAPS_WORDS = frozenset({"CDAB", "DCBA"})
# Well below any instrument's resolution; hides that 658 * 0.1 is 65.80000000000001 in binary.
_SCALED_DECIMALS = 9


class Form(NamedTuple):
    """How a number lies in registers: value = number * scale + offset, in the instrument's own unit.

    `invalid` and `valid` speak of numbers before scaling.
    """

    type: Type
    order: Order = "ABCD"
    scale: float = 1.0
    offset: float = 0.0
    invalid: Collection[float] = ()
    valid: tuple[float, float] = (-math.inf, math.inf)

    @property
    def registers(self) -> int:
        """How many registers the number takes."""
        return _FORMATS[self.type].size // 2


_DECIMALS = Form("u16")
_MOST_DECIMALS = 6  # a 16-bit value has five digits


def decode(data: bytes, form: Form) -> tuple[float | None, Doubt]:
    """The value in `data` and what the instrument says against it.

    `invalid` lists the codes, before scaling, by which the instrument says "no value"; a number outside
    `valid`, and not-a-number, say the same. An infinity says that the range was left, and there is no number
    to give either. Raises BadAnswerError when `data` has not exactly the length of the type.
    """
    number = _number(data, form)
    if number in form.invalid or math.isnan(number):
        return None, Doubt.INVALID
    if math.isinf(number):
        return None, Doubt.OVER_RANGE
    if not form.valid[0] <= number <= form.valid[1]:
        return None, Doubt.INVALID
    if form.scale == 1.0 and form.offset == 0.0:
        return float(number), Doubt.NONE
    return round(number * form.scale + form.offset, _SCALED_DECIMALS), Doubt.NONE


def encoded(value: float, order: Order) -> bytes:
    """A 32-bit float as it travels. Each order is its own way back."""
    return _big_endian(struct.pack(">f", value), order)


def shifted(value: float | None, decimals: bytes) -> float | None:
    """The value with its decimal point moved: some instruments keep the number of decimals in a register.

    Raises BadAnswerError when the register holds no such number.
    """
    count = int(_number(decimals, _DECIMALS))
    if count > _MOST_DECIMALS:
        raise BadAnswerError(
            f"its register of decimals says {count}", "is it really the instrument of this profile?"
        )
    return None if value is None else round(value / 10**count, _SCALED_DECIMALS)


def _number(data: bytes, form: Form) -> float:
    layout = _FORMATS[form.type]
    if len(data) != layout.size:
        raise BadAnswerError(f"{len(data)} bytes where a {form.type} has {layout.size}")
    number: float
    (number,) = layout.unpack(_big_endian(data, form.order))
    return number


def _big_endian(data: bytes, order: Order) -> bytes:
    words = [data[at : at + 2] for at in range(0, len(data), 2)]
    if order in _SWAPS_WORDS:
        words.reverse()
    if order in _SWAPS_BYTES:
        words = [word[::-1] for word in words]
    return b"".join(words)
