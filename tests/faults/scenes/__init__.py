"""The scenes, by what goes wrong."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.scene import Scene

_MODULES = ("kill", "link", "storage_calls", "disk", "damage", "stop", "spoilt", "bus", "broker", "database")


def all_scenes() -> list[Scene]:
    """Every scene, in the order of the table."""
    return [scene for name in _MODULES for scene in import_module(f"{__name__}.{name}").SCENES]
