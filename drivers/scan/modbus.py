"""Which Modbus units answer on a line, and what they may be. Only reads (functions 3 and 4) are sent.

A unit is asked for one register; whatever comes back, a refusal too, is somebody. Who is there is asked for
the first registers of every profile, and the profiles that make sense of the answers are the guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.modbus.frame import answers, framed, refusal
from drivers.modbus.profile import Block
from drivers.modbus.wire import Wire
from drivers.scan.found import Found, Progress
from drivers.scan.modbus_guess import first_blocks, further_blocks, guesses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drivers.bus.serial import LineSettings, SerialLine
    from drivers.scan.found import Step

# Instruments answer within a tenth of a second when they are asked for what they have ready.
_PATIENCE_S = 0.3
_NEUTRAL = Block(3, 0, 1)
_QUESTION_CHARS, _ANSWER_CHARS, _SILENCE_CHARS = 8, 5, 7
_SHOWN_BYTES = 16
UNITS = range(1, 248)


def silent_unit_s(settings: LineSettings, *, thorough: bool) -> float:
    """How long a unit takes that is not there."""
    wire_s = (2 * _QUESTION_CHARS + _ANSWER_CHARS + _SILENCE_CHARS) * settings.char_s
    return (wire_s + _PATIENCE_S) * (1 + thorough * len(first_blocks()))


def search(line: SerialLine, units: Iterable[int] = UNITS, *, thorough: bool = False) -> Iterator[Step]:
    """Ask each of `units`. Yields after each question. Raises BusError.

    Args:
        line: open; its speed and parity are those of the instruments, or nobody answers.
        units: from 1 to 247.
        thorough: some instruments are silent when asked for a register that they do not have: try the
            registers of every profile before a unit is taken for absent.
    """
    for unit in units:
        asked = _Unit(line, unit)
        yield from asked.call(thorough=thorough)
        if asked.is_there:
            yield from asked.inquire()
            yield asked.found()


class _Unit:
    """What is known of one unit."""

    def __init__(self, line: SerialLine, unit: int) -> None:
        self._line = line
        self._unit = unit
        self._wire = Wire(line, _PATIENCE_S)
        self._answers: dict[Block, bytes] = {}
        self._refuses = False
        self._damage = b""

    @property
    def is_there(self) -> bool:
        """Whether anything at all came."""
        return bool(self._answers or self._refuses or self._damage)

    def call(self, *, thorough: bool) -> Iterator[Progress]:
        """Ask until something comes."""
        blocks = [_NEUTRAL, *(first_blocks() if thorough else ())]
        for block in blocks:
            self._ask(block)
            if self._damage and not self._answers:
                # The late answer of the unit before, or noise: a second question tells it from an instrument.
                self._damage = b""
                self._ask(block)
            yield Progress(self._unit)
            if self.is_there:
                return

    def inquire(self) -> Iterator[Progress]:
        """Ask for what every profile would have. One that is heard damaged is not worth it."""
        if not self._answers and not self._refuses:
            return
        for block in first_blocks():
            if block not in self._answers:
                self._ask(block)
                yield Progress(self._unit)
        for block in further_blocks(self._answers):
            self._ask(block)
            yield Progress(self._unit)

    def found(self) -> Found:
        """Who it is, as far as can be told."""
        best = guesses(self._answers, self._line.settings)
        return Found(
            "unit", self._unit, self._who(best[0].values if best else ""), tuple(b.model for b in best)
        )

    def _ask(self, block: Block) -> None:
        body = bytes((block.function,)) + block.address.to_bytes(2, "big") + block.length.to_bytes(2, "big")
        request = framed(self._unit, body)
        heard = self._wire.exchange(request)
        if answers(request, heard, 5 + 2 * block.length):
            self._answers[block] = heard[3:-2]
        elif refusal(request, heard) is not None:
            self._refuses = True
        elif heard:
            self._damage = heard

    def _who(self, values: str) -> str:
        if values:
            return values
        if self._answers or self._refuses:
            return "it answers, and no profile makes sense of what it says"
        return (
            f"what answers is damaged (heard {self._damage[:_SHOWN_BYTES].hex(' ')}): two instruments with "
            "one number, another speed or parity, or a noisy line"
        )
