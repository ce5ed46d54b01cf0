"""Whether a serial port is the mini UART of a Raspberry Pi, which has no parity bit.

The port opens with parity all the same, without a word, and then every answer is damaged. Sources: BCM2835
ARM Peripherals 2.2 (no parity); linux/drivers/tty/serial/8250/8250_bcm2835aux.c (the driver's name).
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from drivers.contract import BusError

TTY_CLASS = Path("/sys/class/tty")
_DRIVER = "bcm2835-aux-uart"
# Since Linux 6.5 two devices of the serial core stand between a port and the chip that it belongs to.
_LEVELS = 4


def refuse_parity(port: str, device: str) -> None:
    """Raise BusError when `device`, to which `port` leads, is a mini UART and so cannot have parity."""
    if not is_mini_uart(Path(device).name):
        return
    where = port if device == port else f"{port} ({device})"
    raise BusError(
        f"serial port {where} is the Raspberry Pi's mini UART, which has no parity bit: "
        "8E1 (many Modbus instruments) and 7E1 (SDI-12) cannot work on it",
        "use the PL011 instead: add `dtoverlay=disable-bt` to /boot/firmware/config.txt, run "
        "`sudo systemctl disable hciuart`, reboot, and set port to /dev/ttyAMA0; or use a USB adapter",
    )


def is_mini_uart(name: str) -> bool:
    """Whether the kernel serves the port `name` (such as `ttyS0`) with the mini UART's driver."""
    device = (TTY_CLASS / name / "device").resolve()
    levels = islice((device, *device.parents), _LEVELS)
    return any((level / "driver").resolve().name == _DRIVER for level in levels)
