"""What the detectors see and what they cannot see yet, as lines of `skyground status`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.events.kinds import kind_words

if TYPE_CHECKING:
    from collections.abc import Mapping


def watch_lines(watch: Mapping[str, Any]) -> list[str]:
    """What stands, the gravest first; then what is still learned. Nothing when there is nothing to say."""
    if watch["restoring"]:
        seen = f", now at {_minute(watch['last_block'])}" if watch["last_block"] else ""
        return [f"detectors: they go through the last weeks once more{seen}"]
    standing = sorted(watch["standing"], key=lambda each: -each["severity"])
    learning = [kind.replace("_", " ") for kind, is_so in watch["learning"].items() if is_so]
    lines = [_standing(each) for each in standing]
    if learning and watch["since"]:
        lines.append(
            f"detectors: still learning the site since {_minute(watch['since'])};"
            f" no alarm is possible yet of {' and '.join(learning)}"
        )
    return lines


def _standing(alarm: Mapping[str, Any]) -> str:
    what = kind_words(alarm["kind"])
    at = f" {alarm['subject']}" if alarm["subject"] else ""
    how = alarm["mechanism"].replace("_", " ")
    return f"{alarm['level'].upper()} {what}{at}: {how}; skyground events show {alarm['id']}"


def _minute(utc: str) -> str:
    return f"{utc[:16].replace('T', ' ')} UTC"
