"""One simulated instrument for every Modbus model, by name: registers as its data sheet has them.

Like `instruments`, written without a look at the profiles. A model that nobody wrote one for is made from its
profile, which proves less: see `from_profile`. `Look` tells the site's state at the moment of a question.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from drivers.modbus.profile import load
from drivers.simulated.from_profile import counterpart
from drivers.simulated.instruments import (
    i16,
    jxbs_3001,
    keller_30,
    mbrtu_tbd,
    odo_ct,
    sn_3002_tr,
    sup_ph8001,
    u16,
    words,
)
from drivers.simulated.modbus_frame import READ_HOLDING, READ_INPUT, Instrument
from drivers.simulated.yosemitech import Turbidity
from drivers.simulated.yosemitech_ph import Ph

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.simulated.instruments import Look, Registers
    from drivers.simulated.physics import State

_KPA_PER_BAR = 100.0
_KELLER_UNIT = 1
_ENDS_OF_AN_ANGLE = 180.0 / 0x8000
_GAUGE_KPA_PER_DIGIT, _GAUGE_ZERO = -0.1795, 9082.0  # the example of Geokon's model 4500 manual
_GAUGES, _INPUTS, _NO_GAUGE = 3, 20, 9999
_LEVEL_DECIMALS, _METRES = 3, 16


def model(name: str, look: Look, now: Callable[[], float]) -> Instrument:
    """What answers as `name` does. `now`: seconds of any clock, for those that take their time."""
    if name in _SETTLE_S:
        return Turbidity(look, now, _SETTLE_S[name], has_wiper=name == "yosemitech-y511").instrument()
    if name == _PH:
        return Ph(look).instrument()
    if name not in _MAPS:
        return counterpart(load(name))
    registers = _MAPS[name]
    return Instrument(lambda: registers(look()), frozenset({_FUNCTIONS.get(name, READ_HOLDING)}))


def is_independent(name: str) -> bool:
    """Whether the counterpart of a model was written from its data sheet, and knows the site's state."""
    return name == _PH or name in _SETTLE_S or name in _MAPS


def s_soil(state: State) -> Registers:
    """SenseCAP S-Soil MT-02."""
    moisture = state.soil_moisture_shallow
    return {
        0x0000: i16(state.soil_temp_shallow_c, 0.01),
        0x0001: u16(moisture * 100, 0.01),
        0x0002: u16(state.soil_ec_us_cm),
        0x0003: u16(state.soil_ec_us_cm * 0.55),
        0x0004: u16(state.soil_ec_us_cm * 0.5),
        0x0005: u16(_permittivity(moisture), 0.01),
        0x0020: 0,
        0x0022: 20,
    }


def smt100(state: State) -> Registers:
    """Truebner SMT100: temperature in hundredths above -100 degC; counts; its address."""
    moisture = state.soil_moisture_deep
    return {
        0: u16(state.soil_temp_deep_c + 100.0, 0.01),
        1: u16(moisture * 100, 0.01),
        2: u16(_permittivity(moisture), 0.01),
        3: u16(15000 - 20000 * moisture),
        4: 1,
    }


def _permittivity(moisture: float) -> float:
    """Mineral soil, a straight line through dry (3) and 0.4 m3/m3 (24)."""
    return 3.0 + 52.5 * moisture


def tph(state: State) -> Registers:
    """TriOS TpH: floats from 1000, and scaled by the user from 1500."""
    values = struct.pack(">3f", state.ph, state.water_temp_c, 1.0)
    return {1: 0, 2: 0, 3: 0, **words(values, 1000), **words(values[:4], 1500), **words(values[4:8], 1502)}


def tss_sc(state: State) -> Registers:
    """Hach TSS sc: turbidity in FNU and EBC, solids; unit, offset, factor, response, cleaning."""
    fnu = state.turbidity_ntu
    return {
        **words(struct.pack(">3f", fnu, fnu / 4.0, fnu * 1.2), 0),
        12: 0,
        **words(struct.pack(">2f", 0.0, 1.0), 14),
        21: 3,
        22: 240,
    }


def sen0710(state: State) -> Registers:
    """DFRobot SEN0710: tenths; address and baud code."""
    return {
        0x0000: u16(state.turbidity_ntu, 0.1),
        0x0001: i16(state.water_temp_c, 0.1),
        0x07D0: 1,
        0x07D1: 1,
    }


def qdy30a(state: State) -> Registers:
    """QDY30A set to metres with three decimals: id, baud code, unit, decimals, value, zero, range."""
    step = 10.0**-_LEVEL_DECIMALS
    return {
        0: 1,
        1: 3,
        2: _METRES,
        3: _LEVEL_DECIMALS,
        4: i16(state.water_level_m, step),
        5: 0,
        6: u16(10.0, step),
    }


def vtn(state: State) -> Registers:
    """VTN4xx: tones in tenths of a hertz from register 100; three gauges, the first of them a piezometer."""
    digits = _GAUGE_ZERO + state.pore_pressure_kpa / _GAUGE_KPA_PER_DIGIT
    tone = u16(math.sqrt(1000.0 * digits), 0.1)
    return {100 + number: tone + 7 * number if number < _GAUGES else _NO_GAUGE for number in range(_INPUTS)}


def wit_tilt(state: State) -> Registers:
    """WitMotion: roll, pitch and yaw; a pole that leans a little, and more when the soil is soft."""
    lean_deg = 1.0 + state.soil_moisture_deep
    angles = (lean_deg, -0.5 * lean_deg, 90.0)
    return {0x3D + at: i16(angle, _ENDS_OF_AN_ANGLE) for at, angle in enumerate(angles)}


def _keller_in_water(state: State) -> Registers:
    absolute_kpa = state.pore_pressure_kpa + state.air_pressure_kpa
    return keller_30(absolute_kpa / _KPA_PER_BAR, state.ground_temp_c, _KELLER_UNIT)


def _keller_in_air(state: State) -> Registers:
    return keller_30(state.air_pressure_kpa / _KPA_PER_BAR, state.air_temp_c, _KELLER_UNIT)


_PH = "yosemitech-y532"
_SETTLE_S = {"yosemitech-y510": 22.0, "yosemitech-y511": 40.0}
_MAPS: dict[str, Callable[[State], Registers]] = {
    "cwt-soil": sn_3002_tr,
    "daviteq-mbrtu-tbd": mbrtu_tbd,
    "dfrobot-sen0710": sen0710,
    "hach-tss-sc": tss_sc,
    "jxbs-3001": jxbs_3001,
    "keller-30": _keller_in_water,
    "keller-30-barometer": _keller_in_air,
    "qdy30a": qdy30a,
    "sensecap-s-soil": s_soil,
    "sn-3002-tr": sn_3002_tr,
    "sup-ph8001": sup_ph8001,
    "trios-tph": tph,
    "truebner-smt100": smt100,
    "vtn4xx": vtn,
    "witmotion-tilt": wit_tilt,
    "ysi-odo-ct": odo_ct,
}
_FUNCTIONS = {"ysi-odo-ct": READ_INPUT}
