"""The instruments of the simulated station: registers and volts as their data sheets have them.

Written from the data sheets, on purpose without a look at the profiles by which the agent reads the real
ones: a mistake there shows here. An address that a data sheet does not list is refused, as a strict
instrument does.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from drivers.simulated.electrode import CONDITIONS, Electrode
from drivers.simulated.modbus_frame import READ_HOLDING, READ_INPUT, Instrument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.simulated.physics import State

    Look = Callable[[], State]
    Registers = Mapping[int, int]

SOIL_UNIT, SOIL_TR_UNIT, PH_UNIT, TURBIDITY_UNIT, PIEZOMETER_UNIT, BAROMETER_UNIT = 1, 2, 3, 4, 5, 6
CONDUCTIVITY_UNIT = 8

_KPA_PER_BAR = 100.0
# An electrode that has seen a year of service; the transmitter was calibrated with it and keeps its numbers.
CALIBRATED_WITH = Electrode(slope=0.978, zero_mv=-2.1, settle_s=10.0)
_KELLER_MOST_REGISTERS = 4  # firmware 5.20
_INACTIVE_I16, _INACTIVE_I32 = 32767, 2147483647

_SHUNT_OHM = 100.0
_LEVEL_SPAN_M = 10.0
_DIVIDER = 10.0 / (47.0 + 10.0)
_PH_CENTER_MV, _PH_GAIN = 1500.0, 3.0  # of the amplifier on DFRobot's SEN0161-V2
_SOIL_DRY_V, _SOIL_WET_V, _SOIL_WET = 2.80, 1.30, 0.40


def u16(value: float, step: float = 1.0) -> int:
    """The register of a value in steps, held at the ends of the unsigned range."""
    return max(0, min(0xFFFF, round(value / step)))


def i16(value: float, step: float = 1.0) -> int:
    """The same, signed, in two's complement."""
    return max(-0x8000, min(0x7FFF, round(value / step))) & 0xFFFF


def words(packed: bytes, first: int) -> dict[int, int]:
    """Bytes as they travel, as registers from `first` on."""
    return {first + n: word for n, word in enumerate(struct.unpack(f">{len(packed) // 2}H", packed))}


def instruments(
    look: Callable[[int], State], electrode: Callable[[], Electrode] = lambda: CALIBRATED_WITH
) -> dict[int, Instrument]:
    """All Modbus instruments by unit.

    Args:
        look: what the probe of a unit sees at the moment of a question.
        electrode: the one on the pH transmitter.
    """
    holding = frozenset({READ_HOLDING})
    return {
        SOIL_UNIT: Instrument(lambda: jxbs_3001(look(SOIL_UNIT)), holding),
        SOIL_TR_UNIT: Instrument(lambda: sn_3002_tr(look(SOIL_TR_UNIT)), holding),
        PH_UNIT: Instrument(lambda: sup_ph8001(look(PH_UNIT), electrode())),
        TURBIDITY_UNIT: Instrument(lambda: mbrtu_tbd(look(TURBIDITY_UNIT))),
        PIEZOMETER_UNIT: Instrument(
            lambda: _piezometer(look(PIEZOMETER_UNIT)), holding, _KELLER_MOST_REGISTERS
        ),
        BAROMETER_UNIT: Instrument(lambda: _barometer(look(BAROMETER_UNIT)), holding, _KELLER_MOST_REGISTERS),
        CONDUCTIVITY_UNIT: Instrument(lambda: odo_ct(look(CONDUCTIVITY_UNIT)), frozenset({READ_INPUT})),
    }


def jxbs_3001(state: State) -> Registers:
    """JXCT JXBS-3001, multi-parameter soil probe, shallow."""
    return {
        0x0006: u16(state.soil_ph, 0.01),
        0x0012: u16(state.soil_moisture_shallow * 100, 0.1),
        0x0013: i16(state.soil_temp_shallow_c, 0.1),
        0x0015: u16(state.soil_ec_us_cm, 10) * 10,  # resolution 10 uS/cm, unit 1
        0x001E: 0,
        0x001F: 0,
        0x0020: 0,
        0x0100: SOIL_UNIT,
        0x0101: 9600,
    }


def sn_3002_tr(state: State) -> Registers:
    """SN-3002-TR-ECTHNPKPH-N01, soil probe, deep: the same four quantities at other places in other steps."""
    return {
        0x0000: u16(state.soil_moisture_deep * 100, 0.1),
        0x0001: i16(state.soil_temp_deep_c, 0.1),
        0x0002: u16(state.soil_ec_us_cm),
        0x0003: u16(state.soil_ph, 0.1),
        0x0004: 0,  # nitrogen, phosphorus, potassium: a store for the user, never measured
        0x0005: 0,
        0x0006: 0,
        0x0007: u16(state.soil_ec_us_cm * 0.55),
        0x0008: u16(state.soil_ec_us_cm * 0.5),
        0x0022: 20,
        **dict.fromkeys(range(0x0050, 0x0054), 0),
        0x07D0: SOIL_TR_UNIT,
        0x07D1: 2,
    }


def sup_ph8001(state: State, electrode: Electrode = CALIBRATED_WITH) -> Registers:
    """Supmea SUP-PH8001, pH transmitter in the seep. With another electrode it shows what it believes."""
    electrode_mv = electrode.mv(state.ph, state.water_temp_c)
    return {
        0: i16(state.water_temp_c, 0.1),
        1: u16(CALIBRATED_WITH.ph(electrode_mv, state.water_temp_c), 0.01),
        2: i16(electrode_mv, 0.1),
        3: i16(CALIBRATED_WITH.zero_mv, 0.1),
        4: u16(CALIBRATED_WITH.slope * 100, 0.1),
        5: 2,
        6: 0,
        7: 0,
        11: i16(state.orp_mv, 0.1),
    }


def mbrtu_tbd(state: State) -> Registers:
    """Daviteq MBRTU-TBD, turbidity probe 0-1000 NTU."""
    return {0x0100: u16(state.water_temp_c, 0.1), 0x0101: u16(state.turbidity_ntu, 0.1)}


def odo_ct(state: State) -> Registers:
    """YSI ODO RTU/CT: floats from 0. Oxygen, temperature, time; conductivity, the same at 25 degC; salts."""
    temperature_c, ec = state.water_temp_c, state.ec_us_cm
    saturation = 100.0 * state.oxygen_mg_l / 11.0
    at_its_temperature = ec * (1.0 + 0.0191 * (temperature_c - 25.0))
    values = struct.pack(
        ">5fI3f2f",
        saturation,
        state.oxygen_mg_l,
        saturation,
        temperature_c,
        temperature_c,
        3_600_000,  # ms since it got its power
        at_its_temperature,
        ec,
        0.0005 * ec,
        at_its_temperature,
        0.65 * ec,
    )
    return {**words(values, 0), **dict.fromkeys(range(0x0016, 0x0020), 0xFFFF)}


def keller_30(pressure_bar: float, temperature_c: float, unit: int) -> Registers:
    """Keller series 30, absolute: one pressure and its temperature; the four other channels are inactive."""
    nan = math.nan
    as_float = struct.pack(">6f", nan, pressure_bar, nan, nan, temperature_c, nan)
    as_i16 = struct.pack(
        ">6h",
        _INACTIVE_I16,
        round(pressure_bar * 100),
        _INACTIVE_I16,
        _INACTIVE_I16,
        round(temperature_c * 100),
        _INACTIVE_I16,
    )
    as_i32 = struct.pack(
        ">6i",
        _INACTIVE_I32,
        round(pressure_bar * 1e5),
        _INACTIVE_I32,
        _INACTIVE_I32,
        round(temperature_c * 100),
        _INACTIVE_I32,
    )
    return {
        **words(as_float, 0x0000),
        **words(as_i16, 0x0010),
        **words(as_i32, 0x0020),
        **words(struct.pack(">2f", pressure_bar, temperature_c), 0x0100),
        0x0200: 0,
        **words(struct.pack(">I", 400_000 + unit), 0x0202),
        0x020D: unit,
    }


def _piezometer(state: State) -> Registers:
    absolute_kpa = state.pore_pressure_kpa + state.air_pressure_kpa
    return keller_30(absolute_kpa / _KPA_PER_BAR, state.ground_temp_c, PIEZOMETER_UNIT)


def _barometer(state: State) -> Registers:
    return keller_30(state.air_pressure_kpa / _KPA_PER_BAR, state.air_temp_c, BAROMETER_UNIT)


def input_v(state: State, pin: int, electrode: Electrode = CONDITIONS["good"]) -> float:
    """Volts at an input of the converter: level loop, battery, capacitive soil probe, pH amplifier."""
    if pin == 0:
        return _SHUNT_OHM * (0.004 + 0.016 * state.water_level_m / _LEVEL_SPAN_M)
    if pin == 1:
        return state.battery_v * _DIVIDER
    if pin == 2:  # noqa: PLR2004  the chip's own name of the pin
        return _SOIL_DRY_V + (_SOIL_WET_V - _SOIL_DRY_V) * state.soil_moisture_deep / _SOIL_WET
    return (_PH_CENTER_MV + _PH_GAIN * electrode.mv(state.ph, state.water_temp_c)) / 1000.0
