"""The station's birth certificate: what a consumer must know to read its topics. Retained beside `status`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from agent import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.config.schema import Config
    from agent.model import Channel, StationId


def meta(config: Config, identity: StationId, channels: Sequence[Channel]) -> dict[str, object]:
    """Identity, place and channels as JSON values. Holds no secret: the configuration itself has none."""
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
        "channels": [_channel(config, channel) for channel in channels],
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
        "unit": channel.unit,
        "raw_unit": channel.raw_unit,
        "model": sensor.model,
        "title": sensor.title,
        "depth_m": sensor.depth_m,
        "period_s": sensor.period_s,
        "expect": sensor.expect.get(channel.quantity),
    }
