"""The line of simulated instruments, as a program: `python -m benchmarks.wire DIR UNITS BAUD DEAD CORRUPT`.

The first DEAD units are silent, and a share CORRUPT of all answers arrives with a wrong checksum.

Each answer of a unit carries how often it has been asked, in the register of the conductivity. The time of
each answer is kept in memory and written to DIR/answers.txt at the end, as `unit count monotonic_ns`.
"""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from drivers.simulated.modbus_frame import READ_HOLDING, Instrument
from drivers.simulated.modbus_slave import Fault, ModbusSlave

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "sn-3002-tr"
CHANNELS = 4
PORT_NAME = "rs485-0"
ANSWERS_NAME = "answers.txt"
# What the profile allows the conductivity to be; a run is far shorter.
_COUNT_LIMIT = 20_000


class Diary:
    """Which unit gave which count at which moment of the machine's monotonic clock."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def instrument(self, unit: int) -> Instrument:
        """A soil probe (moisture, temperature, conductivity, pH) whose conductivity counts its answers."""
        asked = 0

        def registers() -> dict[int, int]:
            nonlocal asked
            asked = asked % _COUNT_LIMIT + 1
            self._lines.append(f"{unit} {asked} {time.monotonic_ns()}\n")
            return {0: 200 + (7 * asked + unit) % 100, 1: 100 + 3 * asked % 100, 2: asked, 3: 60 + unit}

        return Instrument(registers, frozenset({READ_HOLDING}))

    def save(self, path: Path) -> None:
        """Write it all down."""
        path.write_text("".join(self._lines))


def read_answers(folder: Path) -> dict[tuple[int, int], int]:
    """By (unit, count): when that answer was given, ns of the monotonic clock."""
    rows = (map(int, line.split()) for line in (folder / ANSWERS_NAME).read_text().splitlines())
    return {(unit, count): at_ns for unit, count, at_ns in rows}


class Trouble(NamedTuple):
    """What is wrong with the line."""

    dead: int
    corrupt: float

    def befall(self, line: ModbusSlave, units: int) -> None:
        """Let it happen from now on."""
        for unit in range(1, units + 1):
            if unit <= self.dead:
                line.fault(unit, Fault.SILENT)
            elif self.corrupt:
                line.fault(unit, Fault.BAD_CRC, rate=self.corrupt)


def _serve(folder: Path, units: int, baud: int, trouble: Trouble, wait: Callable[[], object]) -> None:
    diary = Diary()
    port = folder / PORT_NAME
    with ModbusSlave(
        {unit: diary.instrument(unit) for unit in range(1, units + 1)}, baud=baud or None
    ) as line:
        trouble.befall(line, units)
        port.symlink_to(line.port)
        print("ready", flush=True)
        wait()
    port.unlink()
    diary.save(folder / ANSWERS_NAME)


if __name__ == "__main__":
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    directory, unit_count, rate, dead, corrupt = sys.argv[1:]
    _serve(
        Path(directory),
        int(unit_count),
        int(rate),
        Trouble(int(dead), float(corrupt)),
        lambda: signal.sigwait(signals),
    )
