"""Which profile fits what a Modbus unit answered. Pure.

A guess is weighed by how improbable it would be by chance, in bits: a pH between 0 and 14 in a register that
could hold 0 to 655.35 says much, a number that may be anything says nothing.
"""

from __future__ import annotations

from functools import cache
from math import log2
from typing import TYPE_CHECKING, NamedTuple

from drivers.contract import BadAnswerError, Doubt
from drivers.modbus.decode import decode, shifted
from drivers.modbus.profile import FOLDER, Profile, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.bus.serial import LineSettings
    from drivers.modbus.profile import Block, Channel, Trust

# A question to one that takes longer starts a measurement, and its answer would come into the next question.
_SLOWEST_S = 2.0
# What an instrument could measure and a mine does not have; nothing finds a wrong map sooner.
_ON_EARTH = {"temperature": (-20.0, 60.0), "ph": (1.0, 13.0)}
_FLOAT_BITS = 16.0
_FLOAT_NOISE = 1e-6  # registers of something else, read as a float, are often next to nothing
_FEW_ANSWER_THERE = range(0x20, 0x10000)
_FAR_BITS = 4.0
_DECIMALS_BITS = 13.2  # 0 to 6 in a register of 16 bits
_FACTORY_LINE_BITS = 2.0
_FEWEST_BITS = 4.0
_MOST_GUESSES = 4
_TRUSTED: tuple[Trust | None, ...] = ("hardware", "manual", "community", None)


class Guess(NamedTuple):
    """A model, how much speaks for it, and what its profile makes of the answers."""

    model: str
    bits: float
    values: str


@cache
def profiles() -> dict[str, Profile]:
    """All profiles that can be tried in passing."""
    found = {path.stem: load(path.stem) for path in sorted(FOLDER.glob("*.toml"))}
    return {model: _usual(each) for model, each in found.items() if each.response_timeout_s <= _SLOWEST_S}


def first_blocks() -> list[Block]:
    """The first registers of every profile, each once."""
    return list(dict.fromkeys(each.read[0] for each in profiles().values()))


def further_blocks(answers: Mapping[Block, bytes]) -> list[Block]:
    """What is left to ask of the profiles that the answers so far do not speak against."""
    open_ = [
        each for each in profiles().values() if each.read[0] in answers and _values(each, answers) is not None
    ]
    return list(dict.fromkeys(block for each in open_ for block in each.read if block not in answers))


def guesses(answers: Mapping[Block, bytes], line: LineSettings) -> list[Guess]:
    """The profiles that fit, the best first; of equals the one that is trusted more."""
    found = [_guess(model, each, answers, line) for model, each in profiles().items()]
    fitting = [each for each in found if each is not None and each.bits >= _FEWEST_BITS]
    return sorted(fitting, key=_rank)[:_MOST_GUESSES]


def _rank(guess: Guess) -> tuple[float, int, str]:
    trust = profiles()[guess.model].trust
    return -round(guess.bits, 6), _TRUSTED.index(trust), guess.model


def _usual(profile: Profile) -> Profile:
    """Without what is read on request only."""
    channel = tuple(each for each in profile.channel if not each.diagnostic)
    needed = {profile.block_of(each) for each in channel}
    return profile._replace(channel=channel, read=tuple(each for each in profile.read if each in needed))


def _guess(model: str, profile: Profile, answers: Mapping[Block, bytes], line: LineSettings) -> Guess | None:
    if any(block not in answers for block in profile.read):
        return None
    values = _values(profile, answers)
    if values is None or not any(values):
        return None
    pairs = list(zip(profile.channel, values, strict=True))
    bits = sum(_bits(channel) for channel, value in pairs if value)
    bits += sum(_FAR_BITS for block in profile.read if block.address in _FEW_ANSWER_THERE)
    bits += _FACTORY_LINE_BITS if profile.line == line else 0.0
    return Guess(model, bits, _told(pairs))


def _values(profile: Profile, answers: Mapping[Block, bytes]) -> list[float] | None:
    """The values in the blocks that were answered; None when one of them cannot be."""
    asked = [each for each in profile.channel if profile.block_of(each) in answers]
    values = [_value(each, profile.block_of(each), answers) for each in asked]
    if any(value is None for value in values):
        return None
    return [value for value in values if value is not None]


def _value(channel: Channel, block: Block, answers: Mapping[Block, bytes]) -> float | None:
    """The channel's value if the instrument could measure it, here on earth."""

    def part(address: int, registers: int) -> bytes:
        at = 2 * (address - block.address)
        return answers[block][at : at + 2 * registers]

    try:
        value, doubt = decode(part(channel.address, channel.form.registers), channel.form)
        if channel.decimals_address is not None:
            value = shifted(value, part(channel.decimals_address, 1))
    except BadAnswerError:
        return None
    if value is None or doubt is not Doubt.NONE or not channel.spec.low <= value <= channel.spec.high:
        return None
    lowest, highest = _ON_EARTH.get(channel.spec.quantity, (value, value))
    if not lowest <= value <= highest:
        return None
    return None if channel.form.type == "f32" and 0 < abs(value) < _FLOAT_NOISE else value


def _bits(channel: Channel) -> float:
    """How improbable it is that a number of this form falls into the channel's range."""
    span = max(channel.spec.high - channel.spec.low, abs(channel.form.scale))
    if channel.form.type == "f32":
        return max(0.0, _FLOAT_BITS - log2(max(span, 1.0)))
    bits = max(0.0, 16 * channel.form.registers - log2(span / abs(channel.form.scale)))
    return bits if channel.decimals_address is None else bits + _DECIMALS_BITS


def _told(pairs: Iterable[tuple[Channel, float]]) -> str:
    return ", ".join(
        f"{channel.spec.quantity} {value:.4g} {channel.spec.raw_unit}" for channel, value in pairs
    )
