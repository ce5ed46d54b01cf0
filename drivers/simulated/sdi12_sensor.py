"""SDI-12 as a sensor sees it: what it answers to a command, and when it asks for service. No I/O.

Written from the standard, on purpose without a look at the codec by which the agent reads real sensors.
Source: SDI-12 version 1.4, sections 4.4 and 7, sdi-12.org.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_PAGE_AFTER_M, _PAGE_AFTER_C = 35, 75  # most characters of values in one answer
_START = re.compile(r"([MC])(C?)([1-9]?)")
_CONTINUOUS = re.compile(r"R(C?)([0-9])")
_DATA = re.compile(r"D([0-9])")


class Measurement(NamedTuple):
    """What a sensor can measure.

    Attributes:
        values: the numbers as the sensor writes them, sign first: `+18.4`.
        wait_s: the whole seconds that it announces.
        takes_s: how long it really takes; it asks for service then, when that is before its time.
        most_values: how many it puts into one answer, if fewer than would fit.
    """

    values: Callable[[], Sequence[str]]
    wait_s: int = 0
    takes_s: float = 0.0
    most_values: int = 99


def crc(text: str) -> str:
    """The three characters of the checksum."""
    number = 0
    for byte in text.encode("ascii"):
        number ^= byte
        for _ in range(8):
            odd, number = number & 1, number >> 1
            if odd:
                number ^= 0xA001
    return chr(0x40 | number >> 12) + chr(0x40 | number >> 6 & 0x3F) + chr(0x40 | number & 0x3F)


class Sdi12Sensor:
    """One sensor.

    Args:
        address: one character.
        identity: what it says to I after its address: version, vendor, model, firmware, serial number.
        measurements: by the number in M and C; `""` is the plain command.
        continuous: what R gives, by its number.
    """

    def __init__(
        self,
        address: str,
        identity: str,
        measurements: Mapping[str, Measurement],
        continuous: Mapping[str, Callable[[], Sequence[str]]] | None = None,
    ) -> None:
        self.address = address
        self._identity = identity
        self._measurements = measurements
        self._continuous = continuous or {}
        self._pages: list[str] = []
        self._ready_at = -math.inf
        self._attention_at = math.inf
        self._breaks_abort = False
        self._with_crc = False

    def wake(self, now: float) -> None:
        """A break on the line: it aborts what M has begun, and is nothing to C."""
        if self._breaks_abort and now < self._ready_at:
            self._forget()

    def attention_at(self) -> float:
        """When it will ask for service; never is infinity."""
        return self._attention_at

    def ask_for_service(self) -> str:
        """It is ready before its time, and says so once."""
        self._ready_at, self._attention_at = self._attention_at, math.inf
        return self.address

    def answer(self, command: str, now: float) -> str | None:
        """What it says to a command with its address and without the mark; None when it knows no such."""
        if now < self._ready_at:
            self._forget()  # asked while it measures: aborted, whether M or C began it
        body = command[1:]
        if body == "":
            return self.address
        if body == "I":
            return self.address + self._identity
        if match := _START.fullmatch(body):
            return self._begin(match[1], match[2], match[3], now)
        if match := _DATA.fullmatch(body):
            return self._page(int(match[1]))
        match = _CONTINUOUS.fullmatch(body)
        if match is None or match[2] not in self._continuous:
            return None
        return self._signed("".join(self._continuous[match[2]]()), with_crc=bool(match[1]))

    def _begin(self, kind: str, checksum: str, number: str, now: float) -> str | None:
        measurement = self._measurements.get(number)
        if measurement is None:
            return None
        self._forget()
        values = measurement.values()
        most_chars = _PAGE_AFTER_M if kind == "M" else _PAGE_AFTER_C
        self._pages = paged(values, most_chars, measurement.most_values)
        self._with_crc = bool(checksum)
        self._ready_at = now + measurement.takes_s
        if kind == "M" and measurement.wait_s:
            self._breaks_abort = True
            self._attention_at = now + measurement.takes_s
        width = 1 if kind == "M" else 2
        return f"{self.address}{measurement.wait_s:03d}{len(values):0{width}d}"

    def _page(self, number: int) -> str:
        self._attention_at = math.inf
        page = self._pages[number] if number < len(self._pages) else ""
        return self._signed(page, with_crc=self._with_crc)

    def _signed(self, values: str, *, with_crc: bool) -> str:
        text = self.address + values
        return text + crc(text) if with_crc else text

    def _forget(self) -> None:
        self._pages = []
        self._ready_at, self._attention_at = -math.inf, math.inf
        self._breaks_abort = False


def paged(values: Sequence[str], most_chars: int, most_values: int) -> list[str]:
    """Values side by side in as few answers as hold them within both limits."""
    pages: list[list[str]] = [[]]
    for value in values:
        if len(pages[-1]) == most_values or len("".join(pages[-1])) + len(value) > most_chars:
            pages.append([])
        pages[-1].append(value)
    return ["".join(page) for page in pages]
