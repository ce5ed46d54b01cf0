"""The computer as an instrument, on files of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import BadAnswerError, BusError, NoAnswerError
from drivers.host.bus import HostBus
from drivers.host.driver import HostDriver
from drivers.host.parse import cpu_temperature_c, memory_available_mb, throttled
from drivers.host.settings import HostSettings
from tests.drivers.kits_i2c import MEMORY, TEMPERATURE, THROTTLED, raspberry_pi

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    raspberry_pi(tmp_path)
    return tmp_path


def driver(root: Path, *quantities: str, disk: str = "/") -> HostDriver:
    keys = {"quantities": list(quantities)} if quantities else {}
    return HostDriver(HostBus.open(root), "host", HostSettings.model_validate({"disk": disk} | keys))


def values(root: Path, *quantities: str) -> dict[str, float | None]:
    return {reading.quantity: reading.raw for reading in driver(root, *quantities).read()}


def test_a_healthy_pi(root: Path) -> None:
    """48312 thousandths of a degree; 3000000 KiB are 3072 MB."""
    found = values(root)
    disk = os.statvfs(root)
    assert found.pop("disk_free") == pytest.approx(disk.f_bavail * disk.f_frsize / 1e6, rel=0.01)
    assert found == {"cpu_temperature": 48.312, "throttled": 0.0, "memory_available": 3072.0}


def test_under_voltage_now_and_since_the_start(root: Path) -> None:
    """Bits 0, 2, 16 and 18, which the file gives in hexadecimal."""
    (root / THROTTLED).write_text("50005\n")
    assert values(root, "throttled") == {"throttled": float(1 << 0 | 1 << 2 | 1 << 16 | 1 << 18)}


def test_a_pi_5_has_another_name_for_its_firmware(root: Path) -> None:
    (root / THROTTLED).unlink()
    other = root / "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"
    other.parent.mkdir(parents=True)
    other.write_text("20000\n")
    assert values(root, "throttled") == {"throttled": float(1 << 17)}


def test_quantities_come_in_one_order_whatever_the_file_says(root: Path) -> None:
    sensor = driver(root, "disk_free", "cpu_temperature")
    assert [spec.quantity for spec in sensor.channels] == ["cpu_temperature", "disk_free"]
    assert [reading.quantity for reading in sensor.read()] == ["cpu_temperature", "disk_free"]


@pytest.mark.parametrize(
    ("name", "quantity"),
    [(TEMPERATURE, "cpu_temperature"), (THROTTLED, "throttled"), (MEMORY, "memory_available")],
)
def test_a_file_that_is_not_there_is_silence_and_names_the_way_out(
    root: Path, name: str, quantity: str
) -> None:
    (root / name).unlink()
    with pytest.raises(NoAnswerError, match="this computer has no /") as caught:
        driver(root, quantity).read()
    assert "quantities" in caught.value.hint


@pytest.mark.parametrize("text", ["", "hot\n", "4 8\n", "x" * 100])
@pytest.mark.parametrize(
    ("name", "quantity"),
    [(TEMPERATURE, "cpu_temperature"), (THROTTLED, "throttled"), (MEMORY, "memory_available")],
)
def test_a_file_that_says_something_else_is_a_bad_answer(
    root: Path, name: str, quantity: str, text: str
) -> None:
    (root / name).write_text(text)
    with pytest.raises(BadAnswerError, match=f"says nothing that is a {quantity}"):
        driver(root, quantity).read()


def test_a_file_that_cannot_be_read_is_silence(root: Path) -> None:
    """A thermal zone may refuse; a folder in its place does so for root too."""
    (root / TEMPERATURE).unlink()
    (root / TEMPERATURE).mkdir()
    with pytest.raises(NoAnswerError, match="cannot be read: Is a directory"):
        driver(root, "cpu_temperature").read()


def test_a_disk_that_is_not_there_is_silence(root: Path) -> None:
    with pytest.raises(NoAnswerError, match="does not answer: No such file") as caught:
        driver(root, "disk_free", disk="/media/stick").read()
    assert "disk" in caught.value.hint


def test_without_sys_there_is_no_computer(root: Path) -> None:
    sensor = driver(root, "disk_free")
    (root / "sys").rename(root / "elsewhere")
    with pytest.raises(BusError, match="not mounted"):
        sensor.read()
    with pytest.raises(BusError, match="not mounted"):
        HostBus.open(root)


def test_this_very_computer_has_memory_and_a_disk() -> None:
    """The real files, as far as every Linux has them."""
    sensor = HostDriver(HostBus.open(), "host", HostSettings(quantities=["memory_available", "disk_free"]))
    assert all(reading.raw for reading in sensor.read())
    assert sensor.probe()


@pytest.mark.parametrize("parse", [cpu_temperature_c, throttled, memory_available_mb])
@given(text=st.text(max_size=50))
def test_any_text_is_a_number_or_a_value_error(parse: Callable[[str], float], text: str) -> None:
    try:
        assert isinstance(parse(text), float)
    except ValueError:
        return


@given(st.integers(-40_000, 125_000))
def test_every_temperature_comes_back(thousandths: int) -> None:
    assert cpu_temperature_c(f"{thousandths}\n") == thousandths / 1000


@given(st.integers(0, 0xFFFFFFFF))
def test_every_bit_comes_back(bits: int) -> None:
    assert throttled(f"{bits:x}\n") == bits


@pytest.mark.parametrize("text", ["-1", "100000000"])
def test_more_or_less_than_32_bits_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="32 bits"):
        throttled(text)


@given(st.integers(0, 1 << 40))
def test_memory_is_found_wherever_its_line_stands(kib: int) -> None:
    text = f"MemTotal: 1 kB\nMemAvailable:   {kib} kB\nSwapFree: 2 kB\n"
    assert memory_available_mb(text) == kib * 1024 / 1e6


@pytest.mark.parametrize("text", ["MemAvailable: -1 kB", "MemFree: 3 kB", "MemAvailable: kB"])
def test_no_memory_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        memory_available_mb(text)
