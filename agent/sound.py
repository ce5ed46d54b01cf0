"""What JSON can hold of a value. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any


def sound(value: Any) -> Any:
    """The same, with None for infinity and for what is not a number: JSON has no word for them."""
    if isinstance(value, Mapping):
        return {name: sound(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [sound(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value
