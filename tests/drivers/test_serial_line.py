"""A serial line: opened for us alone, every wait bounded, every trouble named."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

import drivers.bus.serial as serial_module
from drivers.bus.serial import LineSettings, Parity, SerialLine
from drivers.contract import BusError
from tests.drivers.far_end import FarEnd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG_S = 10.0


@pytest.fixture
def far_end() -> Iterator[FarEnd]:
    with FarEnd() as far_end:
        yield far_end


@pytest.fixture
def line(far_end: FarEnd) -> Iterator[SerialLine]:
    line = SerialLine.open(far_end.port, 9600, "none", 1)
    yield line
    line.close()


def soon() -> float:
    return time.monotonic() + LONG_S


def refused(port: str) -> BusError:
    with pytest.raises(BusError) as caught:
        SerialLine.open(port, 9600, "none", 1)
    assert port in caught.value.what
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("settings", "text", "char_s"),
    [
        (LineSettings(9600, "none", 1), "9600 8N1", 10 / 9600),
        (LineSettings(9600, "even", 1), "9600 8E1", 11 / 9600),
        (LineSettings(4800, "odd", 2), "4800 8O2", 12 / 4800),
        (LineSettings(1200, "even", 1, 7), "1200 7E1", 10 / 1200),
    ],
)
def test_line_settings_tell_the_time_of_a_character(settings: LineSettings, text: str, char_s: float) -> None:
    assert str(settings) == text
    assert settings.char_s == pytest.approx(char_s)


@pytest.mark.parametrize(("parity", "stop_bits"), [("none", 1), ("even", 1), ("odd", 1), ("none", 2)])
def test_every_framing_opens(far_end: FarEnd, parity: Parity, stop_bits: int) -> None:
    line = SerialLine.open(far_end.port, 19200, parity, stop_bits)
    line.close()


def test_reading_ends_with_the_last_byte_wanted(far_end: FarEnd, line: SerialLine) -> None:
    """More than was asked for stays for the next read."""
    far_end.say(b"abcdef")
    assert line.read(4, soon()) == b"abcd"
    assert line.read(2, soon()) == b"ef"


def test_reading_collects_what_comes_in_pieces(far_end: FarEnd, line: SerialLine) -> None:
    def speak_slowly() -> None:
        for byte in b"abcdef":
            far_end.say(bytes((byte,)))

    speaker = threading.Thread(target=speak_slowly)
    speaker.start()
    assert line.read(6, soon()) == b"abcdef"
    speaker.join()


def test_reading_ends_at_its_deadline_with_what_came(far_end: FarEnd, line: SerialLine) -> None:
    """A babbling or silent far end cannot hold the thread; nothing is lost of what did come."""
    far_end.say(b"ab")
    assert line.read(2, soon()) == b"ab"
    far_end.say(b"c")
    assert line.read(1, soon()) == b"c"
    assert line.read(4, time.monotonic() + 0.01) == b""


def test_flushing_forgets_what_came_too_late(far_end: FarEnd, line: SerialLine) -> None:
    far_end.say(b"late")
    assert line.read(1, soon()) == b"l"
    line.flush_input()
    assert line.read(1, time.monotonic()) == b""


def test_an_unplugged_adapter_is_a_bus_error_whatever_is_tried(far_end: FarEnd, line: SerialLine) -> None:
    """Read, write and flush fail in three different ways below; above they are one."""
    far_end.hang_up()
    for attempt in (lambda: line.read(1, soon()), lambda: line.write(b"x"), line.flush_input):
        with pytest.raises(BusError, match="stopped working") as caught:
            attempt()
        assert "plugged in" in caught.value.hint


def test_a_closed_line_is_a_bus_error_and_closing_twice_is_not(line: SerialLine) -> None:
    line.close()
    line.close()
    with pytest.raises(BusError):
        line.read(1, soon())


def test_a_port_that_takes_no_more_bytes_is_a_bus_error(
    far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing is bounded: a stuck adapter does not hold the thread. The far end reads 8 bytes at a time."""
    monkeypatch.setattr(serial_module, "_WRITE_TIMEOUT_S", 0.01)
    line = SerialLine.open(far_end.port, 9600, "none", 1)
    with pytest.raises(BusError, match="timeout"):
        line.write(bytes(1_000_000))
    line.close()


def test_a_missing_port_says_where_to_look(tmp_path: Path) -> None:
    error = refused(str(tmp_path / "ttyUSB9"))
    assert "does not exist" in error.what
    assert "/dev/serial/by-id/" in error.hint


def test_a_stale_link_names_both_ends(tmp_path: Path) -> None:
    """by-id links may outlast their device for a moment."""
    link = tmp_path / "usb-FTDI"
    link.symlink_to(tmp_path / "ttyUSB3")
    assert f"{link} ({tmp_path / 'ttyUSB3'}) does not exist" in refused(str(link)).what


def test_a_link_is_followed_anew_at_every_open(tmp_path: Path) -> None:
    """An adapter that was plugged in again has another number and the same by-id name."""
    link = tmp_path / "usb-FTDI"
    for _ in range(2):
        with FarEnd() as far_end:
            link.unlink(missing_ok=True)
            link.symlink_to(far_end.port)
            line = SerialLine.open(str(link), 9600, "none", 1)
            far_end.say(b"x")
            assert line.read(1, soon()) == b"x"
            line.close()


def test_a_port_held_by_another_program_says_so(far_end: FarEnd, line: SerialLine) -> None:
    error = refused(far_end.port)
    assert "held by another program" in error.what
    assert f"fuser -v {far_end.port}" in error.hint


def test_a_file_is_not_a_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    assert "is not a serial port" in refused(str(path)).what


def test_a_folder_is_not_a_port(tmp_path: Path) -> None:
    assert "is not a serial port" in refused(str(tmp_path)).what


@pytest.mark.parametrize(
    ("number", "what", "hint"),
    [
        (errno.EACCES, "permission denied", "dialout"),
        (errno.EPERM, "permission denied", "dialout"),
        (errno.EBUSY, "held by another program", "fuser"),
        (errno.ENXIO, "does not exist", "by-id"),
        (errno.EIO, "cannot be opened", "journalctl"),
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
        error = refused("/dev/ttyUSB7")
    assert what in error.what
    assert hint in error.hint


def test_a_speed_that_the_system_does_not_know_is_a_bus_error(far_end: FarEnd) -> None:
    with pytest.raises(BusError, match="cannot be opened"):
        SerialLine.open(far_end.port, -1, "none", 1)


def test_a_break_holds_the_line_low_and_then_leaves_it_marking(
    far_end: FarEnd, line: SerialLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's break is switched on and off again; what follows waits for the mark."""
    told: list[tuple[str, float]] = []
    names = {0x5427: "low", 0x5428: "mark"}  # TIOCSBRK, TIOCCBRK of asm-generic/ioctls.h

    def ioctl(_fd: int, request: int) -> None:
        told.append((names[request], time.monotonic()))

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    line.send_break(0.02, 0.01)
    end_s = time.monotonic()
    assert [name for name, _ in told] == ["low", "mark"]
    (_, low_s), (_, mark_s) = told
    assert mark_s - low_s >= 0.02
    assert end_s - mark_s >= 0.01


def test_a_break_passes_a_pty_without_a_word(far_end: FarEnd, line: SerialLine) -> None:
    line.send_break(0.0, 0.0)
    far_end.say(b"x")
    assert line.read(1, soon()) == b"x"


def test_a_break_on_an_unplugged_adapter_is_a_bus_error(far_end: FarEnd, line: SerialLine) -> None:
    far_end.hang_up()
    with pytest.raises(BusError, match="stopped working"):
        line.send_break(0.0, 0.0)
