"""Which serial ports and I2C adapters this computer has, by names that stay the same. Opens nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from drivers.bus.mini_uart import is_mini_uart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serial.tools.list_ports_common import ListPortInfo

DEV = Path("/dev")
_ON_BOARD = ("serial0", "serial1", "ttyAMA*")


class Port(NamedTuple):
    """One serial port.

    Attributes:
        device: as the kernel calls it today.
        name: what to write into the configuration: the same after a re-plug or a reboot where possible.
        who: what is known of the adapter.
        is_mini_uart: it has no parity bit and sends no break: neither 8E1 nor SDI-12 works on it.
    """

    device: str
    name: str
    who: str
    is_mini_uart: bool


def ports(dev: Path = DEV, listed: Iterable[ListPortInfo] | None = None) -> list[Port]:
    """All of them, USB adapters and those on the board. `listed`: what pyserial found, for another `dev`."""
    if listed is None:
        from serial.tools.list_ports import comports  # noqa: PLC0415  only where ports are listed

        listed = comports()
    usb = {each.device: each for each in listed}
    on_board = {os.path.realpath(path) for pattern in _ON_BOARD for path in dev.glob(pattern)}
    return [_port(device, usb.get(device), dev) for device in sorted({*usb, *on_board})]


def adapters(dev: Path = DEV) -> list[str]:
    """All I2C adapters, in the order of their numbers."""
    found = [path for path in dev.glob("i2c-*") if path.name.removeprefix("i2c-").isdigit()]
    return [str(path) for path in sorted(found, key=lambda path: int(path.name.removeprefix("i2c-")))]


def _port(device: str, info: ListPortInfo | None, dev: Path) -> Port:
    # Two cheap adapters without a serial number share one name in by-id: the socket tells them apart.
    folders = ("by-id", "by-path") if info is not None and info.serial_number else ("by-path", "by-id")
    links = [link for folder in folders for link in sorted((dev / "serial" / folder).glob("*"))]
    names = [str(link) for link in links if os.path.realpath(link) == os.path.realpath(device)]
    mini = is_mini_uart(Path(device).name)
    return Port(device, names[0] if names else device, _who(info, mini=mini), mini)


def _who(info: ListPortInfo | None, *, mini: bool) -> str:
    if info is None or info.vid is None:
        return "mini UART of the board: no parity, no SDI-12" if mini else "on the board"
    words = [info.manufacturer, info.product, f"{info.vid:04x}:{info.pid or 0:04x}"]
    return " ".join(str(word) for word in words if word)
