"""From the registers of an INA219 to volts and amperes. Pure. Source: TI data sheet SBOS448, 8.5 and 8.6."""

from __future__ import annotations

BUS_FULL_SCALE_V = 32.0
SHUNT_FULL_SCALE_V = 0.32
_BUS_STEP_V, _SHUNT_STEP_V = 0.004, 0.00001
_READY = 0b10
_SIGN = 0x8000


def is_ready(bus_register: int) -> bool:
    """Whether the conversion that was started is done (bit CNVR)."""
    return bool(bus_register & _READY)


def bus_v(bus_register: int) -> float:
    """Volts between the load and ground, in steps of 4 mV; the lowest three bits are flags."""
    return (bus_register >> 3) * _BUS_STEP_V


def shunt_v(shunt_register: int) -> float:
    """Volts across the shunt, in steps of 10 uV, negative when the current flows backwards."""
    return ((shunt_register ^ _SIGN) - _SIGN) * _SHUNT_STEP_V
