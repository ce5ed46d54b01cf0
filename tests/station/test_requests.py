"""What a technician asks of the running station's buses, over real (simulated) wires."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.acquire.maintenance import Maintenance
from agent.acquire.turn import LONGEST_S
from agent.acquire.wiring import pollers
from agent.clock import SystemClock
from agent.config.plain import plain
from agent.config.schema import Config
from agent.control import Deferred, RefusedError
from agent.requests import Requests
from drivers.simulated.modbus_frame import Instrument
from drivers.simulated.modbus_slave import Fault, ModbusSlave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.acquire.poller import Poller
    from agent.model import Record


class World:
    """A transmitter on a line, its poller stepped by hand, and the requests that may be made."""

    def __init__(self, line: ModbusSlave) -> None:
        self.line = line
        self.clock = SystemClock()
        self.records: list[Record] = []
        config: Config = plain(
            Config.model_validate(
                {
                    "station": {"site": "north-dump", "id": "st-01"},
                    "bus": [{"id": "rs485", "kind": "serial", "port": line.port}],
                    "sensor": [
                        {
                            "id": "level-3", "bus": "rs485", "model": "generic", "unit": 3,
                            "response_timeout_s": 0.1, "expect": {"pore_pressure": [0.0, 10.0]},
                            "read": [{"register": 0x100, "count": 4}],
                            "channel": [
                                {
                                    "quantity": "pore_pressure", "unit": "bar", "register": 0x100,
                                    "type": "f32", "low": -1.0, "high": 10.0,
                                }
                            ],
                        }
                    ],
                }
            )
        )  # fmt: skip
        maintenance = Maintenance((), self.clock, self.records.extend)
        latest = Latest()
        judging = Judging((), latest)
        found: list[Poller] = pollers(config, self.clock, self.records.extend, latest, maintenance, judging)
        (self.poller,) = found
        self.requests = Requests(found, self.clock)

    def read(self, **arguments: Any) -> Any:
        """What the socket would answer. Raises RefusedError."""
        return self.answer(self.requests.read(arguments))

    def scan(self, **arguments: Any) -> Any:
        """What the socket would answer. Raises RefusedError."""
        return self.answer(self.requests.scan(arguments))

    def answer(self, deferred: Deferred) -> Any:
        """Let the bus's thread work until it is there."""
        assert not deferred.is_over()
        for _ in range(20):
            self.poller.step(self.clock.now())
            if deferred.is_over():
                break
        return deferred.answer()


@pytest.fixture
def world() -> Iterator[World]:
    # 1.25 bar and 12.5 degC as big-endian floats (IEEE 754) in registers 0x100 to 0x103.
    transmitter = Instrument(lambda: {0x100: 0x3FA0, 0x101: 0, 0x102: 0x4148, 0x103: 0})
    with ModbusSlave({3: transmitter}) as line:
        world = World(line)
        yield world
        world.poller.close()


def test_a_sensor_is_read_with_everything_that_a_technician_wants(world: World) -> None:
    answer = world.read(sensor="level-3")
    assert (answer["sensor"], answer["error"], answer["hint"]) == ("level-3", "", "")
    pressure = {each["channel"]: each for each in answer["channels"]}["level-3/pore_pressure"]
    assert pressure.pop("at").endswith("Z")
    assert pressure.pop("age_s") >= 0
    assert pressure == {
        "channel": "level-3/pore_pressure", "unit": "kPa", "raw_unit": "bar",
        "raw": 1.25, "value": 125.0, "flag": "suspect", "why": ["site_range"],
    }  # fmt: skip


def test_a_silent_sensor_is_an_answer_with_the_advice(world: World) -> None:
    """The station did what was asked of it: that nobody answers is what the technician wants to know."""
    world.line.fault(3, Fault.SILENT)
    answer = world.read(sensor="level-3")
    assert {(each["flag"], *each["why"]) for each in answer["channels"]} == {("missing", "no_answer")}
    assert "unit 3" in answer["error"]
    assert answer["hint"]


def test_an_unknown_sensor_is_refused_with_the_known_ones(world: World) -> None:
    with pytest.raises(RefusedError, match="there is no sensor 'leve-3'") as caught:
        world.read(sensor="leve-3")
    assert "level-3" in caught.value.hint


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"sensor": 3},
        {"sensor": "level-3", "timeout_s": 0},
        {"sensor": "level-3", "timeout_s": 1061},
        {"sensor": "level-3", "timeout_s": True},
        {"sensor": "level-3", "timeout_s": "5"},
        {"sensor": "level-3", "timeout_s": float("nan")},
    ],
)
def test_arguments_that_make_no_sense_are_refused_with_what_would(
    world: World, arguments: dict[str, Any]
) -> None:
    with pytest.raises(RefusedError) as caught:
        world.read(**arguments)
    assert caught.value.hint


def test_a_busy_bus_is_refused_and_a_bus_that_is_gone_is_told(world: World) -> None:
    first = world.requests.read({"sensor": "level-3"})
    with pytest.raises(RefusedError, match="busy"):
        world.requests.read({"sensor": "level-3"})
    world.poller.close()
    with pytest.raises(RefusedError, match="being closed"):
        first.answer()


def test_who_leaves_frees_the_bus(world: World) -> None:
    world.poller.step(world.clock.now())
    world.poller.wake.clear()
    deferred = world.requests.read({"sensor": "level-3"})
    world.poller.wake.clear()
    deferred.abandon()
    assert world.poller.wake.is_set(), "it might sleep for long"
    world.poller.step(world.clock.now())
    assert world.read(sensor="level-3")["error"] == ""


def test_a_reading_is_waited_for_as_long_as_any_measurement_takes(world: World) -> None:
    """A Y511 wipes and settles for more than a minute; parts of a search never need one."""
    assert world.requests.read({"sensor": "level-3"}).longest_s > LONGEST_S
    world.poller.step(world.clock.now())
    question = {"bus": "rs485", "protocol": "modbus", "places": [3]}
    assert world.requests.scan(question).longest_s == 60.0
    with pytest.raises(RefusedError, match="timeout_s is 61"):
        world.requests.scan({**question, "timeout_s": 61})


def test_a_search_of_a_bus_finds_who_is_there(world: World) -> None:
    """Only who answers is told, as JSON values; the sensor of the station is among them."""
    (found,) = world.scan(bus="rs485", protocol="modbus", places=[2, 3])
    assert (found["key"], found["place"]) == ("unit", 3)
    assert "keller-30" in found["models"]
    assert json.dumps(found)


def test_a_search_that_makes_no_sense_is_refused_with_what_would(world: World) -> None:
    for arguments, what in (
        ({"bus": "rs486"}, "polls no bus 'rs486'"),
        ({"bus": "rs485", "protocol": "smoke"}, "protocol is 'smoke'"),
        ({"bus": "rs485", "protocol": "modbus", "places": [0]}, "places are not"),
    ):
        with pytest.raises(RefusedError, match=what) as caught:
            world.requests.scan(arguments)
        assert caught.value.hint


def test_a_search_in_a_language_that_the_bus_does_not_speak_is_refused(world: World) -> None:
    with pytest.raises(RefusedError, match="not spoken on this kind of bus"):
        world.scan(bus="rs485", protocol="i2c", places=[0x48])
