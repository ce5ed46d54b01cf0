"""The `watch` tables as types: the site's trigger-action-response plan. What a site is like is learned."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from agent.config.schema_base import Strict

RoleName = Literal[
    "ph",
    "conductivity",
    "turbidity",
    "orp",
    "temperature",
    "dissolved_oxygen",
    "stage",
    "rain",
    "head",
    "air_pressure",
    "soil_moisture",
    "tilt",
    "displacement",
    "none",
]
"""What a channel is to the detectors; `none`: nothing."""


class Alarm(Strict):
    """How one kind of finding comes, grows and goes."""

    evidence: float = Field(
        default=1.0,
        ge=0.5,
        le=5.0,
        description="times the evidence that is asked for before anybody is called; above 1 later and surer",
    )
    confirm_h: float = Field(
        default=0.0, ge=0.0, le=72.0, description="so long a level must be asked for before it is told"
    )
    clear_h: float = Field(default=48.0, ge=0.25, le=720.0, description="so long it must be quiet to be over")
    clear_below: float = Field(
        default=1.0,
        gt=0.0,
        le=1.0,
        description="quiet is less than this share of the evidence that is asked for",
    )
    latch: Literal["blue", "yellow", "orange", "red", "never"] = Field(
        default="red", description="from this level on it stands until a person closes it"
    )


class GroundAlarm(Alarm):
    """The ground has several channels of a kind."""

    by_count: Annotated[list[int], Field(min_length=3, max_length=3)] | None = Field(
        default=None,
        description="so many channels at blue, at yellow, at orange make the next level;"
        " the rule for tailings ponds in China is [4, 3, 2]",
    )


class SensorAlarm(Strict):
    """Of a sick probe: an advisory."""

    confirm_h: float = Field(default=1.0, ge=0.0, le=72.0, description="so long it must be sick to be told")
    clear_h: float = Field(default=6.0, ge=0.25, le=720.0, description="so long it must be well to be over")


class Watch(Strict):
    """What the detectors are told; nothing of it must be set."""

    ph_low: float = Field(
        default=6.0, ge=0.0, le=14.0, description="the site's lower limit of pH: acid water below it is red"
    )
    acid_drainage: Alarm = Field(default_factory=Alarm, description="how its alarms come, grow and go")
    subsidence: GroundAlarm = Field(
        default_factory=GroundAlarm, description="how its alarms come, grow and go"
    )
    sensor_fault: SensorAlarm = Field(
        default_factory=SensorAlarm, description="how notices of probes come and go"
    )
