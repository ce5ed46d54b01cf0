"""Which sensors' guided sessions are not over: one file each, of which the name says enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DIRECTORY = "calibrating"


def unfinished(state_dir: Path) -> list[str]:
    """The sensors whose sessions are kept."""
    return sorted(path.stem for path in (state_dir / DIRECTORY).glob("*.json"))
