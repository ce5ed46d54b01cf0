"""Yosemitech turbidity sensors: they measure between two commands that the Modbus standard does not know.

Start is a read of no registers, and so is stop; the wiper is set off by a write of no registers. Numbers are
little-endian. Source: the makers' manuals as EnviroDIY YosemitechModbus and ModularSensors quote them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from drivers.simulated.instruments import words
from drivers.simulated.modbus_frame import Instrument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.simulated.instruments import Look

_START, _STOP = bytes.fromhex("03 25 00"), bytes.fromhex("03 2E 00")
_WIPE = bytes.fromhex("10 31 00 00 00 00")
_NOTHING_READ = bytes.fromhex("03 00")
_VALUES_AT = 0x2600
_FACTOR_AT = 0x1100
_WRITE_FACTOR = bytes.fromhex("10 11 00 00 04 08")  # K and B: value = K x + B
_WRITE_HEAD = 6
_ANSWER_HEAD = 5
_WIPING_S = 10.0
_WIPER_NTU = 900.0  # what the optics see of the brush


class Turbidity:
    """Y510, or Y511 with its wiper. It shows nothing unless started, and half of the truth until settled.

    Args:
        look: the site's state at the moment of a question.
        now: seconds of any clock, for settling and wiping.
        settle_s: time from the start to a right value.
        has_wiper: Y511.
    """

    def __init__(
        self, look: Look, now: Callable[[], float], settle_s: float, *, has_wiper: bool = False
    ) -> None:
        self._look = look
        self._now = now
        self._settle_s = settle_s
        self._has_wiper = has_wiper
        self._factor, self._offset = 1.0, 0.0
        self._started_s: float | None = None
        self._wiped_s = -_WIPING_S

    @property
    def is_started(self) -> bool:
        """Whether the lamp is on."""
        return self._started_s is not None

    def instrument(self) -> Instrument:
        """It as a slave on a line."""
        return Instrument(self._registers, frozenset({3, 16}), command=self._command)

    def _command(self, body: bytes) -> bytes | None:
        if body.startswith(_START):
            self._started_s = self._now()
        elif body.startswith(_STOP):
            self._started_s = None
        elif body == _WIPE and self._has_wiper:
            self._wiped_s = self._now()
            return body[:-1]
        elif body.startswith(_WRITE_FACTOR):
            self._factor, self._offset = struct.unpack("<2f", body[_WRITE_HEAD:])
            return body[:_ANSWER_HEAD]
        else:
            return None
        return _NOTHING_READ

    def _registers(self) -> Mapping[int, int]:
        shown_ntu = self._factor * self._turbidity_ntu() + self._offset
        values = struct.pack("<2fH", self._look().water_temp_c, shown_ntu, 0)
        law = struct.pack("<2f", self._factor, self._offset)
        return {**words(values, _VALUES_AT), **words(law, _FACTOR_AT)}

    def _turbidity_ntu(self) -> float:
        if self._started_s is None:
            return 0.0
        if self._now() < self._wiped_s + _WIPING_S:
            return _WIPER_NTU
        truth = self._look().turbidity_ntu
        return truth if self._now() >= self._started_s + self._settle_s else truth / 2
