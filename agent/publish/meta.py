"""The station's birth certificate: what a consumer must know to read its topics. Retained beside `status`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from agent import __version__
from agent.quantity import QUANTITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.config.schema import Config
    from agent.model import Channel, StationId

    Calibrations = Mapping[str, Mapping[str, object]]

_NONE: Calibrations = {}


def uncalibrated() -> Calibrations:
    """No channel was ever calibrated."""
    return _NONE


class Birth:
    """The certificate as it is now: the same object until a calibration changes.

    `calibrations` gives by channel what is known of the one in force, itself the same object until then.
    """

    def __init__(
        self,
        config: Config,
        identity: StationId,
        channels: Sequence[Channel],
        calibrations: Callable[[], Calibrations],
    ) -> None:
        self._config = config
        self._identity = identity
        self._channels = channels
        self._calibrations = calibrations
        self._of: Calibrations | None = None
        self._now: dict[str, object] = {}

    def __call__(self) -> Mapping[str, object]:
        """See `meta`."""
        of = self._calibrations()
        if of is not self._of:
            self._now, self._of = meta(self._config, self._identity, self._channels, of), of
        return self._now


def meta(
    config: Config, identity: StationId, channels: Sequence[Channel], calibrations: Calibrations = _NONE
) -> dict[str, object]:
    """Identity, place and channels as JSON values. Holds no secret: the configuration itself has none.

    A channel that was never calibrated has `calibration` null: it is converted by the configuration.
    """
    place = config.station
    return {
        "site": identity.site,
        "station": identity.station,
        "title": place.title,
        "journal": identity.journal,
        "agent": f"skyground {__version__}",
        "config": _fingerprint(config),
        "latitude": place.latitude,
        "longitude": place.longitude,
        "elevation_m": place.elevation_m,
        "crs": "WGS84",
        "channels": [
            {**_channel(config, channel), "calibration": calibrations.get(str(channel))}
            for channel in channels
        ],
    }


def _fingerprint(config: Config) -> str:
    """Equal for configurations that mean the same, whatever the order of their keys."""
    body = json.dumps(config, default=_json, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _json(value: object) -> object:
    """What JSON has no word for: paths, and the tables of the configuration."""
    return str(value) if isinstance(value, Path) else vars(value)


def _channel(config: Config, channel: Channel) -> dict[str, object]:
    (sensor,) = (sensor for sensor in config.sensor if sensor.id == channel.sensor)
    return {
        "channel": str(channel),
        "quantity": channel.quantity,
        "cf": QUANTITIES[channel.quantity].cf or None,
        "unit": channel.unit,
        "raw_unit": channel.raw_unit,
        "model": sensor.model,
        "title": sensor.title,
        "depth_m": sensor.depth_m,
        "period_s": sensor.period_s,
        "expect": sensor.expect.get(channel.quantity),
    }
