"""What the detectors see and what they cannot see yet, as lines of `skyground status`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.events.kinds import kind_words

if TYPE_CHECKING:
    from collections.abc import Mapping


_LEARNED = {
    "acid_drainage": "acid drainage (from the fifth day on)",
    "subsidence": "unstable ground (from the sixth day of a gauge, the eighth of a head)",
}


def watch_lines(watch: Mapping[str, Any]) -> list[str]:
    """What stands, the gravest first; what is watched; what is still learned."""
    if not watch["channels"]:
        return ["detectors: nothing is watched, no channel is of use to them: docs/detection.md"]
    if watch["restoring"]:
        seen = f", now at {_minute(watch['last_block'])}" if watch["last_block"] else ""
        return [f"detectors: they go through the last weeks once more{seen}"]
    standing = sorted(watch["standing"], key=lambda each: -each["severity"])
    learning = [_LEARNED.get(kind, kind_words(kind)) for kind, is_so in watch["learning"].items() if is_so]
    lines = [*(_standing(each) for each in standing), _watched(watch)]
    if learning and watch["since"]:
        lines.append(
            f"detectors: still learning the site since {_minute(watch['since'])};"
            f" no alarm is possible yet of {' and '.join(learning)}"
        )
    if watch["decline_from"]:
        lines.append(_no_decline_yet(watch["decline_from"], watch["last_block"]))
    return lines


def _watched(watch: Mapping[str, Any]) -> str:
    """`detectors: nothing stands; 8 channels watched for acid drainage; last block ...; 0 late`."""
    begin = "" if watch["standing"] else "nothing stands; "
    hazards = " and ".join(kind_words(kind) for kind in watch["hazards"])
    channels = f"{watch['channels']} channel{'s' if watch['channels'] > 1 else ''} watched"
    upto = f"last block {_minute(watch['last_block'])}" if watch["last_block"] else "no block yet"
    late = f"{watch['late']} late, {watch['left_out']} left out"
    return f"detectors: {begin}{channels}{f' for {hazards}' if hazards else ''}; {upto}; {late}"


def _no_decline_yet(from_utc: str, last_block: str | None) -> str:
    what = "detectors: a slow decline of the water"
    if last_block and last_block >= from_utc:
        return f"{what} cannot be seen: too few dry days of the last weeks are known"
    return f"{what} can be seen from {_minute(from_utc)} on, later after rain"


def _standing(alarm: Mapping[str, Any]) -> str:
    what = kind_words(alarm["kind"])
    at = f" {alarm['subject']}" if alarm["subject"] else ""
    how = alarm["mechanism"].replace("_", " ")
    return f"{alarm['level'].upper()} {what}{at}: {how}; skyground events show {alarm['id']}"


def _minute(utc: str) -> str:
    return f"{utc[:16].replace('T', ' ')} UTC"
