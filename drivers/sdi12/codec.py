"""SDI-12 as text: commands, answers, values, checksum. Pure.

    recorder   0M!                       start a measurement
    sensor     00013<CR><LF>             ready in 001 s, 3 values
    sensor     0<CR><LF>                 service request: ready already
    recorder   0D0!                      the values, please; D1, D2 ... until all have come
    sensor     0+2401.3+18.4+152<CR><LF>

Source: SDI-12, a serial-digital interface standard for microprocessor-based sensors, version 1.4, sdi-12.org.
"""

from __future__ import annotations

import re
import string
from typing import NamedTuple

from drivers.contract import BadAnswerError

ADDRESSES = string.digits + string.ascii_uppercase + string.ascii_lowercase
END = b"\r\n"
MOST_PAGES = 10  # D0 to D9

# Address, 75 characters of values, checksum, CR and LF.
LONGEST_ANSWER = 1 + 75 + 3 + len(END)
LONGEST_IDENTITY = 1 + 2 + 8 + 6 + 3 + 13 + len(END)

_VALUE = re.compile(r"[+-](?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_MOST_DIGITS = 7  # of a value
_CRC_LENGTH = 3
_START = {"M": re.compile(r"([0-9]{3})([0-9])"), "C": re.compile(r"([0-9]{3})([0-9]{2})")}
_IDENTITY = re.compile(r"([0-9]{2})([ -~]{8})([ -~]{6})([ -~]{3})([ -~]{0,13})")
# The C between letter and number asks for a checksum on the values.
COMMAND_PATTERN = r"^([MC]C?[1-9]?|RC?[0-9])$"
ADDRESS_PATTERN = r"^[0-9A-Za-z]$"

_NOISE_HINT = "check length, screen and earth of the cable, and that no two sensors share an address"


class Start(NamedTuple):
    """What a sensor says to M or C: when its values will be ready, and how many."""

    wait_s: int
    value_count: int


class Identity(NamedTuple):
    """Who a sensor says it is, without the blanks that pad it. `version` 13 is SDI-12 1.3."""

    address: str
    version: str
    vendor: str
    model: str
    firmware: str
    serial: str


def is_command(body: str) -> bool:
    """Whether `body` is a measurement command without its address: M, MC3, C, CC1, R0, RC9."""
    return re.fullmatch(COMMAND_PATTERN, body) is not None


def has_checksum(body: str) -> bool:
    """Whether the values asked for by the command `body` come with a checksum."""
    return body[1:2] == "C"


def crc(data: bytes) -> bytes:
    """The checksum over address and values as three printable characters (version 1.4, section 4.4.12)."""
    number = 0
    for byte in data:
        number ^= byte
        for _ in range(8):
            number = number >> 1 ^ 0xA001 if number & 1 else number >> 1
    return bytes((0x40 | number >> 12, 0x40 | number >> 6 & 0x3F, 0x40 | number & 0x3F))


def body(line: bytes, address: str) -> str:
    """What the sensor at `address` says in `line`, without address and line end. Raises BadAnswerError."""
    if not line.endswith(END):
        raise _bad(line, "the answer breaks off")
    text = line[: -len(END)]
    # DEL is not printable, but a checksum may hold it.
    if not text or not all(0x20 <= byte <= 0x7F for byte in text):  # noqa: PLR2004  ASCII codes
        raise _bad(line, "there are characters in it that no sensor sends")
    said = text.decode("ascii")
    if said[0] != address:
        who = f"address {said[0]} answers instead" if said[0] in ADDRESSES else "it begins with no address"
        raise _bad(line, who)
    return said[1:]


def checked(line: bytes, address: str) -> str:
    """The same for values with a checksum, which is proved and taken off. Raises BadAnswerError."""
    said = body(line, address)
    text = line[: -len(END)]
    if len(said) < _CRC_LENGTH or crc(text[:-_CRC_LENGTH]) != text[-_CRC_LENGTH:]:
        raise _bad(line, "its checksum is wrong")
    return said[:-_CRC_LENGTH]


def start(said: str, command: str) -> Start:
    """The answer to M, `tttn`, or to C, `tttnn`. Raises BadAnswerError."""
    match = _START[command[0]].fullmatch(said)
    if match is None:
        raise _bad(said.encode(), "it does not say when values will be ready and how many")
    return Start(int(match[1]), int(match[2]))


def values(said: str) -> tuple[float, ...]:
    """The numbers of one answer to D or R; none when the sensor has none. Raises BadAnswerError."""
    found = _VALUE.findall(said)
    if "".join(found) != said or any(_digits(each) > _MOST_DIGITS for each in found):
        raise _bad(said.encode(), "what it says are no SDI-12 values")
    return tuple(float(each) for each in found)


def identity(said: str, address: str) -> Identity:
    """The answer to I. Raises BadAnswerError."""
    match = _IDENTITY.fullmatch(said)
    if match is None:
        raise _bad(said.encode(), "it does not identify itself as SDI-12 asks")
    version, vendor, model, firmware, serial = (part.strip() for part in match.groups())
    return Identity(address, version, vendor, model, firmware, serial)


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


def _bad(heard: bytes, what: str) -> BadAnswerError:
    return BadAnswerError(f"{what} (heard {heard!r})", _NOISE_HINT)
