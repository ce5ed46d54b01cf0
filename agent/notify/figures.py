"""The figures of an event as lines, each beside the threshold that it was compared with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FROM = "_from"
# Told elsewhere in the message, or in the event's own text.
_ELSEWHERE = {"advice", "late_s"}
_MOST = 40


def figures(data: Mapping[str, float | str]) -> Iterator[str]:
    """`NAME = NUMBER (against THRESHOLD)` for each; nothing when there are none."""
    shown = [name for name in data if name not in _ELSEWHERE and not _is_threshold(name, data)]
    if shown:
        yield from ("", "Numbers:")
    for name in shown[:_MOST]:
        threshold = data.get(f"{name}{_FROM}")
        asked = "" if threshold is None else f" (against {_number(threshold)})"
        yield f"  {name} = {_number(data[name])}{asked}"


def _is_threshold(name: str, data: Mapping[str, float | str]) -> bool:
    return name.endswith(_FROM) and name.removesuffix(_FROM) in data


def _number(value: float | str) -> str:
    text = value if isinstance(value, str) else f"{value:.4g}"
    return "".join(char if char.isprintable() else " " for char in text)
