"""Serial ports and I2C adapters by names that stay the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serial.tools.list_ports_common import ListPortInfo

from drivers.bus import mini_uart
from drivers.scan.ports import adapters, ports

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def usb(dev: Path, name: str, *, serial: str | None, product: str = "USB-RS485 Cable") -> ListPortInfo:
    """An adapter as pyserial lists it."""
    (dev / name).touch()
    info = ListPortInfo(str(dev / name), skip_link_detection=True)
    info.vid, info.pid, info.serial_number = 0x0403, 0x6001, serial
    info.manufacturer, info.product = "FTDI", product
    return info


def link(dev: Path, folder: str, name: str, target: str) -> Path:
    """A link as udev makes it."""
    path = dev / "serial" / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(dev / target)
    return path


def test_an_adapter_with_a_serial_number_is_named_by_it(tmp_path: Path) -> None:
    by_id = link(tmp_path, "by-id", "usb-FTDI_FT1-if00-port0", "ttyUSB0")
    link(tmp_path, "by-path", "platform-1", "ttyUSB0")
    (found,) = ports(tmp_path, [usb(tmp_path, "ttyUSB0", serial="FT1")])
    assert found.name == str(by_id)
    assert found.device == str(tmp_path / "ttyUSB0")
    assert found.who == "FTDI USB-RS485 Cable 0403:6001"


def test_adapters_without_one_are_named_by_their_socket(tmp_path: Path) -> None:
    """Two of them share one by-id name: it would lead to whichever came last."""
    link(tmp_path, "by-id", "usb-1a86_USB_Serial-if00-port0", "ttyUSB1")
    first = link(tmp_path, "by-path", "platform-1", "ttyUSB0")
    second = link(tmp_path, "by-path", "platform-2", "ttyUSB1")
    found = ports(tmp_path, [usb(tmp_path, name, serial=None) for name in ("ttyUSB0", "ttyUSB1")])
    assert [each.name for each in found] == [str(first), str(second)]


def test_without_links_the_kernels_name_is_all_there_is(tmp_path: Path) -> None:
    (found,) = ports(tmp_path, [usb(tmp_path, "ttyUSB0", serial="FT1")])
    assert found.name == found.device


def test_ports_of_the_board_are_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Raspberry Pi: serial0 leads to the mini UART, and Bluetooth's PL011 is there too."""
    monkeypatch.setattr(mini_uart, "TTY_CLASS", tmp_path / "class")
    device = tmp_path / "class" / "ttyS0" / "device"
    device.mkdir(parents=True)
    (tmp_path / "bcm2835-aux-uart").mkdir()
    (device / "driver").symlink_to(tmp_path / "bcm2835-aux-uart")
    for name in ("ttyS0", "ttyAMA0"):
        (tmp_path / name).touch()
    (tmp_path / "serial0").symlink_to(tmp_path / "ttyS0")
    (tmp_path / "serial1").symlink_to(tmp_path / "ttyAMA0")
    full, mini = ports(tmp_path, [])
    assert (full.device, full.is_mini_uart, full.who) == (str(tmp_path / "ttyAMA0"), False, "on the board")
    assert (mini.device, mini.is_mini_uart) == (str(tmp_path / "ttyS0"), True)
    assert "no SDI-12" in mini.who


def test_this_computer_can_be_asked() -> None:
    """Whatever it has, each port is listed once."""
    found = ports()
    assert len({each.device for each in found}) == len(found)


def test_adapters_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("i2c-10", "i2c-1", "i2c-x"):
        (tmp_path / name).touch()
    assert adapters(tmp_path) == [str(tmp_path / "i2c-1"), str(tmp_path / "i2c-10")]
