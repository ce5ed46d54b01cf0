"""What the detectors found, as lines for people: the title, why, the numbers, what to do first. Pure."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from agent.model import Severity
from agent.watch.contract import Hazard

if TYPE_CHECKING:
    from agent.model import Event

_COLOURS = {Severity.BLUE: "34", Severity.YELLOW: "33", Severity.ORANGE: "38;5;208", Severity.RED: "1;31"}
_HAZARDS = frozenset({str(Hazard.ACID), str(Hazard.GROUND)})
_INDENT = "    "


def is_alarm(event: Event) -> bool:
    """Whether it is about the site, and not about the station or a probe."""
    return event.kind in _HAZARDS


def alarm_lines(event: Event, width: int, *, colour: bool) -> list[str]:
    """One alarm as it stands, in lines of `width` characters at the most."""
    title = textwrap.shorten(event.title, width, placeholder="...")
    code = _COLOURS.get(event.severity)
    if colour and code:
        title = f"\x1b[{code}m{title}\x1b[0m"
    text = textwrap.wrap(event.text, width, initial_indent=_INDENT, subsequent_indent=_INDENT)
    return [title, *text]
