"""The search as a value, and what is pasted in the end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.load import load
from drivers.bus.i2c import I2cBus
from drivers.bus.serial import LineSettings, SerialLine
from drivers.contract import RefusedError
from drivers.registry import MODELS
from drivers.scan import modbus, sdi12
from drivers.scan.chips import KINDS
from drivers.scan.found import Found, Progress
from drivers.scan.modbus_guess import profiles
from drivers.scan.question import PLACES, Protocol, Question
from drivers.simulated.i2c_server import I2cServer
from drivers.simulated.modbus_slave import ModbusSlave

LINE = LineSettings(9600, "none", 1)
STATION = '[station]\nsite = "north-dump"\nid = "st-01"\n'
BUSES = {
    "i2c": '[[bus]]\nid = "b"\nkind = "i2c"\n',
    "modbus": '[[bus]]\nid = "b"\nkind = "serial"\nport = "/dev/ttyUSB0"\n',
    "sdi12": '[[bus]]\nid = "b"\nkind = "serial"\nport = "/dev/ttyUSB0"\n',
}
GUESSED = [
    *(("i2c", Found("address", 0x48, "", (model,))) for kind in KINDS for model in kind.models),
    *(("modbus", Found("unit", 3, "", (model, "other"))) for model in profiles()),
    *(("sdi12", Found("address", "a", "", (model,))) for model in sdi12._MODELS.values()),
]


@pytest.mark.parametrize(
    ("protocol", "found"), GUESSED, ids=[f"{protocol}-{found.models[0]}" for protocol, found in GUESSED]
)
def test_what_is_pasted_passes_the_check(protocol: str, found: Found, tmp_path: Path) -> None:
    """Every model that a search can guess, as it would be pasted under its bus."""
    if protocol == "i2c":
        place = next(
            address for kind in KINDS if found.models[0] in kind.models for address in kind.addresses
        )
        found = found._replace(place=place)
    config = tmp_path / "station.toml"
    config.write_text(f"{STATION}\n{BUSES[protocol]}\n{found.toml('b')}", encoding="utf-8")
    (sensor,) = load(config).sensor
    assert sensor.model == found.models[0]
    assert getattr(sensor, found.key) == found.place


def test_every_guess_is_a_model() -> None:
    assert {found.models[0] for _, found in GUESSED} <= set(MODELS)


def test_addresses_that_differ_in_their_case_get_ids_that_differ() -> None:
    """SDI-12 tells `a` from `A`; ids of a station have no capitals."""
    small, capital = (Found("address", place, "", ("teros-12",)).toml("b") for place in ("a", "A"))
    assert 'id = "teros-12-a"' in small
    assert 'id = "teros-12-upper-a"' in capital
    assert 'address = "A"' in capital


def test_who_is_not_known_has_nothing_to_paste() -> None:
    assert Found("unit", 3, "somebody").toml("b") == ""


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Found("unit", 3, ""), "unit 3"),
        (Found("address", 0x48, ""), "address 0x48"),
        (Found("address", "a", ""), "address a"),
    ],
)
def test_a_place_is_said_as_people_write_it(found: Found, words: str) -> None:
    assert found.where == words


def test_found_travels_through_json() -> None:
    found = Found("address", "a", "METER TER12", ("teros-12", "teros-11"), sure=True)
    assert Found.from_json(json.loads(json.dumps(found._asdict()))) == found


def test_a_number_is_a_number_however_json_writes_it() -> None:
    question = Question.from_json({"protocol": "modbus", "places": [3.0]})
    assert [type(place) for place in question.places] == [int]


@given(st.sampled_from(["i2c", "modbus", "sdi12"]), st.data())
def test_a_question_travels_and_its_parts_are_the_whole(protocol: Protocol, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.sampled_from(PLACES[protocol]), unique=True))
    question = Question(protocol, tuple(places), data.draw(st.booleans()), data.draw(st.booleans()))
    assert Question.from_json(json.loads(json.dumps(question._asdict()))) == question
    parts = question.parts()
    assert [place for part in parts for place in part.places] == places
    assert all(part[2:] == question[2:] for part in parts)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"protocol": "canbus", "places": []},
        {"protocol": ["i2c"], "places": []},
        {"protocol": "modbus"},
        {"protocol": "modbus", "places": "123"},
        {"protocol": "modbus", "places": [0]},
        {"protocol": "modbus", "places": [248]},
        {"protocol": "modbus", "places": [1] * 300},
        {"protocol": "i2c", "places": [0x78]},
        {"protocol": "i2c", "places": [[8]]},
        {"protocol": "sdi12", "places": ["ab"]},
    ],
)
def test_nonsense_is_refused_in_words(told: dict[str, object]) -> None:
    """It comes from a socket. Unit 0 would be everybody: a broadcast."""
    with pytest.raises(ValueError, match=r"protocol is|places are"):
        Question.from_json(told)


def test_no_part_takes_longer_than_a_station_is_waited_for() -> None:
    """A minute is the limit of a request; silence everywhere is well below it."""
    for protocol, places in PLACES.items():
        for thorough in (False, True):
            parts = Question.from_json(
                {"protocol": protocol, "places": list(places), "thorough": thorough}
            ).parts()
            assert max(part.duration_s(LINE) for part in parts) < 45


def test_the_whole_of_a_line_takes_about_as_long_as_is_said_before() -> None:
    """247 units at 9600 8N1: 28 characters of 1.04 ms and 0.3 s of patience each; 0.9 s for late ones."""
    whole = Question("modbus", PLACES["modbus"])
    assert whole.duration_s(LINE) == pytest.approx(247 * (28 * 10 / 9600 + 0.3) + 0.9)
    assert Question("i2c", PLACES["i2c"]).duration_s(None) < 1
    assert 20 < Question("sdi12", PLACES["sdi12"]).duration_s(LINE) < 30


def test_those_who_are_waited_for_are_asked_one_in_a_part() -> None:
    """Else a few slow ones could take more than the minute."""
    for question in (
        Question("modbus", (1, 2), thorough=True),
        Question("modbus", (1, 2), patient=True),
    ):
        assert [part.places for part in question.parts()] == [(1,), (2,)]


def test_a_question_goes_to_a_bus_that_speaks_its_protocol(tmp_path: Path) -> None:
    """From the socket may come any; a wrong one is refused and no fault of the bus."""
    with I2cServer(tmp_path / "i2c", {}), ModbusSlave({}) as slave:
        i2c = I2cBus.open(f"unix:{tmp_path / 'i2c'}")
        line = SerialLine.open(slave.port, 9600, "none", 1)
        try:
            assert list(Question("i2c", (0x48,)).search(i2c)) == [Progress(0x48)]
            assert set(Question("modbus", (3,)).search(line)) == {Progress(3)}
            assert list(Question("sdi12", ("3",)).search(line)) == [Progress("3")]
            for question, bus in (("i2c", line), ("modbus", i2c), ("sdi12", i2c)):
                with pytest.raises(RefusedError, match="not spoken"):
                    Question.from_json({"protocol": question, "places": []}).search(bus)
        finally:
            i2c.close()
            line.close()


def test_the_readme_tells_these_times() -> None:
    """They are computed here and told there."""
    readme = " ".join((Path(sdi12.__file__).parent / "README.md").read_text(encoding="utf-8").split())
    unit_s = modbus.silent_unit_s(LINE, thorough=False)
    all_s = Question("modbus", PLACES["modbus"]).duration_s(LINE)
    sdi12_s = Question("sdi12", PLACES["sdi12"]).duration_s(LINE)
    thorough_s = Question("modbus", (1,), thorough=True).duration_s(LINE)
    thorough_min = Question("modbus", PLACES["modbus"], thorough=True).duration_s(LINE) / 60
    assert f"takes {unit_s:.2f} s at 9600 baud, so all 247 take {all_s:.0f} s" in readme
    assert f"all 62 take {sdi12_s:.0f} s" in readme
    assert f"{thorough_s:.0f} s for each silent unit: 30 units take {thorough_s * 30 / 60:.0f} min" in readme
    assert f"all 247 take {thorough_min:.0f} min" in readme
