"""Which Modbus units answer on a line, and what they may be. Only reads (functions 3 and 4) are sent.

A unit is asked for one register; whatever comes back, a refusal too, is somebody. Who is there is asked for
the first registers of every profile, and the profiles that make sense of the answers are the guess.

Nobody can wait for 247 units as long as the slowest instrument takes. One that misses its time answers into
the question to somebody else: an intact answer says from whom it comes, and that one is `late`. It is worth
a patient search of its own.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from drivers.modbus.frame import answers, framed, refusal
from drivers.modbus.profile import Block
from drivers.modbus.wire import Wire
from drivers.scan.found import Found, Progress
from drivers.scan.modbus_guess import first_blocks, further_blocks, guesses
from drivers.scan.overheard import frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drivers.bus.serial import LineSettings, SerialLine
    from drivers.scan.found import Step

# Most instruments answer within a tenth of a second when they are asked for what they have ready. The slowest
# ones that the station knows take a second, which their makers mean as typical: hence half of it on top.
_PATIENCE_S = 0.3
_THOROUGH_PATIENCE_S = 1.2
_PATIENT_S = 1.5
_NEUTRAL = Block(3, 0, 1)
_QUESTION_CHARS, _ANSWER_CHARS, _SILENCE_CHARS = 8, 5, 7
_SHOWN_BYTES = 16
_MOST_HEARD_BYTES = 512  # two of the longest frames there are
UNITS = range(1, 248)


def silent_unit_s(settings: LineSettings, *, thorough: bool) -> float:
    """How long a unit takes that is not there."""
    wire_s = (2 * _QUESTION_CHARS + _ANSWER_CHARS + _SILENCE_CHARS) * settings.char_s
    return (wire_s + _patience_s(thorough=thorough, patient=False)) * (1 + thorough * len(first_blocks()))


def listening_s(*, thorough: bool) -> float:
    """How long late answers are waited for once the last question is over."""
    return max(0.0, _THOROUGH_PATIENCE_S - _patience_s(thorough=thorough, patient=False))


def search(
    line: SerialLine, units: Iterable[int] = UNITS, *, thorough: bool = False, patient: bool = False
) -> Iterator[Step]:
    """Ask each of `units`. Yields after each question. Raises BusError.

    Args:
        line: open; its speed and parity are those of the instruments, or nobody answers.
        units: from 1 to 247.
        thorough: some instruments are silent when asked for a register that they do not have, some are slow:
            try the registers of every profile, and wait longer, before a unit is taken for absent.
        patient: wait as long as it takes, because these units have been heard to be late.
    """
    ears = _Ears(line, _patience_s(thorough=thorough, patient=patient))
    for unit in units:
        asked = _Unit(line, unit, ears)
        yield from asked.call(thorough=thorough)
        if asked.is_there:
            yield from asked.inquire()
            yield asked.found()
        yield from ears.late()
    if not patient:
        yield from ears.listen()


def _patience_s(*, thorough: bool, patient: bool) -> float:
    if patient:
        return _PATIENT_S
    return _THOROUGH_PATIENCE_S if thorough else _PATIENCE_S


class _Ears:
    """What is heard on the line beyond the answer that is waited for.

    Args:
        line: open.
        patience_s: longest silence before an answer.
    """

    def __init__(self, line: SerialLine, patience_s: float) -> None:
        self._line = line
        self.patience_s = patience_s
        self._asked: set[int] = set()
        self._late: list[int] = []
        self._told: set[int] = set()
        self._last = 0
        self._until_s = 0.0  # by then everybody asked has answered, or is not there
        self._until_before_s = 0.0

    def begin(self, unit: int) -> None:
        """A question to `unit` comes next: whatever lies there now answers an earlier one."""
        self.notice(frames(self._line.read(_MOST_HEARD_BYTES, time.monotonic())))
        self._asked.add(unit)
        self._last = unit
        self._until_before_s = self._until_s
        self._until_s = time.monotonic() + _THOROUGH_PATIENCE_S

    def rest(self, begun_s: float, length: int) -> bytes:
        """What else comes in the time of a question of `begun_s` for `length` registers. Raises BusError."""
        wire_s = (_QUESTION_CHARS + _ANSWER_CHARS + 2 * length) * self._line.settings.char_s
        return self._line.read(_MOST_HEARD_BYTES, begun_s + self.patience_s + wire_s)

    def notice(self, heard: Iterable[bytes]) -> bool:
        """Remember whose of the answers in `heard` come too late; returns whether there is any."""
        units = [frame[0] for frame in heard if frame[0] in self._asked]
        self._late += units
        return bool(units)

    def answered(self) -> None:
        """The last question has its answer: nobody is waited for on its account."""
        self._until_s = self._until_before_s

    def late(self) -> Iterator[Found]:
        """Who was late, each once."""
        for unit in dict.fromkeys(self._late):
            if unit not in self._told:
                self._told.add(unit)
                yield Found("unit", unit, "it answers too late, or not what it was asked", late=True)
        self._late = []

    def listen(self) -> Iterator[Step]:
        """Wait until the last one asked would have answered. Raises BusError."""
        while (left_s := self._until_s - time.monotonic()) > 0:
            # In pieces: a station reads its own sensors in between.
            piece_s = time.monotonic() + min(left_s, _PATIENCE_S)
            self.notice(frames(self._line.read(_MOST_HEARD_BYTES, piece_s)))
            yield Progress(self._last)
        yield from self.late()


class _Unit:
    """What is known of one unit."""

    def __init__(self, line: SerialLine, unit: int, ears: _Ears) -> None:
        self._line = line
        self._unit = unit
        self._ears = ears
        self._wire = Wire(line, ears.patience_s)
        self._answers: dict[Block, bytes] = {}
        self._refuses = False
        self._damage = b""

    @property
    def is_there(self) -> bool:
        """Whether anything at all came."""
        return bool(self._answers or self._refuses or self._damage)

    def call(self, *, thorough: bool) -> Iterator[Progress]:
        """Ask until something comes."""
        for block in [_NEUTRAL, *(first_blocks() if thorough else ())]:
            self._ask(block)
            yield Progress(self._unit)
            if self._damage:
                # Noise, or several at once: a second question tells it from an instrument.
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
        self._ears.begin(self._unit)
        begun_s = time.monotonic()
        heard = self._wire.exchange(request)
        if not heard or self._understood(block, request, heard):
            return
        # Somebody else's answer may stand in front of this unit's.
        heard += self._ears.rest(begun_s, block.length)
        whole = frames(heard)
        if b"".join(whole) != heard:
            self._ears.notice(frame for frame in whole if frame[0] != self._unit)
            self._damage = heard
            return
        late = [frame for frame in whole if not self._understood(block, request, frame)]
        if not self._ears.notice(late) and len(late) == len(whole):
            self._damage = heard

    def _understood(self, block: Block, request: bytes, heard: bytes) -> bool:
        """Whether it answers the question, be it with a refusal."""
        if answers(request, heard, 5 + 2 * block.length):
            self._answers[block] = heard[3:-2]
        elif refusal(request, heard) is not None:
            self._refuses = True
        else:
            return False
        self._ears.answered()
        return True

    def _who(self, values: str) -> str:
        if values:
            return values
        if self._answers or self._refuses:
            return "it answers, and no profile makes sense of what it says"
        return (
            f"what answers is damaged (heard {self._damage[:_SHOWN_BYTES].hex(' ')}): two instruments with "
            "one number, another speed or parity, or a noisy line"
        )
