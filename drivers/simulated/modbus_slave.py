"""A line of Modbus RTU instruments on a pseudo-terminal: any serial master opens `port` and asks.

What goes wrong on real lines goes wrong here on request, per unit, while everything else stays healthy.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from drivers.simulated.modbus_frame import (
    BROADCAST,
    MAX_FRAME,
    exception,
    framed,
    is_intact,
    request_length,
    respond,
)
from drivers.simulated.noise import uniform
from drivers.simulated.pty_line import PtyLine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from drivers.simulated.modbus_frame import Instrument

_BITS_PER_CHAR = 10  # 8N1
_T3_5_CHARS = 3.5
_FAST_BAUD = 19200
_FAST_T3_5_S = 0.00175  # fixed above 19200 baud (MODBUS over Serial Line V1.02, 2.5.1.1)
# A pty delivers a whole write at once; silence this long means that the rest will not come.
_END_OF_FRAME_S = 0.02
_UNPACED_CHAR_S = 0.0005
_REMEMBERED_REQUESTS = 256


class Fault(Enum):
    """How an instrument or its cable misbehaves."""

    SILENT = "silent"
    BAD_CRC = "bad_crc"
    TRUNCATED = "truncated"
    WRONG_UNIT = "wrong_unit"
    EXCEPTION = "exception"
    DELAY = "delay"
    ECHO = "echo"  # an adapter that hears itself: the request comes back in front of the answer
    BYTE_BY_BYTE = "byte_by_byte"
    GARBAGE = "garbage"


class FaultPlan(NamedTuple):
    """One fault: how often it strikes (share of the answers), and its own number where it has one."""

    fault: Fault
    rate: float = 1.0
    delay_s: float = 0.5
    code: int = 4  # of the exception; 4 is "device failure"


def _no_plan(_unit: int) -> Sequence[FaultPlan]:
    return ()


class ModbusSlave(PtyLine):
    """Serves `instruments` by unit from its own thread, between `start` and `close`.

    Args:
        instruments: who answers, by Modbus address; anybody else is silent.
        planned: faults due now for a unit, on top of those set by `fault`.
        baud: take the time on the wire that this rate would take; None answers at once.
        seed: decides which answers a fault with a rate below 1 strikes.

    Attributes:
        port: what a master opens.
        heard: the latest intact requests, oldest first.
    """

    def __init__(
        self,
        instruments: Mapping[int, Instrument],
        *,
        planned: Callable[[int], Sequence[FaultPlan]] = _no_plan,
        baud: int | None = None,
        seed: int = 1,
    ) -> None:
        super().__init__("simulated-rs485")
        self._instruments = instruments
        self._planned = planned
        self._baud = baud
        self._seed = seed
        self._faults: dict[tuple[int, Fault], FaultPlan] = {}
        self._lots = 0
        self.heard: deque[bytes] = deque(maxlen=_REMEMBERED_REQUESTS)

    def fault(
        self, unit: int, fault: Fault, *, rate: float = 1.0, delay_s: float = 0.5, code: int = 4
    ) -> None:
        """Let `unit` misbehave from the next request on; several faults may be set side by side."""
        self._faults[unit, fault] = FaultPlan(fault, rate, delay_s, code)

    def clear(self, unit: int) -> None:
        """Heal `unit` of everything that `fault` did to it."""
        for each in Fault:
            self._faults.pop((unit, each), None)

    def _serve(self) -> None:
        while not self._stop.is_set():
            request = self._receive()
            if is_intact(request):
                self.heard.append(request)
                self._answer(request)
            else:
                self._skip_to_silence()

    def _receive(self) -> bytes:
        """One request: complete by its own length, or ended by silence. Empty on closing."""
        frame = b""
        while len(frame) < request_length(frame):
            if not self._is_readable(_END_OF_FRAME_S if frame else None):
                break
            frame += self._read(request_length(frame) - len(frame))
        return frame

    def _skip_to_silence(self) -> None:
        """After damage, only a pause says where the next request begins."""
        while self._is_readable(_END_OF_FRAME_S):
            self._read(MAX_FRAME)

    def _answer(self, request: bytes) -> None:
        unit = request[0]
        instrument = self._instruments.get(unit)
        if instrument is None or unit == BROADCAST:
            return
        struck = {plan.fault: plan for plan in self._plans(unit) if self._strikes(plan)}
        if Fault.SILENT in struck:
            return
        if Fault.DELAY in struck:
            self._stop.wait(struck[Fault.DELAY].delay_s)
        if Fault.EXCEPTION in struck:
            response = exception(request, struck[Fault.EXCEPTION].code)
        else:
            response = respond(instrument, request)
        seen = damaged(request, response, frozenset(struck))
        self._transmit(
            request,
            [seen[at : at + 1] for at in range(len(seen))] if Fault.BYTE_BY_BYTE in struck else [seen],
        )

    def _plans(self, unit: int) -> list[FaultPlan]:
        return [
            *self._planned(unit),
            *(plan for (each, _), plan in list(self._faults.items()) if each == unit),
        ]

    def _strikes(self, plan: FaultPlan) -> bool:
        self._lots += 1
        return uniform(self._seed, self._lots) < plan.rate

    def _transmit(self, request: bytes, pieces: Sequence[bytes]) -> None:
        """Send an answer in these pieces, each after the time that it spends on the wire."""
        if self._baud:
            self._stop.wait(lead_s(len(request), self._baud))
        char_s = _BITS_PER_CHAR / self._baud if self._baud else _UNPACED_CHAR_S * (len(pieces) > 1)
        for piece in pieces:
            self._stop.wait(len(piece) * char_s)
            self._write(piece)


def lead_s(request_length: int, baud: int) -> float:
    """From the start of a request to the first byte of the answer: its own time, and the silence after it."""
    char_s = _BITS_PER_CHAR / baud
    silence_s = _T3_5_CHARS * char_s if baud <= _FAST_BAUD else _FAST_T3_5_S
    return request_length * char_s + silence_s


def damaged(request: bytes, response: bytes, faults: frozenset[Fault]) -> bytes:
    """What the master sees of `response` when these faults strike. Pure."""
    if Fault.WRONG_UNIT in faults:
        foreign = bytes((response[0] % 247 + 1,)) + response[1:-2]
        response = framed(foreign)
    if Fault.BAD_CRC in faults:
        response = response[:-1] + bytes((response[-1] ^ 0xFF,))
    if Fault.TRUNCATED in faults:
        response = response[: len(response) // 2]
    if Fault.GARBAGE in faults:
        response = b"\x00\xff\x7e" + response
    return request + response if Fault.ECHO in faults else response
