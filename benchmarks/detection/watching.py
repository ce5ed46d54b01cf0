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
_WORD = ("info", "advisory", "amber", "amber", "red")  # by severity


def make() -> Callable[[float, Mapping[str, float | None]], list[tuple[str, str]]]:
    """One station from a cold start."""
    watch = Watch()
    told = dict.fromkeys(_HAZARD, Severity.INFO)

    def detect(t_s: float, row: Mapping[str, float | None]) -> list[tuple[str, str]]:
        samples = {_ROLE[name]: {name: Sample(value)} for name, value in row.items()}
        alerts = []
        for finding in watch.add(Tick(t_s, samples)):
            if finding.hazard not in told:
                continue
            before = told[finding.hazard]
            told[finding.hazard] = Severity.INFO if finding.phase is Phase.CLEARED else finding.level
            if _WORD[told[finding.hazard]] != _WORD[before] and told[finding.hazard] > before:
                alerts.append((_HAZARD[finding.hazard], _WORD[finding.level]))
        return alerts

    return detect
