"""The ADS1115 model against the data sheet, through the unmodified Adafruit driver."""

from __future__ import annotations

from errno import EIO, EREMOTEIO, ETIMEDOUT

import pytest
from adafruit_ads1x15 import ADS1115, AnalogIn
from adafruit_ads1x15.ads1x15 import Mode

from drivers.simulated.ads1115 import Ads1115
from tests.simulated.bus import InProcessBus, WireClock

ADDRESS = 0x48
CONVERSION, CONFIG = b"\x00", b"\x01"
START_A0_128 = bytes.fromhex("01 C3 83")
CONVERSION_S = 1 / 128


class Bench:
    """A chip on a bus, with volts to set."""

    def __init__(self) -> None:
        self.volts = [0.0, 0.0, 0.0, 0.0]
        self.clock = WireClock()
        self.chip = Ads1115(lambda pin: self.volts[pin], clock=self.clock)
        self.bus = InProcessBus({ADDRESS: self.chip}, self.clock)

    def driver(self, gain: float = 1, rate: int = 128) -> ADS1115:
        return ADS1115(self.bus, gain=gain, data_rate=rate, address=ADDRESS)

    def word(self, pointer: bytes) -> int:
        return int.from_bytes(self.chip.transfer(pointer, 2), "big")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_v_ads_1_a_plain_voltage(bench: Bench) -> None:
    """V-ADS-1: 1.25 V at gain 1 is code 10000."""
    bench.volts[0] = 1.25
    channel = AnalogIn(bench.driver(), 0)
    assert channel.value == 10000
    assert channel.convert_to_voltage(10000) == pytest.approx(1.25)


@pytest.mark.parametrize(
    ("gain", "code", "volts"),
    [
        (2 / 3, 2667, 0.5000625),
        (1, 4000, 0.5),
        (2, 8000, 0.5),
        (4, 16000, 0.5),
        (8, 32000, 0.5),
        (16, 32767, 0.2559921875),
    ],
)
def test_v_ads_2_every_gain(bench: Bench, gain: float, code: int, volts: float) -> None:
    """V-ADS-2: 0.5 V at each gain; at gain 16 it is clipped."""
    bench.volts[0] = 0.5
    channel = AnalogIn(bench.driver(gain), 0)
    assert channel.value == code
    assert channel.convert_to_voltage(code) == pytest.approx(volts, abs=2e-5)


def test_v_ads_3_above_full_scale(bench: Bench) -> None:
    """V-ADS-3: 3.0 V at gain 2 saturates at the largest code."""
    bench.volts[0] = 3.0
    assert AnalogIn(bench.driver(2), 0).value == 32767


def test_v_ads_4_slightly_below_ground(bench: Bench) -> None:
    """V-ADS-4: -0.1 V against ground is code -800."""
    bench.volts[0] = -0.1
    assert AnalogIn(bench.driver(), 0).value == -800


@pytest.mark.parametrize(("plus", "minus", "code"), [(0, 1, 6000), (0, 3, 8400), (1, 3, 2400), (2, 3, -600)])
def test_v_ads_5_differential_pairs(bench: Bench, plus: int, minus: int, code: int) -> None:
    """V-ADS-5: the difference of a pair, for all four pairs; 8000 codes are a volt at gain 1."""
    bench.volts[:] = [1.25, 0.5, 0.125, 0.2]
    assert AnalogIn(bench.driver(), plus, minus).value == code


def test_v_ads_6_there_is_no_gain_3(bench: Bench) -> None:
    """V-ADS-6: the driver refuses a gain that the chip does not have."""
    with pytest.raises(ValueError, match="Gain"):
        bench.driver(3)


def test_v_ads_7_power_on_values(bench: Bench) -> None:
    """V-ADS-7: config 0x8583 and conversion 0x0000 after power-on, thresholds at their ends."""
    words = [bench.word(bytes((pointer,))) for pointer in range(4)]
    assert words == [0x0000, 0x8583, 0x8000, 0x7FFF]


def test_v_ads_8_config_word_of_each_rate(bench: Bench) -> None:
    """V-ADS-8: what the driver writes for A0 at 8 to 860 samples per second."""
    for rate in (8, 16, 32, 64, 128, 250, 475, 860):
        assert AnalogIn(bench.driver(rate=rate), 0).value == 0
    started = [each[2:] for each in bench.bus.written if each.startswith("01C")]
    assert started == ["C303", "C323", "C343", "C363", "C383", "C3A3", "C3C3", "C3E3"]


def test_v_ads_9_config_word_of_each_gain(bench: Bench) -> None:
    """V-ADS-9: what the driver writes for A1 at gains 2/3 to 16."""
    for gain in (2 / 3, 1, 2, 4, 8, 16):
        assert AnalogIn(bench.driver(gain), 1).value == 0
    started = [each[2:] for each in bench.bus.written if each.startswith("01D")]
    assert started == ["D183", "D383", "D583", "D783", "D983", "DB83"]


def test_v_ads_10_continuous_mode_returns_the_config_register(bench: Bench) -> None:
    """V-ADS-10: the driver's own trap, kept as the reason why single-shot is the only mode to use."""
    bench.volts[0] = 1.25
    driver = bench.driver()
    channel = AnalogIn(driver, 0)
    assert channel.value == 10000
    driver.mode = Mode.CONTINUOUS
    assert channel.value == 0x4283


@pytest.mark.parametrize(("volts", "code"), [(-5.0, -2400), (9.0, 28800)])
def test_inputs_are_clamped_to_the_rails(bench: Bench, volts: float, code: int) -> None:
    """Protection diodes hold an input within 0.3 V of the supply: -0.3 V and 3.6 V at 3.3 V."""
    bench.volts[2] = volts
    assert AnalogIn(bench.driver(), 2).value == code


def test_negative_saturation(bench: Bench) -> None:
    bench.volts[1] = 3.0
    assert AnalogIn(bench.driver(16), 0, 1).value == -32768


def test_a_conversion_takes_its_time(bench: Bench) -> None:
    """OS reads 0 and the old code stays until 1 / rate seconds have passed."""
    bench.volts[0] = 1.25
    bench.chip.transfer(START_A0_128, 0)
    bench.clock.now_s = CONVERSION_S - 1e-6
    assert (bench.word(CONFIG), bench.word(CONVERSION)) == (0x4383, 0)
    bench.clock.now_s = CONVERSION_S + 1e-6
    assert (bench.word(CONFIG), bench.word(CONVERSION)) == (0xC383, 10000)


def test_a_start_during_a_conversion_is_ignored(bench: Bench) -> None:
    """The chip starts only when idle: whoever starts A1 too early gets A0's volts."""
    bench.volts[:2] = [1.25, 0.5]
    bench.chip.transfer(START_A0_128, 0)
    bench.chip.transfer(bytes.fromhex("01 D3 83"), 0)
    bench.clock.now_s = CONVERSION_S
    assert bench.word(CONVERSION) == 10000


def test_continuous_mode_follows_the_input(bench: Bench) -> None:
    bench.volts[0] = 1.25
    bench.chip.transfer(bytes.fromhex("01 42 83"), 0)
    codes = []
    for tick in range(1, 4):
        bench.clock.now_s = tick * 2 * CONVERSION_S
        codes.append(bench.word(CONVERSION))
        bench.volts[0] = 0.5
    assert codes == [10000, 10000, 4000]
    assert bench.word(CONFIG) == 0x4283


def test_the_pointer_persists_and_thresholds_are_kept(bench: Bench) -> None:
    """A read without a write uses the last pointer; a third byte reads as ones."""
    bench.chip.transfer(bytes.fromhex("02 12 34"), 0)
    assert bench.chip.transfer(b"", 3) == bytes.fromhex("12 34 FF")


def test_the_conversion_register_is_read_only_and_half_a_word_is_ignored(bench: Bench) -> None:
    bench.chip.transfer(bytes.fromhex("00 12 34"), 0)
    bench.chip.transfer(bytes.fromhex("02 12"), 0)
    assert (bench.word(CONVERSION), bench.word(b"\x02")) == (0x0000, 0x8000)


def test_an_absent_chip_does_not_acknowledge(bench: Bench) -> None:
    """The driver says so at construction; nothing changes when it is back."""
    bench.chip.absent = True
    with pytest.raises(ValueError, match="No I2C device"):
        bench.driver()
    with pytest.raises(OSError, match="acknowledges") as caught:
        bench.chip.transfer(CONFIG, 2)
    assert caught.value.errno == EREMOTEIO
    bench.chip.absent = False
    assert bench.word(CONFIG) == 0x8583


def test_errors_strike_in_the_order_given(bench: Bench) -> None:
    bench.chip.errnos.extend([ETIMEDOUT, 0, EIO])
    with pytest.raises(TimeoutError):
        bench.word(CONFIG)
    assert bench.word(CONFIG) == 0x8583
    with pytest.raises(OSError, match="adapter") as caught:
        bench.word(CONFIG)
    assert caught.value.errno == EIO


def test_never_ready_stays_busy_until_healed(bench: Bench) -> None:
    bench.volts[0] = 1.25
    bench.chip.never_ready = True
    bench.chip.transfer(START_A0_128, 0)
    bench.clock.now_s = 3600.0
    assert bench.word(CONFIG) == 0x4383
    bench.chip.never_ready = False
    assert (bench.word(CONFIG), bench.word(CONVERSION)) == (0xC383, 10000)


def test_a_stuck_code_hides_the_input(bench: Bench) -> None:
    bench.volts[0] = 1.25
    bench.chip.stuck_code = -1
    assert AnalogIn(bench.driver(), 0).value == -1


def test_a_brown_out_reads_as_zero_once(bench: Bench) -> None:
    """The supply dips in mid-conversion: the chip looks ready and says 0; the next reading is good."""
    bench.volts[0] = 1.25
    channel = AnalogIn(bench.driver(), 0)
    bench.chip.brown_out = True
    assert [channel.value, channel.value] == [0, 10000]
    assert bench.word(CONFIG) == 0xC383
