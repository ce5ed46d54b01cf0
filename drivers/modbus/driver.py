"""Any Modbus RTU instrument that a profile describes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import minimalmodbus

from drivers.contract import BadAnswerError, NoAnswerError, Reading
from drivers.modbus.decode import decode
from drivers.modbus.frame import MEANINGS, flaw, refusal
from drivers.modbus.profile import load
from drivers.modbus.wire import Wire

if TYPE_CHECKING:
    from drivers.bus.serial import SerialLine
    from drivers.contract import ChannelSpec
    from drivers.modbus.decode import Form
    from drivers.modbus.profile import Block, Channel, Profile
    from drivers.modbus.settings import ModbusSettings

_SHOWN_BYTES = 32
_BUSY = "ask less often: raise period_s"
_AFTER_REFUSAL = {
    4: "look at the instrument's own display or status; switching its power off and on may help",
    5: _BUSY,
    6: _BUSY,
}


def make(bus: SerialLine, model: str, settings: ModbusSettings) -> ModbusDriver:
    """The instrument with this unit number, described by the profile `model`."""
    return ModbusDriver(bus, load(model), settings)


class _Place(NamedTuple):
    """Where a channel's number lies: in which answer, and between which bytes of it."""

    quantity: str
    block: int
    span: slice
    form: Form


class ModbusDriver:
    """One instrument on a line: each `[[read]]` of its profile is one transaction."""

    def __init__(self, line: SerialLine, profile: Profile, settings: ModbusSettings) -> None:
        self._line = line
        self._profile = profile
        self._unit = settings.unit
        self._places = tuple(_place(profile, each) for each in profile.channel)
        self._wire = Wire(line, settings.response_timeout_s or profile.response_timeout_s)
        self._master = minimalmodbus.Instrument(self._wire, settings.unit)
        # The wire does it, and after the silence between frames rather than before it.
        self._master.clear_buffers_before_each_transaction = False

    @property
    def channels(self) -> tuple[ChannelSpec, ...]:
        """The profile's channels."""
        return self._profile.channels

    def probe(self) -> str:
        """Read the first block: all reads of a profile are free of side effects. Raises DriverError."""
        self._ask(self._profile.read[0])
        return f"unit {self._unit} answers as a {self._profile.title} would"

    def read(self) -> tuple[Reading, ...]:
        """One reading per channel. Raises DriverError; one block that fails fails all."""
        answers = [self._ask(block) for block in self._profile.read]
        return tuple(
            Reading(each.quantity, *decode(answers[each.block][each.span], each.form))
            for each in self._places
        )

    def _ask(self, block: Block) -> bytes:
        try:
            words = self._master.read_registers(block.address, block.length, block.function)
        except minimalmodbus.NoResponseError as error:
            raise self._silent() from error
        except minimalmodbus.ModbusException as error:
            raise self._misunderstood(block) from error
        return struct.pack(f">{len(words)}H", *words)

    def _silent(self) -> NoAnswerError:
        return NoAnswerError(f"{self._who()} does not answer", self._advice())

    def _advice(self) -> str:
        """What to check first: the one thing that can be seen from here, or the usual ones."""
        usual, actual = self._profile.line, self._line.settings
        if usual != actual:
            return (
                f"the line runs at {actual}, and a {self._profile.title} leaves the factory at {usual}: "
                "one of the two has to change"
            )
        return "check its power, its unit number, and that A and B are not swapped"

    def _misunderstood(self, block: Block) -> BadAnswerError:
        request, answer = self._wire.request, self._wire.answer
        asked = f"registers 0x{block.registers[0]:04X} to 0x{block.registers[-1]:04X}"
        code = refusal(request, answer)
        if code is not None:
            meaning = MEANINGS.get(code, "a code of its maker's own")
            return BadAnswerError(
                f"{self._who()} refuses to give {asked}: exception {code}, {meaning}",
                _AFTER_REFUSAL.get(code, f"is it really a {self._profile.title}?"),
            )
        return BadAnswerError(
            f"{self._who()} gave no usable answer for {asked}: "
            f"{flaw(request, answer, self._wire.expected)} (heard {answer[:_SHOWN_BYTES].hex(' ')})",
            "check shield, termination and bias, and that no two instruments share a unit number",
        )

    def _who(self) -> str:
        return f"unit {self._unit} on {self._line.port}"


def _place(profile: Profile, channel: Channel) -> _Place:
    block = profile.block_of(channel)
    at = 2 * (channel.address - block.address)
    span = slice(at, at + 2 * channel.form.registers)
    return _Place(channel.quantity, profile.read.index(block), span, channel.form)
