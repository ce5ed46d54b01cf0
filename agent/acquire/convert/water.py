"""Water: its density, the head that a pressure stands for, its conductivity at 25 degC, and rain."""

from __future__ import annotations

from agent.acquire.convert.polynomial import polynomial

STANDARD_GRAVITY = 9.80665  # m/s2, exact (3rd CGPM, 1901)
FRESH_WATER = 1000.0  # kg/m3
# Jones and Harris, J. Res. NIST 97 (1992) 335, eq. 6: air-saturated water, 5 to 40 degC.
DENSITY_CURVE = (999.84847, 6.337563e-2, -8.523829e-3, 6.943248e-5, -3.821216e-7)
_PA_PER_KPA = 1000.0
_REFERENCE_C = 25.0
# Per degC; natural waters lie at 0.0191 to 0.02 (ISO 7888; Standard Methods 2510 B).
CONDUCTIVITY_PER_C = 0.0191


def density_kg_m3(temperature_c: float) -> float:
    """The density of air-saturated fresh water."""
    return polynomial(DENSITY_CURVE, temperature_c)


def head_m(pressure_kpa: float, density: float = FRESH_WATER) -> float:
    """The column of water, of `density` in kg/m3, that stands on a gauge: u / (rho g)."""
    return pressure_kpa * _PA_PER_KPA / (density * STANDARD_GRAVITY)


def elevation_head_m(tip_elevation_m: float, pressure_kpa: float, density: float = FRESH_WATER) -> float:
    """The level to which water would rise above a gauge, in the datum of `tip_elevation_m`."""
    return tip_elevation_m + head_m(pressure_kpa, density)


def pore_pressure_ratio(pressure_kpa: float, unit_weight_kn_m3: float, depth_m: float) -> float:
    """Bishop and Morgenstern's r_u = u / (gamma z): the share of the overburden that water carries."""
    return pressure_kpa / (unit_weight_kn_m3 * depth_m)


def conductivity_25(conductivity: float, temperature_c: float, per_c: float = CONDUCTIVITY_PER_C) -> float:
    """What the conductivity would be at 25 degC, in the same unit: EC / (1 + alpha (t - 25)) (ISO 7888)."""
    return conductivity / (1.0 + per_c * (temperature_c - _REFERENCE_C))


def rain_mm(tips: float, mm_per_tip: float) -> float:
    """The rain that tipped a bucket so often; 0.2 and 0.2794 mm (0.011 inch) are the usual buckets."""
    return tips * mm_per_tip
