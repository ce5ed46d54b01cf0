"""Volumetric water content of soil, m3/m3, from what dielectric probes measure.

No result is clamped: a probe in air gives a little less than nothing, and that shows that it works.
"""

from __future__ import annotations

from agent.acquire.convert.polynomial import polynomial

# c0, c1, ... of a polynomial in the raw signal.
EQUATIONS = {
    # Topp, Davis and Annan, Water Resources Research 16 (1980) 574, eq. 7: permittivity, mineral soil.
    "topp": (-5.3e-2, 2.92e-2, -5.5e-4, 4.3e-6),
    # METER Group, TEROS 11/12 manual, "Calibration": raw counts, mineral soil, +-0.03 m3/m3 up to 8 dS/m.
    "teros_mineral": (-0.6956, 3.879e-4),
    # The same for potting media, peat and the like.
    "teros_soilless": (-10.848, 1.302e-2, -5.105e-6, 6.771e-10),
}
# The same manual: the root of the relative permittivity at 70 MHz, from raw counts.
TEROS_ROOT_PERMITTIVITY = (-43.39, 5.276e-2, -2.080e-5, 2.887e-9)


def water_content(equation: str, raw: float) -> float:
    """Volumetric water content by one of the `EQUATIONS`, from the raw signal that it takes."""
    return polynomial(EQUATIONS[equation], raw)


def teros_permittivity(counts: float) -> float:
    """Apparent relative permittivity from the raw counts of a TEROS 11 or 12."""
    root = polynomial(TEROS_ROOT_PERMITTIVITY, counts)
    return root * root
