"""The I2C chips that the station knows: where they may live, and the question that tells them apart.

Sources: the data sheet TI SBOS448 (INA219), the Adafruit seesaw guide, and the Atlas Scientific EZO data
sheets. For the chips that a question would disturb, whose first written byte is an order: data sheets NXP
PCF8591 (0x48 to 0x4F: its control byte), TI SCPS207 (TCA9548A, 0x70 to 0x77: the mask of its channels), and
NXP PCF8574; PCF8574A (0x20 to 0x27, 0x38 to 0x3F: its pins).
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

_INA219_RESET = 0x399F
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


def _ina219(chip: I2cChip) -> tuple[str, str | None]:
    config = _word(chip, 0)
    return f"register 0 reads 0x{config:04X}", "ina219" if config == _INA219_RESET else None


def _seesaw(chip: I2cChip) -> tuple[str, str | None]:
    """No chip known to share its addresses (MAX17048, AS5600) lets register 0 be written."""
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
    Kind(("ads1115",), range(0x48, 0x4C), None),
    Kind(("ina219",), range(0x40, 0x48), _ina219, is_conclusive=False),
    Kind(("ina219",), range(0x48, 0x50), None),
    Kind(("bme280", "bmp388"), range(0x76, 0x78), None),
    Kind(("seesaw-soil",), range(0x36, 0x38), _seesaw),
    Kind(("seesaw-soil",), range(0x38, 0x3A), None),
    Kind(("chirp",), range(0x20, 0x21), None),
    *(Kind((model,), (circuit.address,), _ezo) for model, circuit in CIRCUITS.items()),
)
# Company on a station's bus that is no instrument.
ELSE = {
    range(0x20, 0x28): "an I/O expander (MCP23017, PCF8574) or a display",
    range(0x38, 0x40): "an I/O expander (PCF8574A) or a display",
    range(0x48, 0x50): "a converter (PCF8591) or a thermometer",
    range(0x50, 0x58): "an EEPROM, such as the one of a HAT or a clock module",
    range(0x68, 0x6A): "a clock (DS3231) or a motion sensor (MPU-6050)",
    range(0x70, 0x78): "a multiplexer (TCA9548A) or a display",
}
# Where a question is none to another chip. A read without a question would tell nothing there: whatever it
# gives, a converter or a channel mask could give too.
UNASKED = {
    range(0x20, 0x28): "an I/O expander would put the question on its pins",
    range(0x38, 0x40): "an I/O expander would put the question on its pins",
    range(0x48, 0x50): "a PCF8591 would take the question for a setting of its output",
    range(0x70, 0x78): "a TCA9548A would take the question for a choice of its channels",
}
