"""The colours of the levels on a terminal. Pure."""

from __future__ import annotations

from agent.model import Severity

_COLOURS = {Severity.BLUE: "34", Severity.YELLOW: "33", Severity.ORANGE: "38;5;208", Severity.RED: "1;31"}


def painted(text: str, level: Severity, *, colour: bool) -> str:
    """`text` in the colour of its level, where there are colours and the level has one."""
    code = _COLOURS.get(level)
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code else text
