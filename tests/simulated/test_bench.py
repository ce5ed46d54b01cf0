"""The technician's bench of a simulated site: probes in buffers, standards and air, seen at the wire."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acquire.convert.ph_buffers import BUFFERS, buffer_ph
from agent.cli.main import main
from agent.config.schema import Config
from drivers.bus.i2c import I2cBus
from drivers.bus.serial import SerialLine
from drivers.contract import Later
from drivers.onboard import onboard
from drivers.simulated.bench import SITE, Bench, BenchError
from drivers.simulated.bench_server import answer, ask
from drivers.simulated.electrode import CONDITIONS
from drivers.simulated.physics import Site
from drivers.simulated.scenario import SCENARIOS
from drivers.simulated.site import SimulatedSite, station_toml
from drivers.simulated.vessels import vessel
from tests.drivers.kits import driver_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drivers.contract import Driver

START_S = 1_767_225_600.0


class Hand:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.s = START_S

    def __call__(self) -> float:
        return self.s


def bench_of(now: Hand) -> Bench:
    site = Site(1, SCENARIOS["calm"], START_S)
    sensors = {"ph": CONDITIONS["good"], "turb": None, "piezo": None, "soil": None}
    return Bench(lambda: site.at(now()), now, sensors)


def test_a_probe_comes_to_its_buffer_as_fast_as_it_settles_and_back_to_the_site() -> None:
    """63 % of the way after one time constant of the electrode, both ways; the others see nothing."""
    now = Hand()
    bench = bench_of(now)
    before = bench.state("ph").ph
    bench.put("ph", vessel(["buffer", "us-4.00"], 25.0))
    assert bench.state("ph").ph == pytest.approx(before)
    now.s += 10.0
    assert bench.state("ph").ph == pytest.approx(4.0 + (before - 4.0) * 0.3679, abs=0.02)
    assert bench.state("turb").ph > 6.0
    now.s += 300.0
    assert bench.state("ph").ph == pytest.approx(4.0, abs=0.02)
    assert bench.state("ph").water_temp_c == pytest.approx(25.0, abs=0.05)
    bench.put("ph", SITE)
    assert bench.state("ph").ph == pytest.approx(4.0, abs=0.02)
    now.s += 300.0
    assert bench.state("ph").ph == pytest.approx(bench.state("turb").ph)


def test_a_dirty_electrode_is_slow_and_a_worn_one_is_flat() -> None:
    now = Hand()
    bench = bench_of(now)
    bench.wear("ph", "dirty")
    bench.put("ph", vessel(["buffer", "4.0"]))
    now.s += 30.0
    assert bench.state("ph").ph > 5.0
    bench.wear("ph", "worn")
    assert bench.electrode("ph").mv(4.0, 25.0) - bench.electrode("ph").mv(7.0, 25.0) == pytest.approx(
        0.8 * 177.477, abs=0.02
    )


def test_air_leaves_a_gauge_without_water_and_soil_is_what_it_is_told() -> None:
    now = Hand()
    bench = bench_of(now)
    bench.put("piezo", vessel(["air"]))
    bench.put("soil", vessel(["soil", "wet"]))
    bench.put("turb", vessel(["turbidity", "100"]))
    now.s += 120.0
    assert bench.state("piezo").pore_pressure_kpa == pytest.approx(0.0, abs=1e-6)
    assert bench.state("soil").soil_moisture_deep == pytest.approx(0.40)
    assert bench.state("turb").turbidity_ntu == pytest.approx(100.0, rel=0.05)


@given(name=st.sampled_from(sorted(BUFFERS)), celsius=st.floats(0.0, 39.9))
@settings(max_examples=30)
def test_the_bottles_are_those_that_the_station_knows(name: str, celsius: float) -> None:
    """Two tables typed in apart from each other."""
    assert vessel(["buffer", name], celsius).sees["ph"] == pytest.approx(buffer_ph(name, celsius))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "beer",
        "buffer",
        "buffer us-5.00",
        "buffer 15",
        "buffer nan",
        "soil",
        "soil 0.9",
        "air 3",
        "turbidity -1",
    ],
)
def test_what_is_not_on_the_bench_is_refused_with_what_is(words: str) -> None:
    with pytest.raises(BenchError) as caught:
        vessel(words.split())
    assert caught.value.hint


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (b"\xff", "does not understand"),
        (b"[1]", "does not understand"),
        (b'{"sensor": "ph"}', "does not understand"),
        (b'{"sensor": "ph", "words": ["air"], "temperature_c": 90}', "90 degC warm"),
        (b'{"sensor": "no", "words": ["air"]}', "no sensor is called"),
        (b'{"sensor": "turb", "words": ["electrode", "worn"]}', "has no electrode"),
        (b'{"sensor": "ph", "words": ["electrode", "gold"]}', "no electrode is"),
        (b'{"sensor": "ph", "words": ["electrode"]}', "no electrode is"),
    ],
)
def test_nonsense_is_answered_and_moves_nothing(packet: bytes, words: str) -> None:
    bench = bench_of(Hand())
    told = json.loads(answer(bench, packet))
    assert words in told["error"]
    assert told["hint"]
    assert set(bench.where().values()) == {"site"}


def read(driver: Driver) -> dict[str, float | None]:
    while isinstance(found := driver.read(), Later):
        pass
    return {each.quantity: each.raw for each in found}


@pytest.fixture
def now() -> Hand:
    return Hand()


@pytest.fixture
def site(tmp_path: Path, now: Hand) -> Iterator[SimulatedSite]:
    """With the instruments that calibrate themselves."""
    with SimulatedSite(tmp_path, now, scenario="calm", workshop=True) as site:
        yield site


def test_the_station_sees_millivolts_and_registers_of_what_stands_on_the_bench(
    site: SimulatedSite, now: Hand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told by the command, seen through the drivers of a real station: amplifier, transmitter, turbidity."""
    assert site
    put = ["bench", "--dir", str(tmp_path)]
    assert main([*put, "ph-7,ph-8", "buffer", "us-4.00", "--at", "25"]) == 0
    assert main([*put, "ph-3", "buffer", "9.18", "--at", "15"]) == 0
    assert main([*put, "turb-4", "turbidity", "0"]) == 0
    assert main(put) == 0
    assert "ph-7       buffer us-4.00 at 25 degC: pH 4.000" in capsys.readouterr().out
    now.s += 600.0
    i2c, serial = (
        I2cBus.open(f"unix:{tmp_path / 'i2c-1.sock'}"),
        SerialLine.open(str(tmp_path / "rs485-0"), 9600, "none", 1),
    )
    try:
        volts = read(driver_for("ads1115", i2c, {"input": "A3", "quantity": "ph"}))["ph"]
        assert volts == pytest.approx(1.5 + 3e-3 * (-6.0 + 0.963 * 177.477), abs=2e-3)
        transmitter = read(driver_for("sup-ph8001", serial, {"unit": 3}))
        assert transmitter["ph"] == pytest.approx(9.18, abs=0.02)
        assert transmitter["temperature"] == pytest.approx(15.0, abs=0.2)
        probe = read(driver_for("daviteq-mbrtu-tbd", serial, {"unit": 4}))
        assert probe["turbidity"] == pytest.approx(0.0, abs=0.1)
    finally:
        i2c.close()
        serial.close()


def test_an_ezo_circuit_on_the_bench_is_calibrated_with_its_buffers(
    site: SimulatedSite, now: Hand, tmp_path: Path
) -> None:
    """From the bottle to what the circuit says of its electrode, over the wires of the site."""
    assert site
    i2c = I2cBus.open(f"unix:{tmp_path / 'i2c-1.sock'}")
    driver = driver_for("ezo-ph", i2c, {})
    try:
        for point, bottle in (("mid", "us-7.00"), ("low", "us-4.00")):
            ask(tmp_path, {"sensor": "ph-8", "words": ["buffer", bottle], "temperature_c": 15.0})
            now.s += 600.0
            reference = buffer_ph(bottle, 15.0)
            *_, found = onboard(driver).take(point, {"reference": reference}, 15.0)
        assert found is not None
        assert found.figures["acid_slope_percent"] == pytest.approx(96.3, abs=0.3)
    finally:
        i2c.close()


def test_nobody_there_is_told_with_what_to_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--dir", str(tmp_path), "ph-7", "air"]) == 69
    assert f"skyground simulate --dir {tmp_path}" in capsys.readouterr().err


def test_a_wrong_word_is_told_with_the_right_ones(
    site: SimulatedSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site
    assert main(["bench", "--dir", str(tmp_path), "ph-7", "beer"]) == 2
    assert "buffer NAME-OR-PH" in capsys.readouterr().err


def test_the_workshop_is_a_valid_configuration_with_three_electrodes(tmp_path: Path) -> None:
    config = Config.model_validate(tomllib.loads(station_toml(tmp_path, workshop=True)))
    assert [sensor.id for sensor in config.sensor][-3:] == ["ph-7", "ph-8", "ph-9"]
