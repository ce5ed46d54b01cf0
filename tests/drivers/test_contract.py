"""What every driver must keep. A new one is tested by being registered.

Each test runs for each model in the registry, on a wire of its bus kind that can be broken at will.
"""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from agent.quantity import QUANTITIES
from drivers.contract import BadAnswerError, BusError, Doubt, DriverError, Later, NoAnswerError
from drivers.registry import MODELS
from tests.drivers.kits import Kit, driver_for, kit_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drivers.contract import Bus, Driver, Reading

# Nothing here waits for longer than a second; a driver that hangs is ended here.
pytestmark = pytest.mark.timeout(30)

_PATIENCE_S = 0.005
_MOST_LATERS = 2000


_WIRES = [(model, kind) for model in sorted(MODELS) for kind in MODELS[model].bus_kinds]


@pytest.fixture(params=_WIRES, ids="-".join)
def wire(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A model, and one kind of bus that it can be on."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
def model(wire: tuple[str, str]) -> str:
    return wire[0]


@pytest.fixture
def kit(wire: tuple[str, str], tmp_path: Path) -> Iterator[Kit]:
    kit = kit_for(*wire, tmp_path)
    yield kit
    kit.unplug()


@pytest.fixture
def bus(kit: Kit) -> Iterator[Bus]:
    bus = kit.open()
    yield bus
    bus.close()


@pytest.fixture
def driver(model: str, kit: Kit, bus: Bus) -> Driver:
    return driver_for(model, bus, kit.settings)


def read_to_the_end(driver: Driver) -> tuple[Reading, ...]:
    """What comes of a read, asking again when it says `Later`: sooner than it says, which does no harm."""
    for _ in range(_MOST_LATERS):
        readings = driver.read()
        if not isinstance(readings, Later):
            return readings
        time.sleep(min(readings.after_s, _PATIENCE_S))
    pytest.fail("it says Later for ever")


def expect_good(driver: Driver) -> None:
    readings = read_to_the_end(driver)
    assert [each.quantity for each in readings] == [each.quantity for each in driver.channels]
    assert all(each.doubt is Doubt.NONE and each.raw is not None for each in readings)


def told(error: DriverError) -> None:
    """An error says what is wrong and what to do, in one line each."""
    assert error.what == str(error)
    assert "\n" not in error.what + error.hint
    assert error.hint


def test_channels_are_declared_and_unique(driver: Driver) -> None:
    """A channel is named by its quantity, so an instrument has each at most once."""
    names = [each.quantity for each in driver.channels]
    assert names
    assert len(set(names)) == len(names)


def test_channels_are_quantities_with_a_unit_and_a_range(driver: Driver) -> None:
    for each in driver.channels:
        assert each.quantity in QUANTITIES
        assert each.raw_unit
        assert each.low < each.high
        assert math.isfinite(each.low)
        assert math.isfinite(each.high)


def test_channels_are_known_before_a_bus_is_open(model: str, kit: Kit, driver: Driver) -> None:
    entry = MODELS[model]
    assert entry.channels(model, entry.settings()(**kit.settings)) == driver.channels


def test_constructing_does_not_touch_the_wire(kit: Kit, driver: Driver) -> None:
    assert driver.channels
    assert kit.transfers == 0


def test_read_gives_one_reading_per_channel_in_order(driver: Driver) -> None:
    """Also the second time."""
    expect_good(driver)
    expect_good(driver)


def test_probing_says_who_answers(driver: Driver) -> None:
    assert driver.probe()


def test_silence_ends_with_no_answer_and_the_next_read_is_good(
    model: str, kit: Kit, bus: Bus, driver: Driver
) -> None:
    """The wait is bounded by the driver, and one silent read leaves nothing behind."""
    expect_good(driver)
    kit.silence()
    hasty = driver_for(model, bus, kit.hasty)
    for attempt in (partial(read_to_the_end, hasty), hasty.probe):
        with pytest.raises(NoAnswerError) as caught:
            attempt()
        told(caught.value)
    kit.heal()
    expect_good(driver)


def test_damage_is_a_bad_answer_and_the_next_read_is_good(kit: Kit, driver: Driver) -> None:
    expect_good(driver)
    kit.damage()
    with pytest.raises(BadAnswerError) as caught:
        read_to_the_end(driver)
    told(caught.value)
    kit.heal()
    expect_good(driver)


def test_a_wire_that_is_gone_is_a_bus_error_until_it_is_opened_again(
    model: str, kit: Kit, bus: Bus, driver: Driver
) -> None:
    """On every attempt, not on the first alone; and opening fails with advice until the adapter is back."""
    expect_good(driver)
    kit.unplug()
    reading = partial(read_to_the_end, driver)
    for attempt in (reading, reading, driver.probe):
        with pytest.raises(BusError) as caught:
            attempt()
        told(caught.value)
    bus.close()
    with pytest.raises(BusError) as caught:
        kit.open()
    told(caught.value)
    kit.plug_in()
    again = kit.open()
    expect_good(driver_for(model, again, kit.settings))
    again.close()


def test_a_silent_instrument_that_was_never_heard_is_no_answer(model: str, kit: Kit, bus: Bus) -> None:
    """The station starts while the instrument has no power."""
    kit.silence()
    driver = driver_for(model, bus, kit.hasty)
    with pytest.raises(NoAnswerError):
        read_to_the_end(driver)
    kit.heal()
    expect_good(driver_for(model, bus, kit.settings))


def test_a_bus_closes_twice_without_complaint(bus: Bus) -> None:
    bus.close()
    bus.close()


def test_an_unknown_key_is_refused(model: str, kit: Kit) -> None:
    with pytest.raises(ValidationError, match="perod_s"):
        MODELS[model].settings().model_validate(kit.settings | {"perod_s": 1})


def test_settings_do_not_change_after_the_start(model: str, kit: Kit) -> None:
    settings = MODELS[model].settings()(**kit.settings)
    name = next(iter(kit.settings))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(settings, name, kit.settings[name])
