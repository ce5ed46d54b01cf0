"""Observations as the JSON values that `status` and `read` answer with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.acquire.latest import age_s
from agent.model import Why
from agent.publish.stamp import iso_ms

if TYPE_CHECKING:
    from agent.model import Channel, Instant, Observation


def of_channel(channel: Channel, observation: Observation | None, now: Instant) -> dict[str, Any]:
    """A channel and what is known of it: value, raw, flag, reasons, age; `waiting` when nothing is."""
    about: dict[str, Any] = {"channel": str(channel), "unit": channel.unit, "raw_unit": channel.raw_unit}
    if observation is None:
        return {**about, "value": None, "raw": None, "flag": "waiting", "why": [], "age_s": None, "at": None}
    return {
        **about,
        "value": observation.value,
        "raw": observation.raw,
        "flag": observation.flag.name.lower(),
        "why": [str(reason.name).lower() for reason in Why if reason in observation.why and reason],
        "age_s": round(age_s(observation, now), 1),
        "at": iso_ms(observation.at.wall_ns),
    }
