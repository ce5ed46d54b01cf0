"""One unit on a line: it is asked, and what went wrong is said in words."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import minimalmodbus

from drivers.contract import BadAnswerError, NoAnswerError, RefusedError
from drivers.modbus.frame import MEANINGS, answers, flaw, framed, refusal
from drivers.modbus.wire import Wire

if TYPE_CHECKING:
    from drivers.bus.serial import SerialLine
    from drivers.modbus.profile import Block, Profile

_SHOWN_BYTES = 32
_WRITE = 16
_WORKING = frozenset({5, 6})
_HOPELESS = frozenset({1, 2, 3})
_LESS_OFTEN = "ask less often: raise period_s"
_AT_THE_GATEWAY = "look at the gateway: its own settings, and its side of the line"
_AFTER_REFUSAL = {
    4: "look at the instrument's own display or status; switching its power off and on may help",
    5: _LESS_OFTEN,
    6: _LESS_OFTEN,
    8: "its memory is failing: switch its power off and on, and replace it if that does not help",
    10: _AT_THE_GATEWAY,
    11: _AT_THE_GATEWAY,
}


class BusyError(BadAnswerError):
    """It understood, and asks to be asked again later."""


class Master:
    """Asks one unit, described by `profile`, on `line`."""

    def __init__(self, line: SerialLine, unit: int, profile: Profile, response_timeout_s: float) -> None:
        self._line = line
        self._unit = unit
        self._profile = profile
        self._wire = Wire(line, response_timeout_s)
        self._master = minimalmodbus.Instrument(self._wire, unit)
        # The wire does it, and after the silence between frames rather than before it.
        self._master.clear_buffers_before_each_transaction = False

    def read(self, block: Block) -> bytes:
        """The registers of a block. Raises DriverError."""
        asked = f"to give registers 0x{block.registers[0]:04X} to 0x{block.registers[-1]:04X}"
        try:
            words = self._master.read_registers(block.address, block.length, block.function)
        except minimalmodbus.NoResponseError as error:
            raise self._silent() from error
        except minimalmodbus.ModbusException as error:
            raise self._misunderstood(asked) from error
        except ValueError as error:
            raise self._not_asked(asked, error) from error
        return struct.pack(f">{len(words)}H", *words)

    def say(self, body: bytes) -> None:
        """Say function and data as they stand; returns when the unit has answered. Raises DriverError."""
        answer = self._wire.exchange(framed(self._unit, body))
        if not answer:
            raise self._silent()
        if not answers(self._wire.request, answer, self._wire.expected):
            raise self._misunderstood(f"the command {body.hex(' ').upper()}")

    def write(self, address: int, data: bytes) -> None:
        """Write whole registers; says nothing of what became of them. Raises DriverError."""
        self.say(struct.pack(">BHHB", _WRITE, address, len(data) // 2, len(data)) + data)

    def __str__(self) -> str:
        return f"unit {self._unit} on {self._line.port}"

    def _silent(self) -> NoAnswerError:
        return NoAnswerError(f"{self} does not answer", self._advice())

    def _not_asked(self, asked: str, error: ValueError) -> BadAnswerError:
        """The checks of profiles let no such question through; one that slips by must not stop the bus."""
        return BadAnswerError(
            f"{self} cannot be asked {asked}: {error}",
            f"the registers of its profile ({self._profile.title}) and its input do not fit Modbus",
        )

    def _advice(self) -> str:
        """What to check first: the one thing that can be seen from here, or the usual ones."""
        usual, actual = self._profile.line, self._line.settings
        if usual not in (None, actual):
            return (
                f"the line runs at {actual}, and a {self._profile.title} leaves the factory at {usual}: "
                "one of the two has to change"
            )
        return "check its power, its unit number, and that A and B are not swapped"

    def _misunderstood(self, asked: str) -> BadAnswerError:
        code = refusal(self._wire.request, self._wire.answer)
        return self._damaged(asked) if code is None else self._refused(asked, code)

    def _refused(self, asked: str, code: int) -> BadAnswerError:
        meaning = MEANINGS.get(code, "a code of its maker's own")
        kind = BusyError if code in _WORKING else RefusedError if code in _HOPELESS else BadAnswerError
        return kind(
            f"{self} refuses {asked}: exception {code}, {meaning}",
            _AFTER_REFUSAL.get(code, f"is it really a {self._profile.title}?"),
        )

    def _damaged(self, asked: str) -> BadAnswerError:
        answer = self._wire.answer
        why = flaw(self._wire.request, answer, self._wire.expected)
        return BadAnswerError(
            f"{self} gave no usable answer when asked {asked}: {why} "
            f"(heard {answer[:_SHOWN_BYTES].hex(' ')})",
            "check shield, termination and bias, and that no two instruments share a unit number",
        )
