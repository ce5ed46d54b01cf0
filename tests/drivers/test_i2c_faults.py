"""What goes wrong on an I2C bus, on every chip: named, bounded, and never a value."""

from __future__ import annotations

import errno
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from drivers.contract import BadAnswerError, BusError, DriverError, Later, NoAnswerError
from drivers.registry import MODELS
from tests.drivers.i2c_rig import WireTime, bus_of
from tests.drivers.kits import driver_for
from tests.drivers.kits_i2c import CHIPS

if TYPE_CHECKING:
    from drivers.contract import Driver
    from drivers.simulated.chip import SimulatedChip

TRIGGERED = sorted(CHIPS.keys() - {"seesaw-soil"})


@pytest.fixture(params=sorted(CHIPS))
def model(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> WireTime:
    return WireTime(monkeypatch)


@pytest.fixture
def chip(model: str, wire: WireTime) -> SimulatedChip:
    return CHIPS[model](wire)


@pytest.fixture
def driver(model: str, chip: SimulatedChip) -> Driver:
    return driver_for(model, bus_of(chip), {})


def test_sda_held_low_is_the_bus_from_the_first_read_on(
    wire: WireTime, driver: Driver, chip: SimulatedChip
) -> None:
    """Then everybody acknowledges and everything reads 0, which must not become 0 degC or 0 V."""
    chip.sda_low = True
    with pytest.raises(BusError, match="SDA is held low") as caught:
        wire.finished(driver)
    assert "power" in caught.value.hint
    chip.sda_low = False
    assert wire.finished(driver)


def test_sda_held_low_is_the_bus_on_a_chip_that_is_known(
    wire: WireTime, driver: Driver, chip: SimulatedChip
) -> None:
    wire.finished(driver)
    chip.sda_low = True
    with pytest.raises(BusError, match="SDA is held low"):
        wire.finished(driver)


@pytest.mark.parametrize("number", [errno.EIO, errno.ETIMEDOUT])
def test_a_failing_wire_is_the_bus(wire: WireTime, driver: Driver, chip: SimulatedChip, number: int) -> None:
    wire.finished(driver)
    chip.errnos.append(number)
    with pytest.raises(BusError, match="failed while talking to 0x") as caught:
        wire.finished(driver)
    assert "SDA and SCL" in caught.value.hint
    assert wire.finished(driver)


@pytest.mark.parametrize("number", [errno.EREMOTEIO, errno.ENXIO])
def test_each_transfer_that_is_not_acknowledged_is_silence(
    wire: WireTime, driver: Driver, chip: SimulatedChip, number: int
) -> None:
    """Wherever in a reading it happens; and the reading after it is good."""
    wire.finished(driver)
    before = chip.transfers
    wire.finished(driver)
    for place in range(chip.transfers - before):
        chip.errnos.extend([0] * place + [number])
        with pytest.raises(NoAnswerError, match="nothing answers at 0x"):
            wire.finished(driver)
        assert wire.finished(driver)


def test_noise_is_never_anything_but_the_drivers_own_errors(
    wire: WireTime, driver: Driver, chip: SimulatedChip
) -> None:
    """Whatever a chip says, the poller hears a reading or one of three kinds of fault."""
    for seed in range(40):
        chip.garbage = random.Random(seed) if seed % 4 else None
        try:
            wire.finished(driver)
        except DriverError as error:
            assert error.hint  # noqa: PT017  both outcomes are right
    chip.garbage = None
    chip.power_on_reset()
    assert wire.finished(driver)


def test_all_ones_are_a_bad_answer(wire: WireTime, driver: Driver, chip: SimulatedChip) -> None:
    """What a line reads that nobody drives any more."""
    wire.finished(driver)
    chip.transfer = lambda _write, read_len: b"\xff" * read_len  # type: ignore[method-assign, assignment]  # a broken chip
    with pytest.raises(BadAnswerError):
        wire.finished(driver)


@pytest.mark.parametrize("model", TRIGGERED)
def test_a_measurement_frees_the_bus(driver: Driver, chip: SimulatedChip) -> None:
    """Between the start and the end nobody touches the wire, however often one asks."""
    first = driver.read()
    started = chip.transfers
    again = driver.read()
    assert isinstance(first, Later)
    assert isinstance(again, Later)
    assert again.after_s <= first.after_s
    assert chip.transfers == started


@pytest.mark.parametrize("model", TRIGGERED)
def test_a_chip_that_never_finishes_is_given_up(wire: WireTime, driver: Driver, chip: SimulatedChip) -> None:
    chip.never_ready = True
    with pytest.raises(BadAnswerError, match="did not finish a measurement within"):
        wire.finished(driver)


@pytest.mark.parametrize("model", ["bme280", "bmp388", "ina219"])
def test_a_brown_out_during_a_measurement_is_no_value(
    wire: WireTime, driver: Driver, chip: SimulatedChip
) -> None:
    """The chip wakes up with other settings and with results that were never measured."""
    wire.finished(driver)
    assert isinstance(driver.read(), Later)
    chip.power_on_reset()
    with pytest.raises(BadAnswerError, match="lost its settings") as caught:
        wire.finished(driver)
    assert "VDD" in caught.value.hint
    assert wire.finished(driver)


@pytest.mark.parametrize("model", ["bme280", "bmp388", "seesaw-soil"])
def test_another_chip_at_the_address_is_named(driver: Driver, chip: SimulatedChip) -> None:
    chip.identity = 0x58  # type: ignore[attr-defined]  # of those that have one
    chip.power_on_reset()
    for attempt in (driver.read, driver.probe):
        with pytest.raises(BadAnswerError, match="0x58"):
            attempt()


def test_probing_changes_nothing(driver: Driver, chip: SimulatedChip) -> None:
    assert driver.probe() == driver.probe()
    assert "i2c-9" in driver.probe()


def test_every_chip_has_a_model() -> None:
    """So that nothing above tests air."""
    assert set(CHIPS) <= set(MODELS)


def test_no_chip_asks_which_board_this_is() -> None:
    """Blinka's board detection needs GPIO libraries on a Raspberry Pi, and costs memory everywhere."""
    program = (
        "import sys\n"
        "from drivers import registry\n"
        "from drivers.bus.i2c import I2cBus\n"
        f"for model in {sorted(CHIPS)!r}:\n"
        "    entry = registry.MODELS[model]\n"
        "    assert entry.make(I2cBus('none', None), model, entry.settings()()).channels\n"
        "print(*sys.modules.keys() & {'board', 'busio', 'digitalio', 'adafruit_platformdetect'})\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
