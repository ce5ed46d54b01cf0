"""Which chips answer on an I2C bus, and what they are.

To read a register its number has to be written first, and to some chips a written byte is an order. So a chip
is asked only where none known to live at the same address takes it for one; elsewhere its address is all that
is told of it (`chips.UNASKED`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.bus.i2c import USABLE_ADDRESSES
from drivers.bus.i2c_chip import I2cChip
from drivers.contract import BadAnswerError, BusError, NoAnswerError
from drivers.scan.chips import ELSE, KINDS, UNASKED
from drivers.scan.found import Found, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drivers.bus.i2c import I2cBus
    from drivers.scan.chips import Kind
    from drivers.scan.found import Step

# With SDA held low every address seems to answer; no bus has that many chips side by side.
_MOST_IN_A_ROW = 16


def search(bus: I2cBus, addresses: Iterable[int] = USABLE_ADDRESSES) -> Iterator[Step]:
    """Ask at each of `addresses`. Yields after each. Raises BusError when the bus is stuck or gone."""
    in_a_row = 0
    for address in addresses:
        if not bus.present(address):
            in_a_row = 0
            yield Progress(address)
            continue
        in_a_row += 1
        if in_a_row > _MOST_IN_A_ROW:
            raise BusError(
                f"I2C bus {bus.name} is stuck: SDA is held low, every address seems to answer",
                "switch the power of the instruments on this bus off and on; a reboot does not free it",
            )
        yield identify(bus, address)


def identify(bus: I2cBus, address: int) -> Found:
    """Whom the chip at `address` says it is, as far as it can be asked. Raises BusError."""
    chip = I2cChip(bus, address, "")
    possible: list[str] = []
    told: list[str] = []
    for kind in (each for each in KINDS if address in each.addresses):
        said, model = _asked(kind, chip)
        if model is not None:
            return Found("address", address, said, (model,), sure=True)
        told += [said] if said else []
        possible += kind.models if not kind.is_conclusive or not said else ()
    return Found("address", address, _unsure(address, told, possible), tuple(possible))


def _asked(kind: Kind, chip: I2cChip) -> tuple[str, str | None]:
    """What the chip says to the question of a kind, and the model if that proves it is one."""
    if kind.ask is None:
        return "", None
    try:
        return kind.ask(chip)
    except (NoAnswerError, BadAnswerError):
        return "", None


def _unsure(address: int, told: list[str], possible: list[str]) -> str:
    shared = "by its address it may be one of these, or another chip"
    by_address = shared if possible else _at(ELSE, address) or "a chip not known here"
    danger = _at(UNASKED, address)
    unasked = f"not asked who it is: {danger}" if danger else ""
    return "; ".join(filter(None, (*told, by_address, unasked)))


def _at(table: Mapping[range, str], address: int) -> str:
    """What a table says of an address; nothing when it has none there."""
    return next((text for span, text in table.items() if address in span), "")
