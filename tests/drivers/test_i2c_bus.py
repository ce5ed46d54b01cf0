"""An I2C bus over a socket and over the kernel: transactions, deadlines, and every trouble named."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import smbus2.smbus2

from drivers.ads1115.driver import Ads1115Driver
from drivers.ads1115.settings import Ads1115Settings
from drivers.bus.i2c import USABLE_ADDRESSES, I2cBus
from drivers.contract import BusError
from drivers.simulated.ads1115 import CONFIG_AT_RESET, Ads1115
from drivers.simulated.i2c_server import I2cServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ADDRESS = 0x48


@pytest.fixture
def chip() -> Ads1115:
    return Ads1115(lambda _pin: 1.25)


@pytest.fixture
def socket_bus(tmp_path: Path, chip: Ads1115) -> Iterator[I2cBus]:
    with I2cServer(tmp_path / "i2c", {ADDRESS: chip}):
        bus = I2cBus.open(f"unix:{tmp_path / 'i2c'}")
        yield bus
        bus.close()


@pytest.fixture
def kernel_bus(tmp_path: Path, chip: Ads1115, monkeypatch: pytest.MonkeyPatch) -> Iterator[I2cBus]:
    """The kernel's i2c-dev played below smbus2, at the ioctl: few machines that test have such a chip."""
    (tmp_path / "i2c-1").touch()
    monkeypatch.setattr(smbus2.smbus2, "ioctl", i2c_dev({ADDRESS: chip}))
    bus = I2cBus.open(str(tmp_path / "i2c-1"))
    yield bus
    bus.close()


def i2c_dev(chips: dict[int, Ads1115]) -> Callable[[int, int, Any], None]:
    """What Linux does for I2C_FUNCS and I2C_RDWR (include/uapi/linux/i2c-dev.h)."""

    def ioctl(fd: int, operation: int, argument: Any) -> None:
        os.fstat(fd)
        if operation != smbus2.smbus2.I2C_RDWR:
            argument.value = 1
            return
        messages = [argument.msgs[at] for at in range(argument.nmsgs)]
        write = b"".join(bytes(each) for each in messages if not each.flags)
        read_len = sum(each.len for each in messages if each.flags)
        if messages[0].addr not in chips:
            raise OSError(errno.EREMOTEIO, "no such chip")
        heard = chips[messages[0].addr].transfer(write, read_len)
        ctypes.memmove(messages[-1].buf, heard, len(heard))

    return ioctl


@pytest.fixture(params=["socket_bus", "kernel_bus"])
def bus(request: pytest.FixtureRequest) -> I2cBus:
    found: I2cBus = request.getfixturevalue(request.param)
    return found


def config_of(bus: I2cBus, address: int = ADDRESS) -> int:
    word = bytearray(2)
    bus.writeto_then_readfrom(address, b"\x01", word)
    return int.from_bytes(word, "big")


def test_a_write_and_a_read_with_a_repeated_start(bus: I2cBus) -> None:
    assert config_of(bus) == CONFIG_AT_RESET


def test_slices_of_both_buffers_travel_and_the_rest_stays(bus: I2cBus) -> None:
    heard = bytearray(b"....")
    bus.writeto_then_readfrom(ADDRESS, b"\xff\x01\xff", heard, out_start=1, out_end=2, in_start=1, in_end=3)
    assert heard == b".\x85\x83."


def test_plain_writes_and_reads(bus: I2cBus) -> None:
    """The pointer written first is what is read then."""
    bus.writeto(ADDRESS, b"\xff\x03\xff", start=1, end=2)
    heard = bytearray(4)
    bus.readfrom_into(ADDRESS, heard, start=2)
    assert heard == b"\0\0\x7f\xff"


def test_an_absent_chip_fails_the_transaction_and_not_the_bus(bus: I2cBus) -> None:
    with pytest.raises(OSError, match=str(errno.EREMOTEIO)) as caught:
        config_of(bus, 0x49)
    assert caught.value.errno == errno.EREMOTEIO
    assert config_of(bus) == CONFIG_AT_RESET


def test_a_write_of_nothing_probes_an_address(bus: I2cBus) -> None:
    bus.writeto(ADDRESS, b"")
    with pytest.raises(OSError, match=str(errno.EREMOTEIO)):
        bus.writeto(0x49, b"")


def test_after_the_deadline_no_transfer_begins(bus: I2cBus) -> None:
    """A driver that polls for ever ends here. The first is never late; leaving gives the bus back."""
    with bus.deadline(-1.0):
        assert config_of(bus) == CONFIG_AT_RESET
        with pytest.raises(TimeoutError) as caught:
            config_of(bus)
    assert caught.value.errno == errno.ETIMEDOUT
    assert config_of(bus) == CONFIG_AT_RESET


def test_within_the_deadline_transfers_go_on(bus: I2cBus) -> None:
    with bus.deadline(60.0):
        assert [config_of(bus), config_of(bus)] == [CONFIG_AT_RESET, CONFIG_AT_RESET]


def test_the_lock_is_always_free(bus: I2cBus) -> None:
    """One thread owns the bus, so the Adafruit driver never has to wait."""
    assert bus.try_lock()
    bus.unlock()
    assert bus.try_lock()


def test_the_unmodified_adafruit_driver_measures_over_either_adapter(bus: I2cBus) -> None:
    settings = Ads1115Settings(input="A0", quantity="water_level", rate_sps=860)
    assert [each.raw for each in Ads1115Driver(bus, "ads1115", settings).read()] == [1.25]


@pytest.mark.parametrize("number", [errno.ENODEV, errno.EBADF, errno.ESHUTDOWN])
def test_an_adapter_that_is_gone_is_a_bus_error(bus: I2cBus, chip: Ads1115, number: int) -> None:
    """It passes through the Adafruit driver, which would take any OSError for an absent chip."""
    chip.errnos.append(number)
    with pytest.raises(BusError, match="stopped working") as caught:
        config_of(bus)
    assert caught.value.hint


def test_closing_twice_is_harmless(bus: I2cBus) -> None:
    bus.close()
    bus.close()


def test_a_socket_whose_far_side_hung_up_is_a_bus_error(tmp_path: Path, chip: Ads1115) -> None:
    server = I2cServer(tmp_path / "i2c", {ADDRESS: chip})
    server.start()
    bus = I2cBus.open(f"unix:{tmp_path / 'i2c'}")
    server.close()
    for _ in range(2):
        with pytest.raises(BusError, match="stopped working"):
            config_of(bus)
    bus.close()


def answered_with(path: Path, reply: bytes) -> OSError | BusError:
    """What one transaction raises when the far side sends `reply` and hangs up."""

    def serve() -> None:
        with listener.accept()[0] as client:
            client.recv(100)
            client.send(reply)

    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        bus = I2cBus.open(f"unix:{path}")
        with pytest.raises((OSError, BusError)) as caught:
            config_of(bus)
        thread.join()
        bus.close()
    assert isinstance(caught.value, OSError | BusError)
    return caught.value


def test_a_reply_of_the_wrong_length_fails_the_transaction(tmp_path: Path) -> None:
    error = answered_with(tmp_path / "i2c", b"\0\0\0\0abc")
    assert isinstance(error, OSError)
    assert error.errno == errno.EIO


def test_a_reply_without_a_head_is_a_bus_error(tmp_path: Path) -> None:
    assert isinstance(answered_with(tmp_path / "i2c", b"\0"), BusError)


@pytest.mark.parametrize(
    ("number", "what", "hint"),
    [
        (errno.ENOENT, "does not exist", "raspi-config nonint do_i2c 0"),
        (errno.EACCES, "permission denied", "usermod -aG i2c"),
        (errno.EIO, "cannot be opened", "i2cdetect -l"),
    ],
)
def test_what_the_kernel_says_on_opening_becomes_advice(
    monkeypatch: pytest.MonkeyPatch, number: int, what: str, hint: str
) -> None:
    """The kernel is played, because these tests may run as root, whom it refuses nothing."""

    def refuse(path: str, flags: int) -> int:
        raise OSError(number, os.strerror(number), path)

    with monkeypatch.context() as kernel:
        kernel.setattr(os, "open", refuse)
        with pytest.raises(BusError) as caught:
            I2cBus.open("/dev/i2c-1")
    assert "/dev/i2c-1" in caught.value.what
    assert what in caught.value.what
    assert hint in caught.value.hint


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_file_is_not_an_adapter_and_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    before = open_files()
    with pytest.raises(BusError, match="is not an I2C adapter"):
        I2cBus.open(str(tmp_path / "file"))
    assert open_files() == before


def test_a_simulated_bus_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(BusError, match="does not answer") as caught:
        I2cBus.open(f"unix:{tmp_path / 'nobody'}")
    assert "simulated site" in caught.value.hint


def test_a_search_finds_who_acknowledges_and_nobody_else(bus: I2cBus) -> None:
    assert [address for address in USABLE_ADDRESSES if bus.present(address)] == [ADDRESS]


@pytest.mark.parametrize(("address", "read_len"), [(0x2F, 0), (0x30, 1), (0x37, 1), (0x38, 0), (0x4F, 0),
                                                   (0x50, 1), (0x5F, 1), (0x60, 0)])  # fmt: skip
def test_a_search_asks_as_i2cdetect_does(tmp_path: Path, address: int, read_len: int) -> None:
    """Where EEPROMs live one byte is read; elsewhere nothing is written."""
    asked: list[tuple[bytes, int]] = []

    class Recorder:
        def transfer(self, write: bytes, read_len: int) -> bytes:
            asked.append((write, read_len))
            return bytes(read_len)

    with I2cServer(tmp_path / "i2c", {address: Recorder()}):
        bus = I2cBus.open(f"unix:{tmp_path / 'i2c'}")
        assert bus.present(address)
        bus.close()
    assert asked == [(b"", read_len)]


@pytest.mark.parametrize("number", [errno.EREMOTEIO, errno.ENXIO])
def test_an_address_without_acknowledge_is_free(bus: I2cBus, chip: Ads1115, number: int) -> None:
    """Adapters say it in two ways."""
    chip.errnos.append(number)
    assert not bus.present(ADDRESS)


@pytest.mark.parametrize(
    ("number", "what", "hint"),
    [
        (errno.ETIMEDOUT, "hangs at address 0x48", "power off and on"),
        (errno.EIO, "hangs at address 0x48", "power off and on"),
        (errno.EOPNOTSUPP, "cannot send the empty message", "name the addresses"),
    ],
)
def test_a_bus_that_hangs_ends_the_search_with_advice(
    bus: I2cBus, chip: Ads1115, number: int, what: str, hint: str
) -> None:
    chip.errnos.append(number)
    with pytest.raises(BusError, match=what) as caught:
        bus.present(ADDRESS)
    assert hint in caught.value.hint
