"""What a Modbus instrument delivers: its profile says it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.modbus.fit import fitted

if TYPE_CHECKING:
    from drivers.contract import ChannelSpec
    from drivers.modbus.settings import ModbusSettings


def channels(model: str, settings: ModbusSettings) -> tuple[ChannelSpec, ...]:
    """The channels of the profile `model` that are asked for."""
    return fitted(model, settings).channels
