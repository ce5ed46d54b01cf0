"""Answers of SDI-12 sensors, and the profiles that describe them."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path

from drivers import sdi12
from drivers.contract import BadAnswerError
from drivers.sdi12 import codec
from drivers.sdi12.profile_schema import ProfileError, check
from fuzz.target import Target

_PROFILES = Path(sdi12.__file__).parent / "profiles"


def _answer(data: bytes) -> None:
    """Any bytes in place of a line, read as every kind of answer there is."""
    for said in _said(data):
        with suppress(BadAnswerError):
            codec.start(said, "M")
        with suppress(BadAnswerError):
            codec.start(said, "CC")
        with suppress(BadAnswerError):
            assert codec.identity(said, "0").address == "0"
        with suppress(BadAnswerError):
            assert all(map(math.isfinite, codec.values(said)))


def _said(data: bytes) -> list[str]:
    """What the sensor says, without and with a checksum."""
    found = []
    for read in (codec.body, codec.checked):
        with suppress(BadAnswerError):
            found.append(read(data, "0"))
    return found


def _profile(data: bytes) -> None:
    """Any text in place of a profile: it is right, or refused with the name of its file."""
    try:
        check(data.decode("utf-8", "replace"), "my.toml")
    except ProfileError as error:
        assert str(error).startswith("my.toml: ")  # noqa: PT017 - the fuzzer's findings are assertions


# From the specification's own examples.
_LINES = (
    b"00013\r\n",
    b"001006\r\n",
    b"013VENDOR  MODEL 001serial\r\n",
    b"0+3.14OqZ\r\n",
    b"0+3.14+2.718+1.414Ipz\r\n",
    b"0+1.11+2.22+3.33+4.44+5.55+6.66I]q\r\n",
    b"0+1.234-4.56+12354-0.00045+2.223+145.5+7.7003+4328.8+9+10+11.433+12Ba]\r\n",
    b"0\r\n",
)
ANSWER = Target(_answer, _LINES, (b"\r\n", b"+", b"-", b".", b"-9999", b"+9999999", b"OqZ"))
PROFILE = Target(
    _profile,
    tuple(path.read_bytes() for path in sorted(_PROFILES.glob("*.toml"))),
    (b"[[channel]]\n", b'command = "MC1"\n', b"inputs = 2\n", b"{input}", b"nan"),
)
