"""The numbers of an event as lines, each beside the threshold that it was held against. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.events.figures import figures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Told elsewhere in the message.
_ELSEWHERE = {"confidence", "late_s"}
_MOST = 40


def number_lines(data: Mapping[str, float | str]) -> Iterator[str]:
    """`pH 5.12 (held against 6)` for each; nothing when there are none."""
    found = figures({name: value for name, value in data.items() if name not in _ELSEWHERE})
    if found:
        yield from ("", "Numbers:")
    for each in found[:_MOST]:
        yield f"  {each.words}{f' (held against {each.limit})' if each.limit else ''}"
