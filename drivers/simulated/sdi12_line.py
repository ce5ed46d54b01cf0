"""SDI-12 sensors behind an adapter on a pseudo-terminal: any recorder opens `port` and asks in text.

A pseudo-terminal carries neither break nor parity, so every command counts as one that a break came before.
With the fault ECHO it is as near to a bare level shifter as that allows: the recorder hears itself.
"""

from __future__ import annotations

import math
import os
import time
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING

from drivers.simulated.noise import uniform
from drivers.simulated.pty_line import PtyLine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.simulated.sdi12_sensor import Sdi12Sensor

_END = "\r\n"
_ANYBODY = "?"
_MOST_BYTES = 256
_REMEMBERED_COMMANDS = 256
_CHAR_S = 10 / 1200
_HURRIED_CHAR_S = 0.0005


class Fault(Enum):
    """How a sensor, its cable or the adapter misbehaves."""

    SILENT = "silent"
    DAMAGED = "damaged"  # a bit of the first character after the address is turned
    BAD_CRC = "bad_crc"
    TRUNCATED = "truncated"
    WRONG_ADDRESS = "wrong_address"
    NO_VALUES = "no_values"
    DELAY = "delay"
    ECHO = "echo"
    ECHO_LINE = "echo_line"  # the same, with a line end after it
    BYTE_BY_BYTE = "byte_by_byte"
    GARBAGE = "garbage"


class Sdi12Line(PtyLine):
    """Serves `sensors` from its own thread, between `start` and `close`.

    Args:
        sensors: who is on the line.
        paced: take the time that 1200 baud would take.
        seed: decides which answers a fault with a rate below 1 strikes.

    Attributes:
        port: what a recorder opens.
        heard: the latest commands, oldest first.
    """

    def __init__(self, sensors: Iterable[Sdi12Sensor], *, paced: bool = False, seed: int = 1) -> None:
        super().__init__("simulated-sdi12")
        self._sensors = {sensor.address: sensor for sensor in sensors}
        self._paced = paced
        self._seed = seed
        self._lots = 0
        self._faults: dict[Fault, float] = {}
        self._delay_s = 0.0
        self.heard: deque[str] = deque(maxlen=_REMEMBERED_COMMANDS)

    def fault(self, fault: Fault, *, rate: float = 1.0, delay_s: float = 0.5) -> None:
        """Let the line misbehave from the next command on; several faults may be set side by side."""
        self._delay_s = delay_s
        self._faults[fault] = rate

    def clear(self) -> None:
        """Heal everything that `fault` did."""
        self._faults = {}

    def say(self, data: bytes) -> None:
        """Something comes that nobody asked for: the text that a METER probe sends when it gets power."""
        os.write(self._master, data)

    def _serve(self) -> None:
        waiting = ""
        while not self._stop.is_set():
            if not self._is_readable(self._idle_s()):
                self._serve_attention()
                continue
            waiting += self._read(_MOST_BYTES).decode("latin-1")
            *commands, waiting = waiting[-_MOST_BYTES:].split("!")
            for command in commands:
                self._answer(command.lstrip(_END))

    def _idle_s(self) -> float | None:
        """Until the next sensor asks for service; None when none will."""
        at = min((sensor.attention_at() for sensor in self._sensors.values()), default=math.inf)
        return None if math.isinf(at) else max(0.0, at - time.monotonic())

    def _serve_attention(self) -> None:
        for sensor in self._sensors.values():
            if sensor.attention_at() <= time.monotonic():
                struck = self._struck()
                self._transmit(damaged("", sensor.ask_for_service(), struck), struck)

    def _answer(self, command: str) -> None:
        self.heard.append(command)
        now = time.monotonic()
        for sensor in self._sensors.values():
            sensor.wake(now)
        struck = self._struck()
        if Fault.DELAY in struck:
            self._stop.wait(self._delay_s)
        for said in self._said(command, now):
            self._transmit(damaged(command, said, struck), struck)

    def _said(self, command: str, now: float) -> list[str | None]:
        """What comes back: all sensors answer `?`, one or nobody answers anything else."""
        asked = command[:1]
        if asked == _ANYBODY:
            return [sensor.answer(command, now) for sensor in self._sensors.values()]
        sensor = self._sensors.get(asked)
        return [sensor.answer(command, now) if sensor else None]

    def _struck(self) -> frozenset[Fault]:
        return frozenset(fault for fault, rate in list(self._faults.items()) if self._strikes(rate))

    def _strikes(self, rate: float) -> bool:
        self._lots += 1
        return uniform(self._seed, self._lots) < rate

    def _transmit(self, text: str, struck: frozenset[Fault]) -> None:
        """Send in one piece, or in single characters with their time on the wire."""
        data = text.encode("latin-1")
        by_byte = self._paced or Fault.BYTE_BY_BYTE in struck
        char_s = _CHAR_S if self._paced else _HURRIED_CHAR_S
        for piece in [data[at : at + 1] for at in range(len(data))] if by_byte else [data]:
            if by_byte:
                self._stop.wait(char_s)
            self._write(piece)


def damaged(command: str, said: str | None, faults: frozenset[Fault]) -> str:
    """What the recorder hears of an answer, or of words unasked, when these faults strike. Pure."""
    echo = f"{command}!" if command and faults & {Fault.ECHO, Fault.ECHO_LINE} else ""
    if echo and Fault.ECHO_LINE in faults:
        echo += _END
    if said is None or Fault.SILENT in faults:
        return echo
    if Fault.NO_VALUES in faults and command[1:2] in {"D", "R"}:
        said = said[0]
    if Fault.WRONG_ADDRESS in faults:
        said = chr(ord(said[0]) + 1) + said[1:]
    if Fault.BAD_CRC in faults:
        said = said[:-1] + chr(ord(said[-1]) ^ 0x01)
    line = said + _END
    if Fault.DAMAGED in faults:
        line = line[0] + chr(ord(line[1]) ^ 0x40) + line[2:]
    if Fault.TRUNCATED in faults:
        line = line[: len(line) // 2]
    if Fault.GARBAGE in faults:
        line = "\x05\x7f~" + line
    return echo + line
