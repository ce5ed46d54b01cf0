"""A chip, the real bus object, and a driver between them, in one process and in no time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from drivers.bus import triggered
from drivers.bus.i2c import I2cBus
from drivers.contract import Later

if TYPE_CHECKING:
    import pytest

    from drivers.contract import Driver, Reading
    from drivers.simulated.i2c_server import Chip

_MOST_LATERS = 100


class _Wire:
    """An adapter without a kernel: each transaction is a call."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip

    def transfer(self, _address: int, write: bytes, read_len: int) -> bytes:
        return self._chip.transfer(write, read_len)

    def close(self) -> None:
        pass


def bus_of(chip: Chip) -> I2cBus:
    """A bus on which this chip answers at every address."""
    return I2cBus("i2c-9", _Wire(chip))


class WireTime:
    """Seconds of the wire, which pass when somebody waits. Chips and drivers of a test share them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1000.0
        monkeypatch.setattr(triggered, "time", SimpleNamespace(monotonic=self))

    def __call__(self) -> float:
        return self.now_s

    def finished(self, driver: Driver) -> tuple[Reading, ...]:
        """What comes of a read, waiting as it asks."""
        for _ in range(_MOST_LATERS):
            found = driver.read()
            if not isinstance(found, Later):
                return found
            self.now_s += found.after_s
        raise AssertionError("it says Later for ever")

    def values(self, driver: Driver) -> dict[str, float | None]:
        """The raw values of a read, by quantity."""
        return {reading.quantity: reading.raw for reading in self.finished(driver)}
