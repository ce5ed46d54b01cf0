"""An EZO circuit on an I2C bus: a command is written, and its answer read once it has been made."""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING

from drivers.contract import BadAnswerError, BusError, NoAnswerError
from drivers.ezo.answer import GarbledError, State, unpack
from drivers.ezo.link import refused

if TYPE_CHECKING:
    from drivers.bus.i2c import I2cBus
    from drivers.contract import DriverError
    from drivers.ezo.command import Command

_ANSWER_BYTES = 40  # status, the longest text there is, and its end
_SHOWN_BYTES = 16
# A circuit that is not there does not acknowledge; which number says so depends on the adapter's driver.
_NOT_ACKNOWLEDGED = frozenset({errno.EREMOTEIO, errno.ENXIO})


class I2cLink:
    """One circuit at an address; see `Link`. It may be late by `response_timeout_s`."""

    may_chatter = False

    def __init__(self, bus: I2cBus, address: int, response_timeout_s: float) -> None:
        self._bus = bus
        self._address = address
        self._response_timeout_s = response_timeout_s
        self._command: Command | None = None
        self._deadline = 0.0
        self.where = f"at 0x{address:02X} on {bus.name}"

    def start(self, command: Command) -> None:
        """Write the command; what it replaces is forgotten by the circuit too. Raises DriverError."""
        self._command = command
        try:
            self._bus.writeto(self._address, command.text.encode("ascii"))
        except OSError as error:
            raise self._blame(error) from error
        self._deadline = time.monotonic() + command.takes_s + self._response_timeout_s

    def collect(self) -> str | None:
        """The text of the answer, None while the circuit is at work. Raises DriverError."""
        command = self._command
        assert command is not None
        is_late = time.monotonic() >= self._deadline
        heard = self._read()
        try:
            state, text = unpack(heard)
        except GarbledError as error:
            raise self._garbled(command, str(error), heard) from error
        match state:
            case State.DONE if command.answer.fullmatch(text):
                return text
            case State.DONE:
                raise self._garbled(command, f"{text!r} answers something else", heard)
            case State.REFUSED:
                raise refused(self.where, command)
            case State.NO_DATA:
                raise BadAnswerError(
                    f"the EZO circuit {self.where} has no answer to {command.text}",
                    "it restarted or slept meanwhile: look at its supply if this repeats",
                )
        if is_late:
            raise BadAnswerError(
                f"the EZO circuit {self.where} is still busy with {command.text}, "
                f"{command.takes_s + self._response_timeout_s:g} s after it was asked",
                "switch its power off and on; if it is only slow, raise response_timeout_s",
            )
        return None

    def has_restarted(self) -> bool:
        """Never heard of: on this bus a circuit speaks only when asked."""
        return False

    def pause(self, seconds: float) -> None:
        """Leave the bus alone for so long."""
        self._bus.pause(seconds)

    def _read(self) -> bytes:
        heard = bytearray(_ANSWER_BYTES)
        try:
            self._bus.readfrom_into(self._address, heard)
        except OSError as error:
            raise self._blame(error) from error
        if not any(heard):
            # With SDA held low every address seems to answer and every bit reads 0.
            raise BusError(
                f"I2C bus {self._bus.name} is stuck: SDA is held low, every read gives 0",
                "switch the power of the instruments on this bus off and on; a reboot alone does not free it",
            )
        return bytes(heard)

    def _garbled(self, command: Command, why: str, heard: bytes) -> BadAnswerError:
        return BadAnswerError(
            f"the EZO circuit {self.where} gave no usable answer to {command.text}: {why} "
            f"(heard {heard[:_SHOWN_BYTES].hex(' ')})",
            "a Raspberry Pi before the 5 spoils bytes of instruments that stretch the clock: "
            "use the circuit's UART mode, or a bus with dtoverlay=i2c-gpio",
        )

    def _blame(self, error: OSError) -> DriverError:
        """Whose fault a failed transfer is."""
        if error.errno in _NOT_ACKNOWLEDGED:
            return NoAnswerError(
                f"nothing answers {self.where}",
                "check its power and address (`i2cdetect -y 1`), and its light: blue when it is in I2C mode, "
                "green in UART mode",
            )
        return BusError(
            f"I2C bus {self._bus.name} failed while talking to the EZO circuit {self.where}: {error}",
            "check SDA and SCL for shorts and length; a Raspberry Pi before the 5 cannot wait for one that "
            "stretches the clock: use the circuit's UART mode, or a bus with dtoverlay=i2c-gpio",
        )
