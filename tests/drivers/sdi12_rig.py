"""SDI-12 sensors behind an adapter that is open, and drivers for them."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from drivers.bus.serial import SerialLine
from drivers.contract import Later
from drivers.simulated.sdi12_line import Fault, Sdi12Line
from drivers.simulated.sdi12_sensor import Measurement as Measures
from drivers.simulated.sdi12_sensor import Sdi12Sensor
from tests.drivers.kits import driver_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.contract import Driver, Reading

# Long enough for a busy machine; where silence is the point, HASTY shortens it.
PATIENT: dict[str, Any] = {"response_timeout_s": 2.0}
HASTY: dict[str, Any] = {"response_timeout_s": 0.02}
SOIL = {"soil_moisture": 2401.3, "temperature": 18.4, "conductivity": 152.0}


@contextmanager
def on_line(*sensors: Sdi12Sensor, paced: bool = False) -> Iterator[tuple[SerialLine, Sdi12Line]]:
    """These sensors behind a transparent adapter that is open."""
    with Sdi12Line(sensors, paced=paced) as far_end:
        line = SerialLine.open(far_end.port, 9600, "none", 1)
        yield line, far_end
        line.close()


@contextmanager
def level_shifter(*sensors: Sdi12Sensor) -> Iterator[tuple[SerialLine, Sdi12Line]]:
    """These sensors behind a bare level shifter, as far as a pty goes: the recorder hears itself."""
    with Sdi12Line(sensors) as far_end:
        far_end.fault(Fault.ECHO)
        line = SerialLine.open(far_end.port, 1200, "even", 1, 7)
        yield line, far_end
        line.close()


def driver(line: SerialLine, model: str, address: str = "0", **keys: Any) -> Driver:
    return driver_for(model, line, {"address": address, **PATIENT, **keys})


def finished(driver: Driver) -> tuple[Reading, ...]:
    """The readings, after as many pauses as the driver asks for."""
    for _ in range(100):
        readings = driver.read()
        if not isinstance(readings, Later):
            return readings
        time.sleep(readings.after_s)
    pytest.fail("it says Later for ever")


def raws(driver: Driver) -> dict[str, float | None]:
    return {each.quantity: each.raw for each in finished(driver)}


def generic(command: str, values: int = 1) -> dict[str, Any]:
    """Keys of an instrument of our own whose first or only value is a temperature."""
    channel = {"quantity": "temperature", "value": values, "unit": "degC", "low": -40.0, "high": 60.0}
    return {"command": command, "channel": [{**channel, "invalid": [-9999.0]}]}


def sensor_of(*values: str, wait_s: int = 0, takes_s: float = 0.0, most_values: int = 99) -> Sdi12Sensor:
    """A sensor at address 0 with these values."""
    measures = Measures(lambda: values, wait_s, takes_s, most_values)
    return Sdi12Sensor("0", "13ACME    THING 100", {"": measures}, {"0": lambda: values})
