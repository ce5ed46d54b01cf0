"""How long one measurement of a Modbus instrument takes: longer than its period, and slots are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.turn import LONGEST_S
from agent.config.check_modbus import is_modbus, profile_of
from agent.config.problem import Finding
from agent.config.schema import SensorBase
from agent.config.tables import tables
from drivers.modbus.settings import GenericSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.position import Path

TOO_LONG = "SG-C026"

Table = dict[str, Any]
_BEYOND_ALL_LIMITS = 1e6  # of the schema, which complains about such a number


class _Steps(NamedTuple):
    """The parts of one measurement in seconds, without the questions themselves."""

    warm_up_s: float  # in the first measurement after power-on
    wipe_s: float
    settle_s: float
    samples: int
    between_s: float

    @property
    def each_s(self) -> float:
        """Every measurement, after the first."""
        return self.wipe_s + self.settle_s + (self.samples - 1) * self.between_s

    def sum(self, *, first: bool) -> str:
        """The sum as one would write it down, without what is not there."""
        parts = {"warm-up": self.warm_up_s if first else 0.0, "wipe": self.wipe_s, "settle": self.settle_s}
        told = [f"{name} {seconds:g} s" for name, seconds in parts.items() if seconds]
        if self.samples > 1:
            told.append(f"{self.samples - 1} x {self.between_s:g} s between {self.samples} samples")
        return " + ".join(told)


def findings(document: Table) -> Iterator[Finding]:
    """Every Modbus sensor whose measurement would be given up, or be overtaken by its own next slot."""
    for path, sensor in tables(document, "sensor"):
        period_s = _number(sensor, "period_s", SensorBase.model_fields["period_s"].default)
        steps = _steps(sensor) if is_modbus(sensor) else None
        if steps is not None and period_s is not None:
            yield from _too_long(path, sensor, steps, period_s)


def _too_long(path: Path, sensor: Table, steps: _Steps, period_s: float) -> Iterator[Finding]:
    whole_s = steps.warm_up_s + steps.each_s
    if whole_s > LONGEST_S:
        yield Finding(
            code=TOO_LONG,
            message=f"one measurement takes {whole_s:g} s ({steps.sum(first=True)}), "
            f"and is given up after {LONGEST_S:g} s",
            path=_place(path, sensor, "samples", "between_s"),
            help="fewer samples, or less time between them",
        )
    elif 0 < period_s <= steps.each_s:
        yield Finding(
            code=TOO_LONG,
            message=f"one measurement takes {steps.each_s:g} s ({steps.sum(first=False)}), "
            f"and period_s is {period_s:g}",
            path=_place(path, sensor, "period_s", "samples"),
            help=f"a period_s above {steps.each_s:g}, with some seconds for the questions themselves",
        )


def _place(path: Path, sensor: Table, *keys: str) -> Path:
    """The first of the keys that stands there, or else the model, of which the times are a property."""
    return (*path, next((key for key in keys if key in sensor), "model"))


def _steps(sensor: Table) -> _Steps | None:
    """None when the numbers are none: the schema has complained."""
    keys = ("warm_up_s", "samples", "between_s")
    warm_up_s, samples, between_s = (
        _number(sensor, key, GenericSettings.model_fields[key].default) for key in keys
    )
    if warm_up_s is None or samples is None or between_s is None:
        return None
    profile = profile_of(sensor)
    if profile is None:
        return _Steps(warm_up_s, 0.0, 0.0, int(samples), between_s)
    wipe = profile.wipe if sensor.get("wipe") is True else None
    return _Steps(
        profile.warm_up_s,
        0.0 if wipe is None else wipe.wait_s,
        0.0 if profile.start is None else profile.start.wait_s,
        int(samples),
        between_s,
    )


def _number(sensor: Table, key: str, default: float) -> float | None:
    value = sensor.get(key, default)
    return value if type(value) in {int, float} and 0 <= value <= _BEYOND_ALL_LIMITS else None
