"""What an EZO circuit is asked, and what an answer to it looks like.

Answers are known by their shape: on a UART anything else may stand between the lines.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_SHORT_S = 0.3  # every command but a reading and a calibration
# Digits are bounded, so that no line, however long, becomes an absurd number or takes long to look at.
_NUMBER = r"[+-]?\d{1,7}(?:\.\d{1,4})?"
_FLAGS = re.ASCII | re.IGNORECASE


class Command(NamedTuple):
    """One question. `answer` matches the whole line that answers; its group is the part behind the name."""

    text: str
    takes_s: float
    answer: re.Pattern[str]
    may_be_silent: bool = False
    if_refused: str = (
        "old firmware does not know every command (without temperature_c, readings need no RT); "
        "if it comes and goes, commands arrive damaged: check the cable"
    )


def _query(text: str, name: str, body: str) -> Command:
    """A question whose answer repeats its name: `?C,0`; the data sheets also print `?,C,0`."""
    return Command(text, _SHORT_S, re.compile(rf"\?,?{name},?({body})", _FLAGS))


INFO = _query("i", "i", r"[A-Z0-9.]{1,8},[A-Z0-9.]{1,8}")
STATUS = _query("Status", "STATUS", r"[A-Z],\d{1,2}(?:\.\d{1,3})?")
SLOPE = _query("Slope,?", "SLOPE", rf"{_NUMBER},{_NUMBER}(?:,{_NUMBER})?")
CONTINUOUS = _query("C,?", "C", r"\d{1,2}")
OUTPUTS = _query("O,?", "O", r"[A-Z%,]{0,20}")
SCALE = _query("S,?", "S", "[CKF]")
CALIBRATED = _query("Cal,?", "CAL", r"\d")
TEMPERATURE = _query("T,?", "T", _NUMBER)
CELL = _query("K,?", "K", _NUMBER)
# Its `*OK` never comes when response codes are switched off.
HUSH = Command("C,0", _SHORT_S, re.compile(r"(\*OK)", _FLAGS), may_be_silent=True)

_READING = re.compile(rf"({_NUMBER}(?:,{_NUMBER}){{0,3}})", _FLAGS)


def reading(takes_s: float, temperature_c: float | None) -> Command:
    """Measure once, at the sample temperature where it is known (`RT` sets it and reads in one)."""
    text = "R" if temperature_c is None else f"RT,{round(temperature_c, 2)}"
    return Command(text, takes_s, _READING)


def order(text: str, takes_s: float = _SHORT_S) -> Command:
    """Something to do, without data to answer with: `*OK` on a UART if response codes are on, or nothing."""
    return Command(
        text,
        takes_s,
        re.compile(r"(\*OK)?", _FLAGS),
        may_be_silent=True,
        if_refused="it does not take that: look at the number, and whether it is locked (`Plock,?`)",
    )
