"""What an SDI-12 instrument delivers: its profile says it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.sdi12.profile import for_sensor

if TYPE_CHECKING:
    from drivers.contract import ChannelSpec
    from drivers.sdi12.settings import Sdi12Settings


def channels(model: str, settings: Sdi12Settings) -> tuple[ChannelSpec, ...]:
    """The channels of the profile `model` as this sensor is set."""
    return for_sensor(model, settings).channels
