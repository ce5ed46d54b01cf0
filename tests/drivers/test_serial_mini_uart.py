"""The mini UART of a Raspberry Pi is refused for what it cannot do, and for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.bus import mini_uart
from drivers.bus.serial import SerialLine
from drivers.contract import BusError
from tests.drivers.far_end import FarEnd

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.bus.serial import DataBits, Parity


def tell(sys: Path, name: str, driver: str, *, serial_core: bool = True) -> None:
    """Let /sys say that port `name` belongs to `driver`, as before or since Linux 6.5."""
    chip = sys / "devices" / "soc" / f"{name}.serial"
    port = chip / f"{name}.serial:0" / f"{name}.serial:0.0" if serial_core else chip
    port.mkdir(parents=True)
    (sys / "drivers" / driver).mkdir(parents=True)
    (chip / "driver").symlink_to(sys / "drivers" / driver)
    if serial_core:
        (sys / "drivers" / "port").mkdir()
        (port / "driver").symlink_to(sys / "drivers" / "port")
    tty = sys / "class" / "tty" / name
    tty.mkdir(parents=True)
    (tty / "device").symlink_to(port)


@pytest.fixture
def sys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kernel's /sys, played: few machines that test have a mini UART."""
    monkeypatch.setattr(mini_uart, "TTY_CLASS", tmp_path / "class" / "tty")
    return tmp_path


def test_the_driver_tells_which_port_it_is_before_and_since_linux_6_5(sys: Path) -> None:
    tell(sys / "old", "ttyS0", "bcm2835-aux-uart", serial_core=False)
    (sys / "class").symlink_to(sys / "old" / "class")
    assert mini_uart.is_mini_uart("ttyS0")
    (sys / "class").unlink()
    tell(sys, "ttyS0", "bcm2835-aux-uart")
    assert mini_uart.is_mini_uart("ttyS0")


@pytest.mark.parametrize("driver", ["uart-pl011", "serial8250", "ftdi_sio"])
def test_every_other_driver_has_parity(sys: Path, driver: str) -> None:
    tell(sys, "ttyS0", driver)
    assert not mini_uart.is_mini_uart("ttyS0")


def test_a_port_without_an_entry_is_no_mini_uart(sys: Path) -> None:
    """A pseudo-terminal, or a machine without /sys."""
    assert not mini_uart.is_mini_uart("ttyUSB9")


@pytest.mark.parametrize(("parity", "data_bits"), [("even", 8), ("odd", 8), ("even", 7)])
def test_parity_on_a_mini_uart_is_refused_with_the_cure(
    sys: Path, parity: Parity, data_bits: DataBits
) -> None:
    """Through a link as well: /dev/serial0 leads to it on most boards."""
    with FarEnd() as far_end:
        tell(sys, far_end.port.rpartition("/")[2], "bcm2835-aux-uart")
        link = sys / "serial0"
        link.symlink_to(far_end.port)
        with pytest.raises(BusError, match="mini UART, which has no parity bit") as caught:
            SerialLine.open(str(link), 1200, parity, 1, data_bits)
    assert f"{link} ({far_end.port})" in caught.value.what
    assert "dtoverlay=disable-bt" in caught.value.hint
    assert "/dev/ttyAMA0" in caught.value.hint


def test_a_mini_uart_is_good_for_8n1(sys: Path) -> None:
    """Most instruments and every smart SDI-12 adapter need no more."""
    with FarEnd() as far_end:
        tell(sys, far_end.port.rpartition("/")[2], "bcm2835-aux-uart")
        SerialLine.open(far_end.port, 9600, "none", 1).close()


def test_parity_on_any_other_port_is_fine(sys: Path) -> None:
    with FarEnd() as far_end:
        tell(sys, far_end.port.rpartition("/")[2], "uart-pl011")
        SerialLine.open(far_end.port, 1200, "even", 1, 7).close()
