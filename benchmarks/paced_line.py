"""How much of a slow wire the agent uses: four instruments at 9600 baud that are asked without end.

The limit is that of the wire (MODBUS over Serial Line V1.02), for N registers and characters of c seconds:

    t = 8 c + max(t3.5, L) + (5 + 2 N) c + t3.5

with L = 0 and the t3.5 of 11-bit characters, which the standard says and minimalmodbus keeps. The simulated
instruments take that time by sleeping, so a bare loop on the same line shows what is left to be had there.
"""

from __future__ import annotations

import os
import select
import time
import tty
from contextlib import ExitStack
from typing import TYPE_CHECKING

from benchmarks.result import Result
from benchmarks.station import Agent, start_wire
from benchmarks.wire import CHANNELS, PORT_NAME, read_answers
from drivers.simulated.modbus_frame import READ_HOLDING, framed

if TYPE_CHECKING:
    from pathlib import Path

_BAUD = 9600
_UNITS = 4
_PERIOD_S = 0.1  # less than the wire needs for a cycle: it is never idle
_CHARACTER_S = 10 / _BAUD
_SILENCE_S = 3.5 * 11 / _BAUD
_ANSWER_BYTES = 5 + 2 * CHANNELS
_SETTLE_S = 2.0


def limit_per_s() -> float:
    """Values a second that the wire can carry."""
    turn_s = (8 + _ANSWER_BYTES) * _CHARACTER_S + 2 * _SILENCE_S
    return CHANNELS / turn_s


def measure(folder: Path, seconds: float) -> list[Result]:
    """The agent's share of the limit, and a bare loop's."""
    agent = _agent_per_s(_made(folder / "agent"), seconds)
    bare = _bare_per_s(_made(folder / "bare"), seconds / 2)
    limit = limit_per_s()
    how = f"{agent:.1f} values/s of {limit:.1f}, {_UNITS} units of {CHANNELS} registers at {_BAUD} baud"
    return [
        Result("share of the wire's limit", 100 * agent / limit, "%", how, 98, at_least=True),
        Result("share of a bare loop", 100 * bare / limit, "%", "write, read, silence on the same line"),
    ]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _agent_per_s(folder: Path, seconds: float) -> float:
    with ExitStack() as stack:
        wire = start_wire(stack, folder, _UNITS, _BAUD)
        agent = stack.enter_context(Agent(folder, _UNITS, period_s=_PERIOD_S))
        agent.wait_until(agent.values, "the first values are committed")
        time.sleep(_SETTLE_S)
        begin_ns = time.monotonic_ns()
        time.sleep(seconds)
        end_ns = time.monotonic_ns()
        agent.stop()
        wire.stop()
    return _rate(sorted(at_ns for at_ns in read_answers(folder).values() if begin_ns <= at_ns < end_ns))


def _bare_per_s(folder: Path, seconds: float) -> float:
    with ExitStack() as stack:
        wire = start_wire(stack, folder, _UNITS, _BAUD)
        port = os.open(folder / PORT_NAME, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(port)
        end_s = time.monotonic() + seconds
        unit = 0
        while time.monotonic() < end_s:
            unit = unit % _UNITS + 1
            os.write(port, framed(bytes((unit, READ_HOLDING, 0, 0, 0, CHANNELS))))
            heard = b""
            while len(heard) < _ANSWER_BYTES and select.select([port], [], [], 1.0)[0]:
                heard += os.read(port, _ANSWER_BYTES - len(heard))
            time.sleep(_SILENCE_S)
        os.close(port)
        wire.stop()
    return _rate(sorted(read_answers(folder).values()))


def _rate(answers_ns: list[int]) -> float:
    """Values a second between the first and the last answer."""
    return CHANNELS * (len(answers_ns) - 1) * 1e9 / (answers_ns[-1] - answers_ns[0])
