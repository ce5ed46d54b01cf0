"""What an input of an ADS1115 delivers: volts, as far as the chip can carry them (TI data sheet SBAS444)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import ChannelSpec

if TYPE_CHECKING:
    from drivers.ads1115.settings import Ads1115Settings

FULL_SCALE_V = {"2/3": 6.144, "1": 4.096, "2": 2.048, "4": 1.024, "8": 0.512, "16": 0.256}
_SUPPLY_MAX_V = 5.5
_CLAMP_V = 0.3  # beyond its supply rails an input is clamped


def channels(_model: str, settings: Ads1115Settings) -> tuple[ChannelSpec, ...]:
    """The one channel: the chosen full scale, within the largest supply there is.

    A ratiometric instrument is supplied with `reference_v`, and nothing in it reaches further.
    """
    supply_v = _SUPPLY_MAX_V if settings.reference_input is None else settings.reference_v
    high_v = min(FULL_SCALE_V[settings.gain], supply_v + _CLAMP_V)
    low_v = -high_v if "-" in settings.input else -_CLAMP_V
    return (ChannelSpec(settings.quantity, "V", low_v, high_v),)
