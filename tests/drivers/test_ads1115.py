"""The ADS1115 driver on the register model of the chip, over a real socket, with the unmodified library."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Literal

import pytest
from adafruit_ads1x15.ads1x15 import Mode
from adafruit_ads1x15.ads1115 import ADS1115
from pydantic import ValidationError

from drivers.ads1115.driver import Ads1115Driver
from drivers.ads1115.settings import Ads1115Settings
from drivers.bus.i2c import I2cBus
from drivers.contract import BadAnswerError, BusError, Doubt, NoAnswerError, Reading
from drivers.simulated.ads1115 import Ads1115
from drivers.simulated.i2c_server import I2cServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADDRESS = 0x48
CONFIG = 1
Gain = Literal["2/3", "1", "2", "4", "8", "16"]


class Chip(Ads1115):
    """The model with a notebook: what is written to it, and what it may do to itself meanwhile."""

    def __init__(self) -> None:
        self.volts = [0.0, 0.0, 0.0, 0.0]
        self.written: list[str] = []
        self.transfers = 0
        self.dips_left = 0
        self.dip_at = ""  # the input whose next conversion is interrupted
        self.sda_low = False
        super().__init__(lambda pin: self.volts[pin])

    def transfer(self, write: bytes, read_len: int) -> bytes:
        self.transfers += 1
        if self.sda_low:
            return bytes(read_len)
        if len(write) == 3:
            self.written.append(write.hex().upper())
            if write[0] == CONFIG and write[1] & 0x80:
                self._dip(f"A{(write[1] >> 4 & 0b111) - 4}")
        return super().transfer(write, read_len)

    def _dip(self, pins: str) -> None:
        if self.dips_left or pins == self.dip_at:
            self.dips_left = max(0, self.dips_left - 1)
            self.dip_at = ""
            self.brown_out = True


@pytest.fixture
def chip() -> Chip:
    return Chip()


@pytest.fixture
def bus(tmp_path: Path, chip: Chip) -> Iterator[I2cBus]:
    with I2cServer(tmp_path / "i2c", {ADDRESS: chip}):
        bus = I2cBus.open(f"unix:{tmp_path / 'i2c'}")
        yield bus
        bus.close()


def driver(bus: I2cBus, **keys: object) -> Ads1115Driver:
    fast = {"input": "A0", "quantity": "water_level", "rate_sps": 860, "samples": 1}
    return Ads1115Driver(bus, "ads1115", Ads1115Settings.model_validate(fast | keys))


def volts(bus: I2cBus, **keys: object) -> float | None:
    (reading,) = driver(bus, **keys).read()
    assert reading.doubt is Doubt.NONE
    return reading.raw


def conversions(chip: Chip) -> list[str]:
    """The configuration words that started a conversion."""
    return [each[2:] for each in chip.written if each[:2] == "01" and int(each[2], 16) & 8]


def test_v_ads_1(bus: I2cBus, chip: Chip) -> None:
    """V-ADS-1: 10000 steps of 125 uV."""
    chip.volts[0] = 1.25
    assert volts(bus) == 1.25


@pytest.mark.parametrize(
    ("gain", "expected", "doubt"),
    [
        ("2/3", 0.5000625, Doubt.NONE),
        ("1", 0.5, Doubt.NONE),
        ("2", 0.5, Doubt.NONE),
        ("4", 0.5, Doubt.NONE),
        ("8", 0.5, Doubt.NONE),
        ("16", 0.2559921875, Doubt.OVER_RANGE),
    ],
)
def test_v_ads_2(bus: I2cBus, chip: Chip, gain: Gain, expected: float, doubt: Doubt) -> None:
    """V-ADS-2: half a volt at every gain; the last clips."""
    chip.volts[0] = 0.5
    (reading,) = driver(bus, gain=gain).read()
    assert reading == Reading("water_level", pytest.approx(expected, abs=1e-12), doubt)  # type: ignore[arg-type]  # pytest's stand-in for a float


def test_v_ads_3(bus: I2cBus, chip: Chip) -> None:
    """V-ADS-3: above full scale the number is a limit and no measurement."""
    chip.volts[0] = 3.0
    assert driver(bus, gain="2").read() == (Reading("water_level", 2.0479375, Doubt.OVER_RANGE),)


def test_v_ads_4(bus: I2cBus, chip: Chip) -> None:
    """V-ADS-4: a little below ground is measured, -800 steps."""
    chip.volts[0] = -0.1
    assert volts(bus) == -0.1


def test_v_ads_5(bus: I2cBus, chip: Chip) -> None:
    """V-ADS-5: the difference of two inputs, 6000 steps."""
    chip.volts[:2] = [1.25, 0.5]
    assert volts(bus, input="A0-A1") == 0.75


def test_a_negative_difference_saturates_at_the_other_end(bus: I2cBus, chip: Chip) -> None:
    chip.volts[:2] = [0.0, 3.0]
    assert driver(bus, input="A0-A1", gain="2").read() == (Reading("water_level", -2.048, Doubt.OVER_RANGE),)


def test_v_ads_6() -> None:
    """V-ADS-6: a gain that the chip does not have is refused with the configuration."""
    with pytest.raises(ValidationError, match="gain"):
        Ads1115Settings.model_validate({"input": "A0", "quantity": "water_level", "gain": "3"})


def test_v_ads_7(bus: I2cBus) -> None:
    """V-ADS-7: what a chip reads after power-on is what probing finds, and probing changes none of it."""
    fresh = driver(bus)
    assert fresh.probe() == fresh.probe()
    assert fresh.probe().endswith("configuration 0x8583")


@pytest.mark.parametrize(
    ("rate_sps", "word"),
    [
        (8, "C303"),
        (16, "C323"),
        (32, "C343"),
        (64, "C363"),
        (128, "C383"),
        (250, "C3A3"),
        (475, "C3C3"),
        (860, "C3E3"),
    ],
)
def test_v_ads_8(bus: I2cBus, chip: Chip, rate_sps: int, word: str) -> None:
    """V-ADS-8: the words written at every rate."""
    driver(bus, rate_sps=rate_sps).read()
    assert conversions(chip) == [word]


@pytest.mark.parametrize(
    ("gain", "word"),
    [("2/3", "D183"), ("1", "D383"), ("2", "D583"), ("4", "D783"), ("8", "D983"), ("16", "DB83")],
)
def test_v_ads_9(bus: I2cBus, chip: Chip, gain: Gain, word: str) -> None:
    """V-ADS-9: the words written at every gain, input A1."""
    driver(bus, input="A1", rate_sps=128, gain=gain).read()
    assert conversions(chip) == [word]


@pytest.mark.parametrize(
    ("pins", "word"),
    [
        ("A0", "C383"),
        ("A1", "D383"),
        ("A2", "E383"),
        ("A3", "F383"),
        ("A0-A1", "8383"),
        ("A0-A3", "9383"),
        ("A1-A3", "A383"),
        ("A2-A3", "B383"),
    ],
)
def test_every_input_has_its_word(bus: I2cBus, chip: Chip, pins: str, word: str) -> None:
    driver(bus, input=pins, rate_sps=128).read()
    assert conversions(chip) == [word]


def test_v_ads_10(bus: I2cBus, chip: Chip) -> None:
    """V-ADS-10: why continuous mode is not used. When this fails, the library has been mended."""
    chip.volts[0] = 1.25
    library = ADS1115(bus, gain=1, data_rate=128)
    library.read(4)
    library.mode = Mode.CONTINUOUS
    assert library.read(4) == 17027  # 0x4283, the configuration


@pytest.mark.parametrize(
    ("keys", "low", "high"),
    [
        ({"gain": "1"}, -0.3, 4.096),
        ({"gain": "2/3"}, -0.3, 5.8),
        ({"input": "A0-A1", "gain": "16"}, -0.256, 0.256),
        ({"input": "A2-A3", "gain": "2/3"}, -5.8, 5.8),
    ],
)
def test_the_channel_is_what_an_input_can_carry(
    bus: I2cBus, keys: dict[str, object], low: float, high: float
) -> None:
    """Full scale, but not beyond the largest supply and the clamps; single-ended inputs not below ground."""
    (spec,) = driver(bus, **keys).channels
    assert spec == ("water_level", "V", low, high)


@pytest.mark.parametrize(("samples", "expected"), [(3, 1.0), (4, 1.5)])
def test_a_reading_is_the_median_of_its_samples(
    bus: I2cBus, chip: Chip, samples: int, expected: float
) -> None:
    """One bubble or spark is not seen; of an even number the middle two are averaged."""
    levels = iter([2.0, 1.0, 0.0, 3.0])
    chip._input_v = lambda _pin: next(levels)
    assert volts(bus, samples=samples) == expected


def test_two_sensors_share_a_chip(bus: I2cBus, chip: Chip) -> None:
    """Each conversion sets gain and input anew, so neither can disturb the other."""
    chip.volts[:2] = [0.5, 1.5]
    first, second = driver(bus, gain="4"), driver(bus, input="A1")
    assert [each.read()[0].raw for each in (first, second, first, second)] == [0.5, 1.5, 0.5, 1.5]


def test_an_absent_chip_names_its_address_and_pin(bus: I2cBus) -> None:
    with pytest.raises(NoAnswerError, match="nothing answers at 0x49 on unix:") as caught:
        driver(bus, address=0x49).read()
    assert "ADDR pin is wired to VDD" in caught.value.hint
    with pytest.raises(NoAnswerError):
        driver(bus, address=0x49).probe()


def test_a_chip_that_vanishes_and_comes_back(bus: I2cBus, chip: Chip) -> None:
    """Its settings are written again, because nobody knows what it woke up with."""
    chip.volts[0] = 1.25
    sensor = driver(bus)
    sensor.read()
    chip.absent = True
    with pytest.raises(NoAnswerError):
        sensor.read()
    chip.absent = False
    chip.power_on_reset()
    chip.written.clear()
    assert sensor.read()[0].raw == 1.25
    assert chip.written[0] == "028000"  # the first of the settings, not a conversion


@pytest.mark.parametrize("number", [errno.EREMOTEIO, errno.ENXIO])
def test_not_acknowledged_is_silence_whatever_the_adapter_calls_it(
    bus: I2cBus, chip: Chip, number: int
) -> None:
    sensor = driver(bus)
    sensor.read()
    chip.errnos.append(number)
    with pytest.raises(NoAnswerError):
        sensor.read()


@pytest.mark.parametrize("number", [errno.EIO, errno.ETIMEDOUT])
@pytest.mark.parametrize("opened", [True, False])
def test_a_failing_wire_is_the_bus(bus: I2cBus, chip: Chip, number: int, opened: bool) -> None:  # noqa: FBT001  a parameter of a test
    """Also where the library hides it behind "No I2C device at address"."""
    sensor = driver(bus)
    if opened:
        sensor.read()
    chip.errnos.extend([number, number])
    with pytest.raises(BusError, match="failed while talking to 0x48") as caught:
        sensor.read()
    assert "SDA and SCL" in caught.value.hint


@pytest.mark.timeout(20)
def test_a_chip_that_never_finishes_is_given_up(bus: I2cBus, chip: Chip) -> None:
    """The library alone would poll for ever."""
    chip.volts[0] = 1.25
    sensor = driver(bus)
    chip.never_ready = True
    with pytest.raises(BadAnswerError, match="did not finish a conversion within 54 ms") as caught:
        sensor.read()
    assert "configuration reads 0x43E3" in caught.value.hint
    chip.never_ready = False
    chip.power_on_reset()
    assert sensor.read()[0].raw == 1.25


@pytest.mark.timeout(20)
def test_sda_held_low_is_the_bus(bus: I2cBus, chip: Chip) -> None:
    """Then every address answers, every read is 0, and no conversion ever seems to finish."""
    chip.sda_low = True
    with pytest.raises(BusError, match="SDA is held low") as caught:
        driver(bus).read()
    assert "power" in caught.value.hint


def test_a_thread_that_was_late_does_not_blame_the_chip(
    bus: I2cBus, chip: Chip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline passed while the thread did not run, and the conversion is done: its value counts."""
    sensor = driver(bus)
    sensor.read()
    chip.volts[0] = 1.25
    monkeypatch.setattr(sensor, "_deadline_s", -1.0)
    assert sensor.read()[0].raw == 1.25


@pytest.mark.parametrize("samples", [1, 2])
def test_a_brown_out_during_a_conversion_is_no_zero(bus: I2cBus, chip: Chip, samples: int) -> None:
    """The chip resets and reports "done" with 0: exactly 0.0 V, were its settings not looked at."""
    chip.volts[0] = 1.25
    sensor = driver(bus, samples=samples)
    sensor.read()
    chip.dips_left = 1
    with pytest.raises(BadAnswerError, match=r"lost its configuration.*0x8583") as caught:
        sensor.read()
    assert "VDD" in caught.value.hint
    assert sensor.read()[0].raw == 1.25


def test_probing_a_broken_bus_is_a_bus_error(bus: I2cBus, chip: Chip) -> None:
    chip.errnos.append(errno.EIO)
    with pytest.raises(BusError):
        driver(bus).probe()


def test_constructing_touches_nothing(bus: I2cBus, chip: Chip) -> None:
    driver(bus)
    assert chip.transfers == 0


def crack_meter(bus: I2cBus, **keys: object) -> Ads1115Driver:
    """A potentiometer on A0, its supply on A3."""
    return driver(bus, reference_input="A3", **keys)


@pytest.mark.parametrize("supply_v", [3.3, 3.0, 2.8, 3.5])
def test_a_ratiometric_reading_does_not_know_its_supply(bus: I2cBus, chip: Chip, supply_v: float) -> None:
    """A slider at 40 % of its way reads 40 % of the nominal supply, whatever the supply is."""
    chip.volts = [0.4 * supply_v, 0.0, 0.0, supply_v]
    # Each of the two conversions rounds to one of 32768 codes of 4.096 V.
    assert volts(bus, reference_input="A3") == pytest.approx(0.4 * 3.3, abs=2 * 125e-6)


def test_the_nominal_supply_can_be_any(bus: I2cBus, chip: Chip) -> None:
    chip.volts = [1.0, 2.0, 0.0, 0.0]
    assert volts(bus, reference_input="A1", reference_v=2.048) == 1.024


def test_the_supply_is_measured_beside_every_conversion(bus: I2cBus, chip: Chip) -> None:
    """Signal and supply alternate, so no conversion is scaled by a supply of another moment."""
    chip.volts = [1.0, 0.0, 0.0, 3.3]
    crack_meter(bus, samples=2, rate_sps=128).read()
    assert conversions(chip) == ["C383", "F383"] * 2


@pytest.mark.parametrize("supply_v", [0.0, 2.6, 4.0])
def test_a_supply_that_is_not_there_is_a_bad_answer(bus: I2cBus, chip: Chip, supply_v: float) -> None:
    """A broken wire gives no value, and a division by nothing least of all."""
    chip._supply_v = 5.0
    chip.volts = [1.0, 0.0, 0.0, supply_v]
    with pytest.raises(BadAnswerError, match=f"supply at A3 .* reads {supply_v:.3f} V, not about 3.3 V") as e:
        crack_meter(bus).read()
    assert "reference_v" in e.value.hint


def test_a_supply_beyond_full_scale_is_no_measure(bus: I2cBus, chip: Chip) -> None:
    """At gain 4 the converter stops at 1.024 V, which is a limit and not the supply."""
    chip.volts = [0.5, 0.0, 0.0, 1.2]
    with pytest.raises(BadAnswerError, match="supply at A3"):
        crack_meter(bus, gain="4", reference_v=1.1).read()


def test_a_ratiometric_channel_ends_at_its_supply(bus: I2cBus) -> None:
    """A slider cannot give more than it gets, but for the clamps of the input."""
    (spec,) = crack_meter(bus, reference_v=2.5).channels
    assert spec == ("water_level", "V", -0.3, 2.8)


@pytest.mark.parametrize("pins", ["A0", "A3"])
def test_a_brown_out_while_either_input_converts_is_no_value(bus: I2cBus, chip: Chip, pins: str) -> None:
    """The chip wakes up with its power-on configuration, and that is what gives it away."""
    chip.volts = [1.0, 0.0, 0.0, 3.3]
    sensor = crack_meter(bus)
    sensor.read()
    chip.dip_at = pins
    with pytest.raises(BadAnswerError, match="lost its configuration"):
        sensor.read()
    assert sensor.read()[0].raw is not None
