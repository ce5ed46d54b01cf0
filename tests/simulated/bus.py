"""An I2C bus inside the test's own process, with the calls that the Adafruit libraries make."""

from __future__ import annotations

from errno import EREMOTEIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drivers.simulated.i2c_server import Chip


class WireClock:
    """Seconds of the wire that pass only when a transaction does."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class InProcessBus:
    """Chips by address; a transaction takes half a millisecond of `clock`, as at 100 kHz. Logs all writes."""

    def __init__(self, chips: dict[int, Chip], clock: WireClock) -> None:
        self._chips = chips
        self._clock = clock
        self.written: list[str] = []

    def try_lock(self) -> bool:
        return True

    def unlock(self) -> None:
        pass

    def writeto(self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None) -> None:
        self._transfer(address, bytes(buffer[start:end]), 0)

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        size = len(buffer[start:end])
        buffer[start : start + size] = self._transfer(address, b"", size)

    def writeto_then_readfrom(
        self,
        address: int,
        buffer_out: bytearray,
        buffer_in: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
        stop: bool = False,
    ) -> None:
        size = len(buffer_in[in_start:in_end])
        buffer_in[in_start : in_start + size] = self._transfer(
            address, bytes(buffer_out[out_start:out_end]), size
        )

    def _transfer(self, address: int, write: bytes, read_len: int) -> bytes:
        self._clock.now_s += 0.0005
        if write and not read_len:
            self.written.append(write.hex().upper())
        if address not in self._chips:
            raise OSError(EREMOTEIO, "no such chip")
        return self._chips[address].transfer(write, read_len)
