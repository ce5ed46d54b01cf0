"""The station's own detectors, as the benchmark wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.model import Severity
from agent.watch.contract import Hazard, Phase, Role, Sample, Tick
from agent.watch.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ROLE = {
    "ph": Role.PH,
    "ec_us_cm": Role.EC,
    "turbidity_ntu": Role.TURBIDITY,
    "temp_c": Role.TEMPERATURE,
    "rain_mm": Role.RAIN,
    "head_m": Role.HEAD,
    "baro_kpa": Role.BARO,
    "soil_vwc": Role.SOIL,
}
_HAZARD = {Hazard.ACID: "amd", Hazard.GROUND: "ground"}
_BAND = ("info", "advisory", "amber", "amber", "red")  # by severity


def alert(hazard: Hazard, level: Severity) -> tuple[str, str] | None:
    """A finding in the words of the benchmark; None for what it does not count."""
    return (_HAZARD[hazard], _BAND[level]) if hazard in _HAZARD else None


class Count:
    """An alert when a hazard is raised or reaches a higher band, none while it stands."""

    def __init__(self) -> None:
        self._stands = dict.fromkeys(_HAZARD, Severity.INFO)

    def __call__(self, hazard: Hazard, phase: Phase, level: Severity) -> tuple[str, str] | None:
        """The next finding that is told."""
        if hazard not in _HAZARD:
            return None
        before = self._stands[hazard]
        self._stands[hazard] = Severity.INFO if phase is Phase.CLEARED else level
        higher = phase is not Phase.CLEARED and level > before and _BAND[level] != _BAND[before]
        return alert(hazard, level) if higher else None


def tick(t_s: float, row: Mapping[str, float | None]) -> Tick:
    """A look at all channels, each an instrument of its own."""
    return Tick(t_s, {_ROLE[name]: {name: Sample(value)} for name, value in row.items()})


def make() -> Callable[[float, Mapping[str, float | None]], list[tuple[str, str]]]:
    """One station from a cold start."""
    watch, count = Watch(), Count()

    def detect(t_s: float, row: Mapping[str, float | None]) -> list[tuple[str, str]]:
        found = watch.add(tick(t_s, row))
        counted = (count(finding.hazard, finding.phase, finding.level) for finding in found)
        return [each for each in counted if each]

    return detect
