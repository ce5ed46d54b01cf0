"""What an EZO circuit says, taken apart. Pure: bytes in, words and numbers out, or GarbledError.

Source: the Atlas Scientific data sheets of the EZO circuits, UART and I2C modes.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from drivers.ezo.command import INFO, SLOPE, STATUS

if TYPE_CHECKING:
    from drivers.ezo.command import Command

EVENTS = {
    "*RS": "it restarted",
    "*RE": "it has finished its start",
    "*SL": "it went to sleep",
    "*WA": "it woke up",
    "*UV": "its supply voltage is too low",
    "*OV": "its supply voltage is too high",
}
RESTARTS = frozenset({"*RS", "*RE"})
SUPPLY = frozenset({"*UV", "*OV"})
_OK, _ERROR = "*OK", "*ER"

_CAUSES = {
    "P": "its power was switched on",
    "S": "a software reset",
    "B": "a brown-out: its supply dipped",
    "W": "its watchdog",
    "U": "an unknown cause",
}

# Between 85 and 105 % of the theoretical slope an electrode is fit for use.
_LOWEST_SLOPE, _HIGHEST_SLOPE = 85.0, 105.0

_TEXT = re.compile(rb"[\x20-\x7e]*")


class GarbledError(ValueError):
    """These bytes are not what a circuit says. The message says what is wrong with them."""


class Heard(NamedTuple):
    """What stood in the lines heard after a question over UART.

    `answer` is None as long as there is none. `events` are the codes that came unasked, in order. `noise`
    says that there were lines, or a beginning of one, that mean nothing.
    """

    answer: str | None
    is_refused: bool
    events: tuple[str, ...]
    noise: bool


def hear(heard: bytes, command: Command) -> Heard:
    """Find the answer to `command` among the lines heard, each of which a carriage return ends."""
    *lines, rest = (line.strip(b"\n") for line in heard.split(b"\r"))
    answer, codes, noise = None, [], bool(rest)
    for line in filter(None, lines):
        text = line.decode("ascii", "replace")
        if command.answer.fullmatch(text):
            answer = answer or text
        elif text.upper() in {_OK, _ERROR, *EVENTS}:
            codes.append(text.upper())
        elif text != command.text:  # an adapter that hears itself
            noise = True
    return Heard(answer, _ERROR in codes, tuple(code for code in codes if code in EVENTS), noise)


class State(Enum):
    """The first byte of an I2C answer."""

    DONE = 1
    REFUSED = 2
    PENDING = 254
    NO_DATA = 255


def unpack(heard: bytes) -> tuple[State, str]:
    """The state, and the text when it is DONE. Raises GarbledError.

    With the clock-stretching fault of the BCM2835 family the first bit of a byte may read as one. Text is
    ASCII and states below 128 are only two, so that bit means nothing there and is dropped.
    """
    if not heard:
        raise GarbledError("nothing came")
    code = heard[0]
    try:
        state = State(code) if code in {State.PENDING.value, State.NO_DATA.value} else State(code & 0x7F)
    except ValueError:
        raise GarbledError(f"there is no status {code}") from None
    if state is not State.DONE:
        return state, ""
    text, end, _ = bytes(byte & 0x7F for byte in heard[1:]).partition(b"\0")
    if not end:
        raise GarbledError("its text does not end")
    if not _TEXT.fullmatch(text):
        raise GarbledError("its text holds control characters")
    return state, text.decode("ascii")


def body(text: str, command: Command) -> str:
    """What stands behind the name of a query in its answer: `0` of `?C,0`. Raises GarbledError."""
    match = command.answer.fullmatch(text)
    if match is None:
        raise GarbledError(f"{text!r} is no answer to {command.text}")
    found: str = match[1]
    return found


class Info(NamedTuple):
    """Which circuit it is, and its firmware."""

    name: str
    firmware: str


def info(text: str) -> Info:
    """From the answer to `i`: `?i,pH,1.98`. Raises GarbledError."""
    name, firmware = body(text, INFO).split(",")
    return Info(name, firmware)


class Status(NamedTuple):
    """Why the circuit started last, in words, and its supply now."""

    cause: str
    supply_v: float


def status(text: str) -> Status:
    """From the answer to `Status`: `?Status,P,5.038`. Raises GarbledError."""
    code, volts = body(text, STATUS).split(",")
    return Status(_CAUSES.get(code.upper(), f"a cause that it calls {code}"), float(volts))


class Slope(NamedTuple):
    """How a calibrated pH electrode compares with an ideal one.

    Slopes in percent of the theoretical one, on the acid and the base side; `zero_mv` at pH 7 is missing
    from older firmware.
    """

    acid_percent: float
    base_percent: float
    zero_mv: float | None

    @property
    def is_fit(self) -> bool:
        """Whether both slopes are those of an electrode that can be used: 85 to 105 %."""
        return all(_LOWEST_SLOPE <= each <= _HIGHEST_SLOPE for each in self[:2])


def slope(text: str) -> Slope:
    """From the answer to `Slope,?`: `?Slope,99.7,100.3,-0.89`. Raises GarbledError."""
    acid, base, *zero = map(float, body(text, SLOPE).split(","))
    return Slope(acid, base, zero[0] if zero else None)
