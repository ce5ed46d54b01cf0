"""What goes into the detectors and what comes out. Pure."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from agent.model import Flag, Severity, Why

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(StrEnum):
    """What a channel is to a detector, with the unit that it must come in."""

    PH = "ph"  # 1
    EC = "conductivity"  # uS/cm at 25 degC
    TURBIDITY = "turbidity"  # NTU or FNU
    ORP = "orp"  # mV
    TEMPERATURE = "temperature"  # of the water, degC
    OXYGEN = "dissolved_oxygen"  # mg/L
    STAGE = "stage"  # of the stream, m
    RAIN = "rain"  # mm since the value before
    HEAD = "head"  # of groundwater, m
    BARO = "air_pressure"  # kPa
    SOIL = "soil_moisture"  # m3/m3
    TILT = "tilt"  # deg
    CRACK = "displacement"  # mm


class Hazard(StrEnum):
    """What a finding is about."""

    ACID = "acid_drainage"
    GROUND = "subsidence"
    SENSOR = "sensor_fault"


class Phase(StrEnum):
    """The life of a finding."""

    RAISED = "raised"
    UPDATED = "updated"
    CLEARED = "cleared"


class Sample(NamedTuple):
    """One observation, as far as a detector wants it."""

    value: float | None
    flag: Flag = Flag.GOOD
    why: Why = Why.NONE


class Tick(NamedTuple):
    """What the station observed at an instant, by role and then by the channel's name.

    Ticks come in the order of their time. What comes late is one with an earlier time.
    """

    utc_s: float
    samples: Mapping[Role, Mapping[str, Sample]]


class Cell(NamedTuple):
    """A channel in a block.

    Attributes:
        value: the median of what is usable (the sum, for rain); None when nothing is.
        why: every reason that was given against its samples.
        spread: highest minus lowest of what is usable.
        held: nothing came in this block, and the last reading still stands: it is no new witness.
    """

    value: float | None
    why: Why = Why.NONE
    spread: float = 0.0
    held: bool = False


class Block(NamedTuple):
    """A quarter of an hour of the whole station. `number` counts them since 1970; `utc_s` is its end."""

    number: int
    utc_s: float
    cells: Mapping[Role, Mapping[str, Cell]]

    def of(self, role: Role) -> Mapping[str, Cell]:
        """The channels of a role; none when it is not fitted or said nothing."""
        return self.cells.get(role, _NO_CELLS)


_NO_CELLS: Mapping[str, Cell] = MappingProxyType({})
BLOCK_S = 900.0
HOUR = 4
"""Blocks in an hour."""
DAY = 96
"""Blocks in a day."""


class Assessment(NamedTuple):
    """What a detector thinks of a block: the level that it asks for now, and the numbers that made it.

    Attributes:
        level: INFO asks for nothing.
        confidence: 0 to 1.
        evidence: numbers by name, the unit last (`ph_below_baseline`, `ec_above_baseline_pct`, `for_h`).
        cause: in words: what it looks like, and why it is not something else.
        advice: what a person should do first.
        subject: the channel that it is about; "" for the site.
        mechanism: its name (`treatment_failure`, `drift`); another one in a standing finding is an update.
        channels: whose numbers it was made of, where that is more than the subject.
    """

    level: Severity
    confidence: float
    evidence: Mapping[str, float]
    cause: str
    advice: str
    subject: str = ""
    mechanism: str = ""
    channels: tuple[str, ...] = ()


class Finding(NamedTuple):
    """Something concluded. `subject` is a channel's name, or "" for the site."""

    utc_s: float
    hazard: Hazard
    subject: str
    phase: Phase
    level: Severity
    confidence: float
    evidence: Mapping[str, float]
    cause: str
    advice: str
    mechanism: str = ""
    channels: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[Hazard, str]:
        """What stays the same from raised to cleared."""
        return self.hazard, self.subject
