"""A simulated instrument made from a profile, for those that have no hand-written counterpart.

It proves less than one written from the data sheet: a wrong register, scale or order in the profile is wrong
here in the same way, and nothing shows. What it does prove is that the profile can be spoken: each question,
the commands, every fault of the line, and numbers that lie where the profile says.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from drivers.contract import Doubt
from drivers.modbus.decode import decode
from drivers.simulated.instruments import words
from drivers.simulated.modbus_frame import Instrument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.modbus.decode import Form
    from drivers.modbus.profile import Channel, Profile

_FORMATS = {"u16": ">H", "i16": ">h", "u32": ">I", "i32": ">i", "f32": ">f"}
_MOST_TRIED = 100
_READS = (3, 4)
_WRITE_ANSWER = 5  # of function 16: function, first register, count


def counterpart(profile: Profile) -> Instrument:
    """What answers as `profile` describes; each value lies in the middle of its range, and never changes.

    Raises ValueError when no number of a channel's type is a value of it: such a profile reads nothing.
    """
    registers: dict[int, int] = {}
    for further in _inputs(profile):
        for block in profile.read:
            registers |= dict.fromkeys((address + further for address in block.registers), 0)
        for channel in profile.channel:
            registers |= words(_encoded(channel), channel.address + further)
    functions = frozenset(block.function for block in profile.read)
    commands = {each.body for each in (profile.start, profile.stop, profile.wipe) if each is not None}
    return Instrument(
        lambda: registers, functions, command=lambda body: _heard(body) if body in commands else None
    )


def _inputs(profile: Profile) -> range:
    """How far the registers of each input lie behind those of the first."""
    if profile.inputs is None:
        return range(1)
    return range(0, profile.inputs.most * profile.inputs.step, profile.inputs.step)


def _heard(body: bytes) -> bytes:
    """A read is answered without registers, a write of several with its own head."""
    return bytes((body[0], 0)) if body[0] in _READS else body[:_WRITE_ANSWER]


def _encoded(channel: Channel) -> bytes:
    """A number that is a value of the channel, as it travels."""
    for data in _candidates(channel):
        value, doubt = decode(data, channel.form)
        if doubt is Doubt.NONE and value is not None and channel.spec.low <= value <= channel.spec.high:
            return data
    raise ValueError(
        f"no {channel.form.type} is a value of {channel.spec.quantity}: look at its low and high"
    )


def _candidates(channel: Channel) -> Iterator[bytes]:
    form = channel.form
    bottom, top = _span(form)
    first, last = sorted(
        min(max((end - form.offset) / form.scale, bottom), top)
        for end in (channel.spec.low, channel.spec.high)
    )
    for part in range(2, _MOST_TRIED):
        number = first + (last - first) / part
        yield _travelling(
            struct.pack(_FORMATS[form.type], number if form.type == "f32" else round(number)), form
        )


def _span(form: Form) -> tuple[float, float]:
    """The least and the most that the type holds, within what the profile calls valid."""
    bits = 16 * form.registers
    low, high = {
        "u": (0.0, 2.0**bits - 1),
        "i": (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1),
        "f": (-3e38, 3e38),
    }[form.type[0]]
    return max(low, form.valid[0]), min(high, form.valid[1])


def _travelling(data: bytes, form: Form) -> bytes:
    """Big-endian bytes in the order in which the instrument sends them."""
    pairs = [data[at : at + 2] for at in range(0, len(data), 2)]
    if form.order in {"CDAB", "DCBA"}:
        pairs.reverse()
    if form.order in {"BADC", "DCBA"}:
        pairs = [pair[::-1] for pair in pairs]
    return b"".join(pairs)
