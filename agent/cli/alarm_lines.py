"""What the detectors found, as lines for people: the title, why, the numbers, what to do first. Pure."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from agent.cli.paint import painted
from agent.events.kinds import HAZARDS

if TYPE_CHECKING:
    from agent.model import Event

_INDENT = "    "


def is_alarm(event: Event) -> bool:
    """Whether it is about the site, and not about the station or a probe."""
    return event.kind in HAZARDS


def alarm_lines(event: Event, width: int, *, colour: bool) -> list[str]:
    """One alarm as it stands, in lines of `width` characters at the most."""
    title = textwrap.shorten(event.title, width, placeholder="...")
    title = painted(title, event.severity, colour=colour)
    text = textwrap.wrap(event.text, width, initial_indent=_INDENT, subsequent_indent=_INDENT)
    return [title, *text]
