"""Yosemitech Y532, a pH sensor that takes three buffers and then says what it makes of them.

Numbers are little-endian. Source: the maker's manual as EnviroDIY YosemitechModbus quotes it. Which slopes it
refuses is not published: those of this one are a guess.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from drivers.simulated.electrode import NEUTRAL, Electrode, ideal_slope_mv
from drivers.simulated.instruments import words
from drivers.simulated.modbus_frame import Instrument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.simulated.instruments import Look

_WRITE_POINT = bytes.fromhex("10 23 00 00 02 04")
_WRITE_HEAD = 6
_ANSWER_HEAD = 5
_TAKEN, _MISMATCHED, _TOO_FEW, _OUT_OF_RANGE = 0, 1, 2, 4  # at 0x0E00
_POINTS = 3
_LEAST_APART_PH = 1.0
_LEAST_SLOPE, _MOST_SLOPE = 0.75, 1.10


class Ph:
    """The sensor. It is told its buffers one by one.

    Args:
        look: what the probe sees at the moment of a question.
        electrode: the one that it has now; it believes in `factory` until it was calibrated.
    """

    factory = Electrode(slope=0.98, zero_mv=0.0, settle_s=10.0)

    def __init__(self, look: Look, electrode: Callable[[], Electrode] | None = None) -> None:
        self._look = look
        self._electrode = electrode or (lambda: self.factory)
        self._believed = self.factory
        self._points: list[tuple[float, float]] = []  # pH as told, and mV over those of an ideal slope
        self._status = _TAKEN

    def instrument(self) -> Instrument:
        """It as a slave on a line."""
        return Instrument(self._registers, frozenset({3, 16}), command=self._command)

    def _command(self, body: bytes) -> bytes | None:
        if not body.startswith(_WRITE_POINT):
            return None
        self._take(struct.unpack("<f", body[_WRITE_HEAD:])[0])
        return body[:_ANSWER_HEAD]

    def _registers(self) -> Mapping[int, int]:
        state = self._look()
        mv = self._electrode().mv(state.ph, state.water_temp_c)
        ph = self._believed.ph(mv, state.water_temp_c)
        return {
            **words(struct.pack("<f", ph), 0x2800),
            **words(struct.pack("<f", state.water_temp_c), 0x2400),
            **words(struct.pack("<f", mv), 0x1200),
            0x0E00: self._status << 8,
        }

    def _take(self, buffer_ph: float) -> None:
        """A buffer, one of three: the third brings the verdict, and only a good one changes anything."""
        state = self._look()
        mv = self._electrode().mv(state.ph, state.water_temp_c)
        self._points.append((buffer_ph, mv / ideal_slope_mv(state.water_temp_c)))
        self._status = _TOO_FEW
        if len(self._points) == _POINTS:
            self._status = self._judge(sorted(self._points), ideal_slope_mv(state.water_temp_c))
            self._points.clear()

    def _judge(self, points: list[tuple[float, float]], ideal_mv: float) -> int:
        (low, low_mv), (mid, _), (high, high_mv) = points
        if min(mid - low, high - mid) < _LEAST_APART_PH:
            return _MISMATCHED
        slope = (high_mv - low_mv) / (high - low)
        if not _LEAST_SLOPE <= slope <= _MOST_SLOPE:
            return _OUT_OF_RANGE
        self._believed = Electrode(slope, (low_mv - slope * (low - NEUTRAL)) * ideal_mv, 0.0)
        return _TAKEN
