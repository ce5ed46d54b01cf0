"""What such an instrument delivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import ChannelSpec

if TYPE_CHECKING:
    from agent.config.plain import Plain

SPECS = (ChannelSpec("water_level", "m", 0.0, 1e15), ChannelSpec("displacement", "mm", 0.0, 1e15))


def channels(_model: str, _settings: Plain) -> tuple[ChannelSpec, ...]:
    """Two of them."""
    return SPECS
