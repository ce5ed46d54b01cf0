"""A step of a guided calibration as lines for a narrow terminal. Pure."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from agent.acquire.calibration.step import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_QUICK = frozenset({"save", "undo", "command"})  # mostly over before anybody sees it
NARROWEST, WIDEST = 30, 72


def step_lines(step: Mapping[str, Any], width: int) -> list[str]:
    """The heading, what to do, and what may be answered."""
    number = "" if step["kind"] in _QUICK else f"{step['place']}. "
    lines = ["", *_wrapped(f"{number}{step['title']}".upper(), width), *_wrapped(step["text"], width)]
    for field in step["fields"]:
        for place, option in enumerate(field["options"], 1):
            lines += _wrapped(f"{place}  {option['key']}: {option['label']}", width, indent="   ")
    return lines


def prompt(step: Mapping[str, Any]) -> str:
    """What stands before the place to type, with what an empty answer means."""
    if not step["fields"]:
        return "Enter > "
    (field,) = step["fields"]
    default = f"[{field['default']}] " if field["default"] else ""
    if step["kind"] != "number":
        return f"{default}> "
    return f"{default}> " if field["unit"] in {"", "1"} else f"{default}{field['unit']} > "


def progress_line(progress: Mapping[str, Any] | None, width: int) -> str:
    """How a measurement does, in one line: `-8.2 mV, drifting 0.4 mV/min, 22 of 45 s`."""
    if progress is None:
        return "..."
    if progress["error"]:
        return _cut(progress["error"], width)
    return _cut(_signals(progress["signals"]), width)


def _signals(signals: Sequence[Mapping[str, Any]]) -> str:
    """Several have to share the line: their drift is in the unit of each."""
    if not signals or any(signal["value"] is None for signal in signals):
        return "waiting for readings"
    shown = []
    for signal in signals:
        unit, drift = spoken(signal["unit"]), _rough(abs(signal["drift_per_min"]))
        drifts = f"drifting {drift}{unit}/min" if len(signals) == 1 else f"{drift}/min"
        shown.append(f"{signal['value']:.4g}{unit}, {drifts}")
    last = min(signals, key=lambda signal: float(signal["held_s"]))
    held_s = min(last["held_s"], last["window_s"])
    return f"{'; '.join(shown)}, {held_s:.0f} of {last['window_s']:.0f} s"


def _rough(number: float) -> str:
    """Two figures, and never an exponent in front of somebody with a bottle in his hand."""
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"  # noqa: PLR2004 - two figures


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    wide = max(NARROWEST, min(width, WIDEST))
    return textwrap.wrap(text, wide, subsequent_indent=indent, break_on_hyphens=False)


def _cut(text: str, width: int) -> str:
    return text if len(text) < width else f"{text[: width - 4]}..."
