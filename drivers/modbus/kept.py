"""How a Modbus instrument is told a calibration that it keeps itself: `[calibrate]` of a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.modbus.decode import Order


class Points(NamedTuple):
    """It is told standards one by one while its probe stands in them, and says what it makes of them.

    Attributes:
        quantity: the channel that it is about.
        address: where each standard is written to, as a float.
        order: of the bytes of that float.
        wants: how many standards it wants.
        off: how far its reading may be from the last of them afterwards, in the channel's unit.
        status_address: the register whose high byte tells the state: `done`, `more`, or one of `refused`.
    """

    quantity: str
    address: int
    order: Order
    wants: int
    off: float
    status_address: int
    done: int
    more: int
    refused: dict[int, str]


class Line(NamedTuple):
    """It shows factor * x + offset: two floats from `address` on."""

    quantity: str
    address: int
    order: Order


Kept = Points | Line


def build(table: Mapping[str, Any] | None) -> Kept | None:
    """What a sound table describes."""
    if table is None:
        return None
    if table["kind"] == "line":
        return Line(table["quantity"], table["register"], table.get("order", "ABCD"))
    return Points(
        table["quantity"],
        table["register"],
        table.get("order", "ABCD"),
        table["wants"],
        float(table["off"]),
        table["status_register"],
        table["done"],
        table["more"],
        {int(code): text for code, text in table["refused"].items()},
    )
