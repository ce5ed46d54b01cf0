"""The I2C chips that the station knows: where they may live, and the question that tells them apart.

Sources: the data sheets TI SBAS444 (ADS1115) and SBOS448 (INA219), Bosch BST-BME280-DS001 and
BST-BMP388-DS001, the Adafruit seesaw guide, and the Atlas Scientific EZO data sheets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from drivers.ezo.answer import GarbledError, info, unpack
from drivers.ezo.circuits import CIRCUITS
from drivers.ezo.command import INFO

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from drivers.bus.i2c_chip import I2cChip

    Ask = Callable[[I2cChip], tuple[str, str | None]]

_ADS1115_RESET, _ADS1115_THRESHOLDS = 0x8583, (0x8000, 0x7FFF)
_INA219_RESET = 0x399F
_BME280, _BMP388, _BMP390 = 0x60, 0x50, 0x60
_BOSCH_OTHERS = {0x55: "BMP180", 0x56: "BMP280", 0x57: "BMP280", 0x58: "BMP280", 0x61: "BME680"}
_SEESAWS = frozenset({0x55, *range(0x84, 0x8A)})  # SAMD09 and SAMD10, ATtiny of the 0 and 1 series
_SEESAW_PAUSE_S = 0.008
_EZO_LENGTH = 20


class Kind(NamedTuple):
    """One kind of chip.

    `ask` returns what the chip said, and the model when that proves it; None where no question is safe.
    `is_conclusive`: a chip that answers anything else is another one.
    """

    models: tuple[str, ...]
    addresses: Collection[int]
    ask: Ask | None
    is_conclusive: bool = True


def _ads1115(chip: I2cChip) -> tuple[str, str | None]:
    """The thresholds of its comparator, which the station never sets, tell it after it has been used too."""
    config = _word(chip, 1)
    proof = config == _ADS1115_RESET or (_word(chip, 2), _word(chip, 3)) == _ADS1115_THRESHOLDS
    return f"register 1 reads 0x{config:04X}", "ads1115" if proof else None


def _ina219(chip: I2cChip) -> tuple[str, str | None]:
    config = _word(chip, 0)
    return f"register 0 reads 0x{config:04X}", "ina219" if config == _INA219_RESET else None


def _bosch(chip: I2cChip) -> tuple[str, str | None]:
    """Both families use these two addresses, each with its identity in a register of its own."""
    old, new = chip.ask(b"\xd0", 1)[0], chip.ask(b"\x00", 1)[0]
    if old == _BME280:
        return f"chip id 0x{old:02X}: BME280", "bme280"
    if new in {_BMP388, _BMP390} and old not in _BOSCH_OTHERS:
        return f"chip id 0x{new:02X}: {'BMP388' if new == _BMP388 else 'BMP390'}", "bmp388"
    name = _BOSCH_OTHERS.get(old)
    return f"chip id 0x{old:02X}" + (f": {name}, which the station does not speak" if name else ""), None


def _seesaw(chip: I2cChip) -> tuple[str, str | None]:
    found = chip.ask_slowly(b"\x00\x01", 1, _SEESAW_PAUSE_S)[0]
    return f"hardware id 0x{found:02X}", "seesaw-soil" if found in _SEESAWS else None


def _ezo(chip: I2cChip) -> tuple[str, str | None]:
    try:
        _, text = unpack(chip.ask_slowly(INFO.text.encode("ascii"), _EZO_LENGTH, INFO.takes_s))
        circuit = info(text)
    except GarbledError:
        return "", None
    model = f"ezo-{circuit.name.replace('.', '').lower()}"
    return f"EZO {circuit.name}, firmware {circuit.firmware}", model if model in CIRCUITS else None


def _word(chip: I2cChip, register: int) -> int:
    return int.from_bytes(chip.ask(bytes((register,)), 2), "big")


KINDS = (
    Kind(("ads1115",), range(0x48, 0x4C), _ads1115, is_conclusive=False),
    Kind(("ina219",), range(0x40, 0x50), _ina219, is_conclusive=False),
    Kind(("bme280", "bmp388"), range(0x76, 0x78), _bosch),
    Kind(("seesaw-soil",), range(0x36, 0x38), _seesaw),
    Kind(("seesaw-soil",), range(0x38, 0x3A), None),
    Kind(("chirp",), range(0x20, 0x21), None),
    *(Kind((model,), (circuit.address,), _ezo) for model, circuit in CIRCUITS.items()),
)
# Frequent company on a station's bus that is no instrument.
ELSE = {
    range(0x20, 0x28): "an I/O expander (MCP23017, PCF8574) or a display",
    range(0x38, 0x40): "an I/O expander (PCF8574A) or a display",
    range(0x50, 0x58): "an EEPROM, such as the one of a HAT or a clock module",
    range(0x68, 0x6A): "a clock (DS3231) or a motion sensor (MPU-6050)",
}
