"""Who is on an I2C bus: simulated chips behind a socket, asked by the search."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from drivers.bus.i2c import USABLE_ADDRESSES, I2cBus
from drivers.contract import BusError
from drivers.scan import i2c
from drivers.scan.found import Found, Progress
from drivers.simulated import ads1115, bme280, bmp388, chirp, ina219, seesaw_soil
from drivers.simulated.ezo import Ezo
from drivers.simulated.ezo_i2c import EzoI2c
from drivers.simulated.i2c_server import I2cServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from drivers.simulated.i2c_server import Chip


class Recorder:
    """A chip that notes what is written to it. Answers its registers, zero where it has none."""

    def __init__(self, registers: Mapping[int, bytes] | None = None) -> None:
        self.registers = dict(registers or {})
        self.written: list[bytes] = []
        self.errno = 0
        self._pointer = -1

    def transfer(self, write: bytes, read_len: int) -> bytes:
        """One transaction."""
        if self.errno and (write or read_len):
            raise OSError(self.errno, "as told")
        if write:
            self.written.append(write)
            self._pointer = write[0]
        said = self.registers.get(self._pointer, b"")
        return said.ljust(read_len, b"\0")[:read_len]


@contextmanager
def bus_with(folder: Path, chips: Mapping[int, Chip]) -> Iterator[I2cBus]:
    """An open bus with these chips."""
    with I2cServer(folder / "i2c", chips):
        bus = I2cBus.open(f"unix:{folder / 'i2c'}")
        try:
            yield bus
        finally:
            bus.close()


def found_on(folder: Path, chips: Mapping[int, Chip]) -> dict[int | str, Found]:
    """Whom a search of the whole bus finds."""
    with bus_with(folder, chips) as bus:
        return {step.place: step for step in i2c.search(bus) if isinstance(step, Found)}


def test_each_chip_is_known_by_what_it_says(tmp_path: Path) -> None:
    """Every chip whose neighbours at its address take the question for none, at once on one bus."""
    found = found_on(
        tmp_path,
        {
            0x36: seesaw_soil.SeesawSoil(lambda: seesaw_soil.Soil(900, 12.5)),
            0x40: ina219.Ina219(lambda: ina219.Line(12.0, 0.04)),
            0x63: EzoI2c(Ezo("pH", lambda _c: "7.000")),
            0x61: EzoI2c(Ezo("D.O.", lambda _c: "8.00")),
        },
    )
    assert {place: each.models for place, each in found.items()} == {
        0x36: ("seesaw-soil",),
        0x40: ("ina219",),
        0x61: ("ezo-do",),
        0x63: ("ezo-ph",),
    }
    assert all(each.sure for each in found.values())
    assert "pH" in found[0x63].who


def test_every_address_is_asked_and_each_question_is_a_step(tmp_path: Path) -> None:
    with bus_with(tmp_path, {}) as bus:
        steps = list(i2c.search(bus))
    assert steps == [Progress(address) for address in USABLE_ADDRESSES]


@pytest.mark.parametrize(
    ("chip", "address", "models", "danger"),
    [
        (ads1115.Ads1115(lambda _pin: 1.0), 0x48, ("ads1115", "ina219"), "PCF8591"),
        (ina219.Ina219(lambda: ina219.Line(12.0, 0.04)), 0x4F, ("ina219",), "PCF8591"),
        (bme280.Bme280(lambda: bme280.Air(21.5, 91522.0, 63.0)), 0x76, ("bme280", "bmp388"), "TCA9548A"),
        (bmp388.Bmp388(lambda: bmp388.Air(21.5, 91522.0)), 0x77, ("bme280", "bmp388"), "TCA9548A"),
    ],
)
def test_who_shares_an_address_with_a_switch_is_a_guess_that_says_why(
    tmp_path: Path, chip: Chip, address: int, models: tuple[str, ...], danger: str
) -> None:
    """Its number alone speaks for it."""
    found = found_on(tmp_path, {address: chip})
    assert found[address].models == models
    assert not found[address].sure
    assert f"not asked who it is: a {danger}" in found[address].who


def test_a_multiplexer_is_named_where_no_instrument_lives(tmp_path: Path) -> None:
    found = found_on(tmp_path, {0x70: Recorder()})
    assert found[0x70].models == ()
    assert "TCA9548A" in found[0x70].who


def test_a_stranger_at_an_instruments_address_is_a_guess(tmp_path: Path) -> None:
    """0x40 may be an INA219 that has been set up, or another chip: nothing is certain."""
    found = found_on(tmp_path, {0x40: Recorder({0: b"\x19\x00"})})
    assert found[0x40].models == ("ina219",)
    assert not found[0x40].sure
    assert "register 0 reads 0x1900" in found[0x40].who


@pytest.mark.parametrize(
    "address",
    [*range(0x20, 0x28), *range(0x38, 0x40), *range(0x48, 0x58), 0x68, *range(0x70, 0x78)],
)
def test_nothing_is_written_where_a_question_could_switch_something(tmp_path: Path, address: int) -> None:
    """A PCF8574 puts a byte on its pins: a relay would click.

    A PCF8591 (0x48 to 0x4F) takes it for its control byte, a TCA9548A (0x70 to 0x77) for its channels.
    """
    expander = Recorder()
    found = found_on(tmp_path, {address: expander})
    assert address in found
    assert not found[address].sure
    assert expander.written == []


def test_only_numbers_of_registers_and_one_word_are_written(tmp_path: Path) -> None:
    """At all addresses: INA219's register 0, seesaw's 0x00 0x01, and `i`, which asks an EZO who it is."""
    recorders = {address: Recorder() for address in USABLE_ADDRESSES if address % 16}
    found_on(tmp_path, recorders)
    said = {address: chip.written for address, chip in recorders.items() if chip.written}
    assert said == {
        **{address: [b"\x00"] for address in range(0x41, 0x48)},
        **{address: [b"\x00\x01"] for address in (0x36, 0x37)},
        **{address: [b"i"] for address in (0x61, 0x62, 0x63, 0x64, 0x66)},
    }


def test_a_chirp_is_a_guess_by_address(tmp_path: Path) -> None:
    probe = chirp.Chirp(lambda: chirp.Soil(550, 12.3))
    found = found_on(tmp_path, {0x20: probe})
    assert found[0x20].models == ("chirp",)
    assert not found[0x20].sure


def test_a_seesaw_address_with_a_fuel_gauge_is_nobody_known(tmp_path: Path) -> None:
    found = found_on(tmp_path, {0x36: Recorder({0: b"\x12"})})
    assert found[0x36].models == ()
    assert "hardware id 0x12" in found[0x36].who


def test_an_ezo_that_is_busy_is_a_guess(tmp_path: Path) -> None:
    """Its address is the factory's, and what it says means nothing yet."""
    found = found_on(tmp_path, {0x64: EzoI2c(Ezo("EC", lambda _c: "1"), busy_s=60.0)})
    assert found[0x64].models == ("ezo-ec",)
    assert not found[0x64].sure


def test_a_circuit_of_the_family_that_we_do_not_speak_has_no_model(tmp_path: Path) -> None:
    found = found_on(tmp_path, {0x66: EzoI2c(Ezo("HUM", lambda _c: "1"))})
    assert found[0x66].models == ()
    assert "HUM" in found[0x66].who


def test_a_chip_that_says_nothing_more_than_its_address_is_a_guess(tmp_path: Path) -> None:
    """It acknowledged, and then no question: the search goes on."""
    chip = Recorder()
    chip.errno = errno.ENXIO
    found = found_on(tmp_path, {0x63: chip, 0x68: Recorder()})
    assert list(found) == [0x63, 0x68]
    assert found[0x63].models == ("ezo-ph",)
    assert not found[0x63].sure


def test_a_stuck_line_is_told_and_not_listed_as_a_hundred_chips(tmp_path: Path) -> None:
    with (
        bus_with(tmp_path, {address: Recorder() for address in USABLE_ADDRESSES}) as bus,
        pytest.raises(BusError, match="SDA is held low"),
    ):
        list(i2c.search(bus))
