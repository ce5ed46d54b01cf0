"""Ways to people as lines of `skyground status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def notify_lines(notifiers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each with what it has to tell, and what is in its way."""
    lines = []
    for each in notifiers:
        waiting = f"{each['waiting']} to tell" if each["waiting"] else "all told"
        so_far = f"{each['open']} open, {each['delivered']} messages taken"
        lines.append(f"notifier {each['notifier']:<11} {waiting}, {so_far}")
        if each["last_error"]:
            lines.append(f"  NOBODY IS TOLD: {each['last_error']}")
            lines += [f"  help: {each['hint']}"] if each["hint"] else []
        for one in each["unreached"]:
            lines += [f"  NOT TOLD: {one['who']}: {one['why']}", f"  help: {one['hint']}"]
    return lines
