"""One chip on an I2C bus: transfers of bytes, whose failures already say who is to blame."""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING

from drivers.contract import BusError, DriverError, NoAnswerError

if TYPE_CHECKING:
    from drivers.bus.i2c import I2cBus

# A chip that is not there does not acknowledge; which number says so depends on the adapter's kernel driver.
_NOT_ACKNOWLEDGED = frozenset({errno.EREMOTEIO, errno.ENXIO})


class I2cChip:
    """Whoever answers at one address.

    Args:
        bus: open.
        address: 7 bits.
        hint: what to check when nobody answers.
    """

    def __init__(self, bus: I2cBus, address: int, hint: str) -> None:
        self._bus = bus
        self._address = address
        self._hint = hint
        self.where = f"0x{address:02X} on {bus.name}"

    def ask(self, write: bytes, length: int) -> bytes:
        """Write, then, after a repeated start, read `length` bytes. Raises DriverError."""
        heard = bytearray(length)
        try:
            self._bus.writeto_then_readfrom(self._address, write, heard)
        except OSError as error:
            raise self.blame(error) from error
        return bytes(heard)

    def ask_slowly(self, write: bytes, length: int, pause_s: float) -> bytes:
        """Write, leave the chip a moment to think, then read. Raises DriverError."""
        self.tell(write)
        time.sleep(pause_s)
        heard = bytearray(length)
        try:
            self._bus.readfrom_into(self._address, heard)
        except OSError as error:
            raise self.blame(error) from error
        return bytes(heard)

    def tell(self, write: bytes) -> None:
        """Write. Raises DriverError."""
        try:
            self._bus.writeto(self._address, write)
        except OSError as error:
            raise self.blame(error) from error

    def blame(self, error: OSError) -> DriverError:
        """Whose fault a failed transfer is."""
        if error.errno not in _NOT_ACKNOWLEDGED:
            return BusError(
                f"I2C bus {self._bus.name} failed while talking to {self.where}: {error}",
                "check SDA and SCL for shorts and length; lower the bus speed with dtparam=i2c_arm_baudrate",
            )
        return NoAnswerError(f"nothing answers at {self.where}", self._hint)

    def stuck(self) -> BusError:
        """What it means when everything reads 0: with SDA held low every address seems to answer."""
        return BusError(
            f"I2C bus {self._bus.name} is stuck: SDA is held low, every read gives 0",
            "switch the power of the instruments on this bus off and on; a reboot alone does not free it",
        )
