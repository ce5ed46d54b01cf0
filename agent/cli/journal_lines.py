"""What `skyground status` says of the journal: its room, the life of its card, what went wrong. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# A card's life is a rough figure: beyond this it is only said to be long.
_MANY_YEARS = 1000


def journal_lines(journal: Mapping[str, Any]) -> list[str]:
    """How far it is and what it takes; then only what somebody should know."""
    space = journal["space"]
    room = f"{space['taken_mb']:.0f} of {space['max_mb']:.0f} MB"
    lines = [
        f"journal at record {_count(journal['head'])}, {room} in {journal['path']}",
        f"  {_life(space)}",
    ]
    if space["given_up"]:
        lines.append(f"  {_count(space['given_up'])} records were given up, undelivered, to make room")
    if space["disk_low"]:
        lines.append(f"  DISK NEARLY FULL: {space['disk_free_mb']:.0f} MB left, delivered records make room")
        lines.append("  help: find what fills it: df -h, du -xh / | sort -h | tail")
    if journal["error"]:
        waiting = f"{_count(journal['waiting'])} records wait in memory"
        lines.append(f"  CANNOT BE {_done(journal)}: {journal['error']}; {waiting}")
    return lines


def _life(space: Mapping[str, Any]) -> str:
    a_day, years = space["written_mb_per_day"], space["card_years"]
    if a_day is None:
        return "writes to the card: not known yet, ask again an hour after the start"
    if years is None:
        return "writes nothing to a card"
    how_long = f"about {years:.0f} years" if years < _MANY_YEARS else f"over {_MANY_YEARS} years"
    return f"writes about {a_day:.0f} MB a day: a card of {space['card_tb']:g} TB lasts {how_long}"


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _done(journal: Mapping[str, Any]) -> str:
    """What the disk refuses."""
    return "WRITTEN" if journal["open"] else "OPENED"
