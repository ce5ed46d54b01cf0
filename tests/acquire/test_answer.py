"""From one answer of an instrument to its observations: what corrects what, how old, and what is missing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from agent.acquire.answer import observations
from agent.acquire.convert.companions import companion
from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.acquire.maintenance import Maintenance
from agent.acquire.sensor import SensorTask
from agent.acquire.wiring import polled_sensor, pollers
from agent.clock import NS, SystemClock
from agent.config.plain import plain
from agent.config.schema import Config
from agent.model import Calibration, Channel, Flag, Input, Instant, Observation, Trust, Why
from drivers.bus.serial import SerialLine
from drivers.contract import Doubt, Reading
from drivers.simulated.ezo import Ezo
from drivers.simulated.ezo_uart import EzoUart
from drivers.simulated.modbus_frame import Instrument
from drivers.simulated.modbus_slave import ModbusSlave

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.acquire.convert.contract import Companion
    from agent.acquire.sensor import PolledSensor
    from agent.model import Record

AIR, WARM = "air-1/barometric_pressure", "rtd-1/temperature"
# The tone first, its own thermistor second: what corrects comes after what it corrects.
CHANNELS = [
    {"quantity": "pore_pressure", "register": 0, "type": "u16", "unit": "digits", "low": 1e3, "high": 2e4},
    {"quantity": "temperature", "register": 1, "type": "u16", "unit": "ohm", "low": 100.0, "high": 1e5},
]  # fmt: skip
GAUGE = {
    "kind": "vw_linear",
    "zero": 9082.0,
    "gauge_factor": -0.1795,
    "thermal_per_c": 0.05,
    "zero_c": 20.0,
    "temperature": "piezo-1/temperature",
    "barometer": AIR,
    "zero_baro_kpa": 101.3,
}
HEAD = {"kind": "head", "from": "pore_pressure", "temperature": "piezo-1/temperature"}
BEFORE, NOW = (Instant(0, seconds * NS, Trust.NTP) for seconds in (1000, 1060))


def station(**keys: Any) -> Config:
    """A station with one sensor, as it holds it while it runs."""
    sensor = {"bus": "line", **keys}
    document = {
        "station": {"site": "north", "id": "st-01"},
        "bus": [{"id": "line", "kind": "serial", "port": "/dev/ttyUSB0"}],
        "sensor": [sensor],
    }
    found: Config = plain(Config.model_validate(document))
    return found


def piezometer(**keys: Any) -> PolledSensor:
    """A sealed gauge with its own thermistor, and the level that is worked out of it."""
    gauge = {
        "id": "piezo-1", "model": "generic", "unit": 1, "channel": CHANNELS,
        "read": [{"function": 3, "register": 0, "count": 2}],
        "convert": {"pore_pressure": GAUGE, "temperature": {"kind": "thermistor"}},
        "derive": {"water_level": HEAD}, **keys,
    }  # fmt: skip
    return polled_sensor(station(**gauge).sensor[0])


def said(name: str, value: float, at: Instant, flag: Flag = Flag.GOOD) -> Observation:
    """What another channel said."""
    sensor, _, quantity = name.partition("/")
    return Observation(
        Channel(sensor, quantity, "", ""), at, value, value, flag, Why.NONE, Calibration("", "")
    )


def answered(
    sensor: PolledSensor, *raws: float | None, before: Sequence[Observation] = ()
) -> dict[str, Observation]:
    """What becomes of one answer, by quantity."""
    latest = Latest()
    latest.put(before)
    task = SensorTask(sensor, structlog.get_logger(), latest)
    readings = tuple(
        Reading(each.spec.quantity, raw) for each, raw in zip(sensor.measures, raws, strict=False)
    )
    found = task.observe(readings, NOW)
    assert [each.channel for each in found] == [each.channel for each in sensor.measures]
    return {each.channel.quantity: each for each in found}


AT_8_DEGC_OHM = 6571.08


def test_a_gauge_is_corrected_by_the_thermistor_of_its_own_answer_and_a_barometer_elsewhere() -> None:
    """V-VW-5, then 419.6735 kPa as a head in water of 8 degC."""
    found = answered(piezometer(), 6749.0, AT_8_DEGC_OHM, before=[said(AIR, 99.8, BEFORE)])
    pressure, level = found["pore_pressure"], found["water_level"]
    assert found["temperature"].value == pytest.approx(8.0, abs=0.005)
    assert pressure.value == pytest.approx(419.6735, abs=1e-3)
    assert pressure.inputs == {
        "temperature": Input(found["temperature"].value, 0.0),
        "barometer": Input(99.8, 60.0),
    }
    assert (level.raw, level.channel.raw_unit) == (pressure.value, "kPa")
    assert level.value == pytest.approx(419.6735e3 / (999.85 * 9.80665), abs=1e-3)
    assert level.inputs == {"temperature": pressure.inputs["temperature"]}
    assert {each.flag for each in found.values()} == {Flag.GOOD}


def test_a_broken_thermistor_leaves_the_last_good_one_as_long_as_it_is_fresh() -> None:
    """Wrong data do more harm than none: the short-circuited one is not used."""
    before = [said(AIR, 99.8, NOW), said("piezo-1/temperature", 8.0, BEFORE)]
    pressure = answered(piezometer(), 6749.0, 20.0, before=before)["pore_pressure"]
    assert pressure.inputs["temperature"] == Input(8.0, 60.0)
    assert pressure.flag is Flag.GOOD


@pytest.mark.parametrize(
    ("air", "recorded"),
    [
        ([], Input(None, None)),
        ([said(AIR, 99.8, Instant(0, -3000 * NS, Trust.NTP))], Input(None, 4060.0)),
        ([said(AIR, 300.0, BEFORE)], Input(None, 60.0)),
        ([said(AIR, 99.8, BEFORE, Flag.SUSPECT)], Input(None, None)),
    ],
    ids=["never", "too old", "impossible", "not good"],
)
def test_a_correction_that_cannot_be_made_is_left_out_and_said(
    air: list[Observation], recorded: Input
) -> None:
    """Never skipped in silence: the flag says so, and what is worked out of it says so, too."""
    found = answered(piezometer(), 6749.0, AT_8_DEGC_OHM, before=air)
    pressure = found["pore_pressure"]
    assert pressure.inputs["barometer"] == recorded
    assert pressure.value == pytest.approx(418.7735 - 0.6, abs=1e-3)
    verdicts = {(found[name].flag, found[name].why) for name in ("pore_pressure", "water_level")}
    assert verdicts == {(Flag.SUSPECT, Why.COMPENSATION)}
    assert found["temperature"].flag is Flag.GOOD


def test_what_is_worked_out_is_never_better_than_its_source() -> None:
    """Outside what the site expects, or saturated: the same reasons."""
    tight = piezometer(expect={"pore_pressure": [0.0, 100.0], "water_level": [0.0, 50.0]})
    found = answered(tight, 6749.0, AT_8_DEGC_OHM, before=[said(AIR, 99.8, NOW)])
    assert (found["water_level"].flag, found["water_level"].why) == (Flag.SUSPECT, Why.SITE_RANGE)
    assert found["water_level"].value is not None


def test_without_a_source_there_is_nothing_to_work_out() -> None:
    """The instrument gave no number: neither a value nor an input, and the reason is the source's."""
    found = answered(piezometer(), None, AT_8_DEGC_OHM, before=[said(AIR, 99.8, NOW)])
    for name in ("pore_pressure", "water_level"):
        got = found[name]
        assert (got.raw, got.value, got.flag, got.why) == (None, None, Flag.MISSING, Why.BAD_ANSWER)
        assert got.inputs == {}


def test_a_slot_that_failed_is_missing_in_derived_channels_too() -> None:
    task = SensorTask(piezometer(), structlog.get_logger(), Latest())
    missing = {each.channel.quantity: each.flag for each in task.missing(Why.NO_ANSWER, NOW)}
    assert missing == dict.fromkeys(("pore_pressure", "temperature", "water_level"), Flag.MISSING)


def test_inputs_are_there_exactly_when_a_law_wants_them() -> None:
    found = answered(piezometer(), 6749.0, AT_8_DEGC_OHM)
    wanted = {
        each.channel.quantity: {one.role for one in each.converter.companions}
        for each in piezometer().measures
    }
    assert {name: set(each.inputs) for name, each in found.items()} == wanted
    assert wanted["temperature"] == set()


def test_a_doubtful_companion_is_none() -> None:
    """A reading that the instrument itself takes back corrects nothing."""
    sensor = piezometer()
    readings = [Reading("pore_pressure", 6749.0), Reading("temperature", AT_8_DEGC_OHM, Doubt.WARMING_UP)]
    asked: list[Companion] = []

    def look_up(one: Companion) -> Input:
        asked.append(one)
        return Input(None, None)

    found = observations(sensor.measures, readings, NOW, look_up)
    assert found[0].inputs == dict.fromkeys(("temperature", "barometer"), Input(None, None))
    assert {one.role for one in asked} == {"temperature", "barometer"}


def measured(task: SensorTask, port: str, latest: Latest, meanwhile: Observation) -> Observation:
    """One measurement of a circuit on its line, several questions long; another channel speaks meanwhile."""
    clock = SystemClock()
    line = SerialLine.open(port, 9600, "none", 1)
    try:
        task.begin(None, clock.now())
        while (readings := task.ask(line, clock)) is None:
            latest.put([meanwhile])
            time.sleep(0.002)
        task.end()
        (found,) = task.observe(readings, clock.now())
    finally:
        line.close()
        task.unplug()
    return found


def test_a_circuit_is_told_the_temperature_before_each_measurement() -> None:
    """What it was told stands beside the reading, whatever is known by then; and that it was told nothing."""
    circuit = Ezo("DO", lambda _temperature_c: "8.25")
    circuit.continuous = False
    keys = {
        "id": "do-1",
        "model": "ezo-do",
        "temperature": WARM,
        "max_age_s": 600.0,
        "response_timeout_s": 0.2,
    }
    latest = Latest()
    task = SensorTask(polled_sensor(station(**keys).sensor[0]), structlog.get_logger(), latest)
    with EzoUart(circuit, delay_s=0.0) as far_end:
        now = SystemClock().now()
        latest.put([said(WARM, 12.34, now)])
        told = measured(task, far_end.port, latest, said(WARM, 20.0, now))
        old = said(WARM, 13.0, now._replace(mono_ns=now.mono_ns - 601 * NS))
        latest.put([old])
        untold = measured(task, far_end.port, latest, said(WARM, 20.0, now))
    assert [text for text in circuit.heard if text.startswith("R")] == ["RT,12.34", "R"]
    assert (told.value, told.flag) == (8.25, Flag.GOOD)
    assert told.inputs["temperature"].value == 12.34
    assert (untold.value, untold.flag, untold.why) == (8.25, Flag.SUSPECT, Why.COMPENSATION)
    assert untold.inputs["temperature"].value is None


PRESSURE = {
    "quantity": "barometric_pressure", "register": 0, "type": "u16", "unit": "hPa", "low": 300.0, "high": 1e4
}  # fmt: skip


def test_what_weather_cannot_explain_is_no_barometer() -> None:
    """At 850 m 1013 hPa is somebody's sea level: flagged, so that it corrects nobody."""
    keys = {
        "id": "air-1", "model": "generic", "unit": 1, "read": [{"function": 3, "register": 0, "count": 1}],
        "channel": [PRESSURE],
    }  # fmt: skip
    sensor = station(**keys).sensor[0]

    def flag(raw: float, elevation_m: float | None) -> Flag:
        (measure,) = polled_sensor(sensor, elevation_m).measures
        return measure.observe(Reading("barometric_pressure", raw), NOW).flag

    assert (flag(1013.0, 850.0), flag(915.0, 850.0), flag(1013.0, None)) == (
        Flag.SUSPECT,
        Flag.GOOD,
        Flag.GOOD,
    )
    own = station(**keys, expect={"barometric_pressure": [80.0, 110.0]}).sensor[0]
    (measure,) = polled_sensor(own, 850.0).measures
    assert measure.observe(Reading("barometric_pressure", 1013.0), NOW).flag is Flag.GOOD


def test_who_is_corrected_by_a_neighbour_is_read_after_it() -> None:
    """In the very first cycle, and with a period of an hour, though it stands first in the file."""
    gauge = {
        "id": "piezo-1", "bus": "line", "model": "generic", "unit": 1, "period_s": 3600.0,
        "channel": CHANNELS,
        "read": [{"function": 3, "register": 0, "count": 2}],
        "convert": {"pore_pressure": GAUGE, "temperature": {"kind": "thermistor"}},
    }  # fmt: skip
    air = {**gauge, "id": "air-1", "unit": 2, "channel": [PRESSURE], "convert": {}}
    records: list[Record] = []
    clock, latest = SystemClock(), Latest()
    maintenance = Maintenance((), clock, records.extend)
    wires = {1: Instrument(lambda: {0: 6749, 1: 6571}), 2: Instrument(lambda: {0: 998, 1: 0})}
    with ModbusSlave(wires) as line:
        document = {
            "station": {"site": "north", "id": "st-01"},
            "bus": [{"id": "line", "kind": "serial", "port": line.port}],
            "sensor": [gauge, air],
        }
        config: Config = plain(Config.model_validate(document))
        (poller,) = pollers(config, clock, records.extend, latest, maintenance, Judging((), latest))
        poller.step(clock.now())
        poller.close()
    found = {each.channel.quantity: each for each in records if isinstance(each, Observation)}
    pressure = found["pore_pressure"]
    assert pressure.inputs["barometer"].value == 99.8
    assert pressure.flag is Flag.GOOD
    assert pressure.value == pytest.approx(419.6735, abs=1e-2)


def test_a_companion_takes_what_lies_on_its_limits() -> None:
    air = companion("barometer", AIR, 60.0)
    assert air.taken(Input(air.low, 60.0)).value == air.low
    assert air.taken(Input(air.high, 60.0)).value == air.high
    assert air.taken(Input(100.0, 60.001)).value is None
    assert air.taken(Input(air.low - 0.001, 0.0)) == Input(None, 0.0)
