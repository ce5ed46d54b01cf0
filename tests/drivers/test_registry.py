"""The registry: every model is there, and nothing heavy is imported before it is needed."""

from __future__ import annotations

import subprocess
import sys

from tests.drivers import kits_modbus, kits_sdi12

HEAVY = ("minimalmodbus", "serial", "adafruit_ads1x15", "smbus2")


# What a driver must be told, and some of its models on top.
KEYS = {
    "drivers.modbus": {"unit": 1},
    "drivers.ads1115": {"input": "A0", "quantity": "ph"},
    "drivers.sdi12": {"address": "0"},
}
MORE = kits_modbus.KEYS | kits_sdi12.KEYS


def loaded_by(program: str) -> list[str]:
    """Which heavy libraries a program has loaded at its end."""
    program += f"\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return ran.stdout.split()


def test_channels_are_known_without_the_library_of_the_wire() -> None:
    """Checking a configuration loads no driver: that is memory, and platform detection, for nothing."""
    program = (
        "from drivers.registry import MODELS\n"
        f"keys, more = {KEYS!r}, {MORE!r}\n"
        "for model, entry in MODELS.items():\n"
        "    told = keys.get(entry.module, {}) | more.get(model, {})\n"
        "    assert entry.channels(model, entry.settings()(**told))\n"
    )
    assert loaded_by(program) == []


def test_the_modules_of_the_wires_do_not_load_their_libraries() -> None:
    """A station without serial lines need not carry pyserial, nor one without I2C smbus2."""
    assert loaded_by("import drivers.bus.i2c, drivers.bus.serial") == []
