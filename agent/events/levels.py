"""The levels of an event in words. Pure."""

from __future__ import annotations

from agent.model import Severity

LEVELS = {
    Severity.INFO: "for your information",
    Severity.BLUE: "advisory",
    Severity.YELLOW: "act",
    Severity.ORANGE: "act at once",
    Severity.RED: "stop and protect",
}
"""What each level asks of people."""


def level_word(severity: Severity) -> str:
    """As in every text and message: `red`."""
    return severity.name.lower()
