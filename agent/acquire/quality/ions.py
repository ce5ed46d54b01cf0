"""pH against conductivity: acid conducts, so water cannot be acid and next to pure at the same time. Pure.

Hydrogen ions alone give 349.65 S cm2/mol, hydroxide 198.0 (CRC Handbook of Chemistry and Physics, limiting
molar conductivities at 25 degC), and whatever stands against them conducts on top. Less than that cannot be:
one of the two probes is wrong.
"""

from __future__ import annotations

from agent.acquire.quality.verdict import GOOD, Verdict
from agent.model import Flag, Why

# uS/cm at 25 degC for one mol in a litre.
_HYDROGEN_US_CM, _HYDROXIDE_US_CM = 349.65e3, 198.0e3
_PKW = 14.0
# What a pH probe in service and activity instead of concentration may be wrong by, together.
_PH_ERROR = 0.3
# Below this the ions are further apart than that table's, and the rule is not sure any more.
_LOWEST_PH = 1.5

_SUSPECT = Verdict(Flag.SUSPECT, Why.DISAGREES)


def least_us_cm(ph: float) -> float:
    """The least conductivity, in uS/cm at 25 degC, that water of this pH can have, in doubt less."""
    acid: float = 10.0 ** -(max(ph, _LOWEST_PH) + _PH_ERROR)
    base: float = 10.0 ** (ph - _PH_ERROR - _PKW)
    return _HYDROGEN_US_CM * acid + _HYDROXIDE_US_CM * base


def judge(ph: float, conductivity_us_cm: float) -> Verdict:
    """Whether both can be true of the same water."""
    return _SUSPECT if conductivity_us_cm < least_us_cm(ph) else GOOD
