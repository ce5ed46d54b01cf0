"""The guide inside a station: what it is asked, what it does itself, and what a stop of it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from agent.acquire.calibration.sessions import Sessions
from agent.acquire.calibration.unfinished import DIRECTORY
from agent.config.plain import plain
from agent.config.schema import Config
from agent.control import Deferred, RefusedError
from agent.guided.care import Care
from agent.guided.wiring import guide
from agent.model import Trust
from drivers.simulated.ads1115 import Ads1115
from drivers.simulated.ezo_i2c import EzoI2c
from drivers.simulated.ezo_probe import ProbedEzo
from drivers.simulated.i2c_server import I2cServer
from tests.calibration.running import Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drivers.simulated.i2c_server import Chip
    from tests.acquire.rig import HandClock

DAY_S = 86_400.0
_TURN_S, _TURNS = 8.0, 200
SOIL = {"kind": "linear", "points": [[2.8, 0.0], [1.3, 0.4]]}


class Probe:
    """What the two probes give at the moment: the soil probe in volts, the pH electrode in millivolts."""

    def __init__(self) -> None:
        self.volts: Callable[[], float] = lambda: 2.75
        self.mv = 0.0


class World(Run):
    """One run of a station with a guide."""

    def __init__(self, state: Path, station: Config, clock: HandClock | None = None) -> None:
        super().__init__(state, station, clock)
        self.state = state
        self.guide = guide(
            station, self.clock, [self.poller], self.maintenance, self.recalibration, self.requests,
            state=state, append=self.take,
        )  # fmt: skip

    def tell(self, what: str, sensor: str = "soil-2", **arguments: Any) -> dict[str, Any]:
        """What the socket would answer."""
        answer = self.guide.handlers()[f"calibrate_{what}"]({"sensor": sensor, **arguments})
        if isinstance(answer, Deferred):
            self.poller.step(self.clock.now())
            answer = answer.answer()
        step: dict[str, Any] = json.loads(json.dumps(answer))
        return step

    def begin(self, sensor: str = "soil-2", **arguments: Any) -> dict[str, Any]:
        return self.tell("begin", sensor, by="J. Doe", **arguments)

    def answer(self, step: dict[str, Any], answer: object = "") -> dict[str, Any]:
        return self.tell("answer", step["sensor"], session=step["session"], n=step["n"], answer=answer)

    def work(self, step: dict[str, Any]) -> dict[str, Any]:
        """Until the station has done what the step asks for."""
        for _ in range(_TURNS):
            now = self.tell("show", step["sensor"])
            if (now["n"], now["key"]) != (step["n"], step["key"]):
                return now
            self.turn()
        raise AssertionError(f"{step} never ends")

    def turn(self) -> None:
        """The guide, then the bus; a slow one, so that few readings fill a window."""
        self.guide.step(self.clock.now())
        self.poller.step(self.clock.now())
        self.clock.advance(_TURN_S)

    def go(self, step: dict[str, Any], answers: dict[str, Any], until: str = "") -> dict[str, Any]:
        """Answer and wait to the end, or to the step `until`."""
        while step["kind"] not in {"result", "refused"} and step["key"] != until:
            if step["kind"] in {"measure", "save", "undo", "command"}:
                step = self.work(step)
            else:
                said = answers.get(step["key"], "")
                step = self.answer(step, said() if callable(said) else said)
        return step


Start = Callable[..., World]


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def station(tmp_path: Path, probe: Probe) -> Iterator[Config]:
    path = tmp_path / "i2c.sock"
    chips: dict[int, Chip] = {
        0x48: Ads1115(lambda _pin: probe.volts()),
        0x63: EzoI2c(ProbedEzo("pH", lambda: probe.mv), busy_s=0.0),
    }
    with I2cServer(path, chips):
        yield config(f"unix:{path}")


def config(adapter: str, points: Any = SOIL["points"]) -> Config:
    soil = {
        "id": "soil-2", "bus": "i2c", "model": "ads1115", "input": "A0", "quantity": "soil_moisture",
        "period_s": 86_400.0, "convert": {"soil_moisture": {**SOIL, "points": points}},
    }  # fmt: skip
    ezo = {"id": "ph-8", "bus": "i2c", "model": "ezo-ph", "period_s": 86_400.0}
    model = Config.model_validate(
        {
            "station": {"site": "north-dump", "id": "st-01"},
            "bus": [{"id": "i2c", "kind": "i2c", "adapter": adapter}],
            "sensor": [soil, ezo],
        }
    )
    plain_one: Config = plain(model)
    return plain_one


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a station on this configuration; in the time of one that ran before."""
    running: list[World] = []

    def started(station: Config, before: World | None = None) -> World:
        if before is not None:
            before.poller.close()
            running.remove(before)
        running.append(World(tmp_path, station, None if before is None else before.clock))
        return running[-1]

    yield started
    for world in running:
        world.poller.close()


@pytest.fixture
def world(start: Start, station: Config) -> World:
    return start(station)


def wet(probe: Probe) -> Callable[[], str]:
    def now() -> str:
        probe.volts = lambda: 1.25
        return ""

    return now


def test_a_whole_calibration(world: World, probe: Probe) -> None:
    """Under maintenance while it lasts, and the poller converts by it in the end."""
    step = world.begin(procedure="points")
    assert world.worked_on() == ["soil-2"]
    last = world.go(step, {"p2_in": wet(probe)})
    assert last["kind"] == "result", last
    assert world.recalibration.standings.of("soil-2/soil_moisture").id == last["data"]["id"]
    assert last["data"]["read_back"] == pytest.approx(0.4, abs=0.001)
    assert world.worked_on() == []
    assert not (world.state / DIRECTORY / "soil-2.json").exists()
    assert world.tell("show")["kind"] == "result", "its end can still be shown"
    assert world.begin()["n"] == 1, "and another one begun"


def test_one_that_is_refused_is_remembered_as_a_note(world: World) -> None:
    """Both points in the dry: nothing that could be a law."""
    last = world.go(world.begin(procedure="points"), {})
    assert last["kind"] == "refused"
    (note,) = [visit for visit in world.visits() if visit.kind == "note"]
    assert note.subject == "soil-2/soil_moisture"
    assert "does not tell them apart" in note.text
    assert world.recalibration.standings.of("soil-2/soil_moisture").id == ""


@pytest.mark.parametrize("how", ["refused", "abandoned"])
def test_a_probe_that_may_still_stand_in_its_reference_is_not_believed(world: World, how: str) -> None:
    """Nobody has said that it is back: the maintenance stays for ten minutes, and then ends by itself."""
    step = world.begin(procedure="points")
    if how == "refused":
        told = world.go(step, {})["text"]
    else:
        world.go(step, {}, until="p1_rest")
        told = world.tell("abandon")["left"]
    assert "ends in 10 minutes at the latest, or with skyground maintenance end soil-2." in told
    world.clock.advance(590.0)
    world.maintenance.step(world.clock.now())
    assert world.worked_on() == ["soil-2"]
    world.clock.advance(11.0)
    world.maintenance.step(world.clock.now())
    assert world.worked_on() == []


def test_an_answer_is_taken_once(world: World) -> None:
    """A terminal that asks again because it heard nothing does not answer the next question."""
    first = world.begin(procedure="points")
    second = world.answer(first, "3")
    assert second["key"] == "in_place"
    again = world.answer(first, "4")
    assert again.pop("late") == "that question was answered already, with 3"
    assert again == second
    assert world.answer({**first, "n": 9}, "4")["late"] == "that question is asked no more"


@pytest.mark.parametrize("how", [{"what": "begin", "by": "B", "anew": True}, {"what": "abandon"}])
def test_what_is_being_written_is_not_given_up(world: World, probe: Probe, how: dict[str, Any]) -> None:
    step = world.go(world.begin(procedure="points"), {"p2_in": wet(probe)}, until="save")
    world.guide.step(world.clock.now())
    with pytest.raises(RefusedError, match="being written just now"):
        world.tell(**how)
    assert world.go(step, {})["kind"] == "result"
    assert "None was" in world.tell("abandon")["left"], "and nothing is said of one that is over"


def test_what_is_done_and_cannot_be_written_down_is_told_when_it_is_given_up(
    world: World, probe: Probe
) -> None:
    step = world.go(world.begin(procedure="points"), {"p2_in": wet(probe)}, until="save")
    path = world.state / DIRECTORY / "soil-2.json"
    path.unlink()
    path.mkdir()
    for _ in range(3):
        world.turn()
    assert "cannot be written" in world.tell("show")["trouble"]
    assert world.tell("show")["n"] == step["n"]
    path.rmdir()
    made = world.recalibration.standings.of("soil-2/soil_moisture").id
    assert f"Calibration {made} is in force" in world.tell("abandon")["left"]


def test_the_status_names_what_was_left(world: World, station: Config, start: Start) -> None:
    assert world.guide.status() == {"sessions": []}
    world.begin(procedure="points")
    assert start(station, world).guide.status() == {"sessions": ["soil-2"]}


def test_maintenance_outlasts_the_longest_measurement(world: World, probe: Probe) -> None:
    step = world.go(world.begin(procedure="points"), {}, until="p1_in")
    world.clock.advance(1195)
    begun_ns = world.clock.mono_ns
    probe.volts = lambda: 2.75 - (world.clock.mono_ns - begun_ns) / 60e9 * 0.1
    assert world.answer(step)["key"] == "p1_rest"
    for _ in range(20):
        world.turn()
    assert world.tell("show")["key"] == "p1_rest"
    (work,) = world.maintenance.in_force()
    assert work.end_ns - world.clock.mono_ns > 590e9


def test_what_does_not_fit_is_said_in_words(world: World) -> None:
    step = world.begin(procedure="points")
    with pytest.raises(RefusedError, match="'many' is not a number"):
        world.answer(step, "many")
    with pytest.raises(RefusedError, match="11 cannot be"):
        world.answer(step, 11)
    with pytest.raises(RefusedError, match="is over"):
        world.tell("answer", session="another", n=1, answer="")
    assert world.tell("show") == step


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"sensor": "soil-9"}, "there is no sensor"),
        ({"by": ""}, "nobody is named"),
        ({"quantity": "ph"}, "no quantity 'ph'"),
        ({"procedure": "ph"}, "cannot be calibrated by 'ph'"),
    ],
)
def test_what_cannot_be_begun(world: World, arguments: dict[str, str], said: str) -> None:
    with pytest.raises(RefusedError, match=said) as caught:
        world.tell("begin", **{"sensor": "soil-2", "by": "J. Doe", **arguments})
    assert caught.value.hint
    with pytest.raises(RefusedError, match="no calibration of 'soil-2' is under way"):
        world.tell("show")


def test_one_under_way_goes_on_unless_it_is_given_up(world: World) -> None:
    step = world.answer(world.begin(procedure="points"), "3")
    assert world.begin() == step
    with pytest.raises(RefusedError, match="is under way"):
        world.begin(procedure="two_point")
    assert world.begin(procedure="two_point", anew=True)["n"] == 1
    left = world.tell("abandon")["left"]
    assert left.startswith("Nothing was changed by it. Put the probe back")
    with pytest.raises(RefusedError, match="under way"):
        world.tell("show")


def test_a_stop_while_measuring_asks_first_if_the_probe_is_still_there(
    world: World, station: Config, start: Start, probe: Probe
) -> None:
    step = world.go(world.begin(procedure="points"), {"p2_in": wet(probe)}, until="p2_rest")
    assert step["kind"] == "measure"
    later = start(station, world)
    step = later.begin()
    assert (step["key"], step["resumed"]) == ("p2_in", True)
    assert later.go(step, {})["kind"] == "result"


def test_the_steps_that_people_see_are_counted_without_gaps(world: World, probe: Probe) -> None:
    """What is saved in between is over before anybody sees it."""
    measured = world.go(world.begin(procedure="points"), {"p2_in": wet(probe)}, until="p2_rest")
    read_back = world.go(measured, {}, until="read_back")
    assert read_back["place"] == measured["place"] + 1
    assert read_back["n"] == measured["n"] + 2


def test_a_stop_just_after_it_was_saved_makes_no_second_one(
    world: World, station: Config, start: Start, probe: Probe
) -> None:
    """The file of the session is still the one from before: the record is found, and is the one."""
    step = world.go(world.begin(procedure="points"), {"p2_in": wet(probe)}, until="save")
    path = world.state / DIRECTORY / "soil-2.json"
    before = path.read_bytes()
    world.go(step, {}, until="read_back")
    path.write_bytes(before)
    later = start(station, world)
    last = later.go(later.begin(), {})
    assert last["kind"] == "result"
    assert len(list((world.state / "calibrations" / "soil-2").glob("soil-2_*.json"))) == 1


def test_what_reads_wrong_in_the_end_is_taken_back(world: World, probe: Probe) -> None:
    """The probe is taken out before the read-back: the configuration is the law again."""
    step = world.go(world.begin(procedure="points"), {"p2_in": wet(probe)}, until="read_back")
    probe.volts = lambda: 2.0
    last = world.go(step, {"read_back_again": "stop"})
    assert (last["kind"], last["title"]) == ("refused", "NOT calibrated")
    assert world.recalibration.standings.of("soil-2/soil_moisture").id == ""


def test_a_stop_just_after_it_was_taken_back_takes_it_back_once(
    world: World, station: Config, start: Start, probe: Probe
) -> None:
    """The file of the session is still the one from before: what was taken back must not come again."""
    first = world.go(world.begin(procedure="points"), {"p2_in": wet(probe)})["data"]["id"]
    probe.volts = lambda: 2.75
    step = world.go(world.begin(procedure="points"), {"p2_in": wet(probe)}, until="read_back")
    probe.volts = lambda: 2.0
    step = world.answer(world.go(step, {}, until="read_back_again"), "stop")
    path = world.state / DIRECTORY / "soil-2.json"
    before = path.read_bytes()
    world.go(step, {})
    path.write_bytes(before)
    later = start(station, world)
    last = later.go(later.begin(), {})
    assert last["title"] == "NOT calibrated"
    assert f"In force again: {first}." in last["text"]
    assert later.recalibration.standings.of("soil-2/soil_moisture").id == first


def test_what_somebody_else_has_chosen_since_is_left_in_force(world: World, probe: Probe) -> None:
    first = world.go(world.begin(procedure="points"), {"p2_in": wet(probe)})["data"]["id"]
    probe.volts = lambda: 2.75
    step = world.go(world.begin(procedure="points"), {"p2_in": wet(probe)}, until="read_back")
    probe.volts = lambda: 2.0
    step = world.go(step, {}, until="read_back_again")
    world.ask("withdraw", channel="soil-2/soil_moisture", by="A", why="the probe was changed")
    last = world.go(world.answer(step, "stop"), {})
    assert "somebody has put in force the configuration" in last["text"]
    assert world.recalibration.standings.of("soil-2/soil_moisture").id == "" != first


def test_what_is_in_force_and_was_not_read_back_is_not_forgotten(
    world: World, station: Config, start: Start, probe: Probe
) -> None:
    """Given up before the read-back: it is said that the new calibration stays, and how to go back."""
    world.go(world.begin(procedure="points"), {"p2_in": wet(probe)}, until="read_back")
    with pytest.raises(RefusedError, match="was not read back"):
        world.begin(anew=True)
    later = start(station, world)
    with pytest.raises(RefusedError, match="was not read back"):
        later.begin(anew=True)
    told = later.tell("abandon")["left"]
    assert "skyground calibration withdraw soil-2/soil_moisture puts back what was before" in told
    assert later.recalibration.standings.of("soil-2/soil_moisture").id in told


def test_one_that_was_left_for_a_day_is_asked_about_without_a_restart(world: World) -> None:
    world.begin(procedure="points")
    world.clock.advance(DAY_S + 60)
    assert world.begin()["key"] == "stale"


def test_a_day_later_it_is_asked_whether_to_go_on(world: World, station: Config, start: Start) -> None:
    step = world.answer(world.begin(procedure="points"), "3")
    world.clock.advance(DAY_S + 60)
    later = start(station, world)
    question = later.begin()
    assert (question["key"], question["kind"]) == ("stale", "choose")
    assert "more than a day ago" in question["text"]
    resumed = later.answer(question, "resume")
    assert (resumed["key"], resumed["n"]) == (step["key"], step["n"])


def test_under_another_configuration_it_can_only_be_given_up(
    world: World, station: Config, start: Start
) -> None:
    world.begin(procedure="points")
    changed = config(f"unix:{world.state / 'i2c.sock'}", [[2.7, 0.0], [1.3, 0.4]])
    other = start(changed, world)
    question = other.begin()
    assert "configuration of this channel has changed" in question["text"]
    assert [option["key"] for option in question["fields"][0]["options"]] == ["anew"]
    assert other.answer(question, "anew")["kind"] == "refused"
    assert other.begin()["n"] == 1


def test_nobody_knows_how_old_it_is(world: World, station: Config, start: Start) -> None:
    world.clock.trust = Trust.NONE
    world.begin(procedure="points")
    world.clock.boot_id = "another"
    assert "the clock is not set" in start(station, world).begin()["text"]


def test_a_damaged_session_is_told_and_may_be_begun_anew(world: World, station: Config, start: Start) -> None:
    world.begin(procedure="points")
    (world.state / DIRECTORY / "soil-2.json").write_text("{", encoding="utf-8")
    later = start(station, world)
    with pytest.raises(RefusedError, match="cannot go on") as caught:
        later.begin()
    assert "--anew; skyground calibration due tells what is in force" in caught.value.hint
    assert "What it changed cannot be read" in later.tell("abandon")["left"]
    (world.state / DIRECTORY / "soil-2.json").write_text("{", encoding="utf-8")
    assert later.begin(anew=True)["n"] == 1


def test_a_card_that_cannot_be_written_keeps_it_where_it_stands(world: World) -> None:
    step = world.begin(procedure="points")
    (world.state / DIRECTORY / "soil-2.json").unlink()
    (world.state / DIRECTORY).rmdir()
    (world.state / DIRECTORY).write_text("in the way", encoding="utf-8")
    with pytest.raises(RefusedError, match="cannot be written"):
        world.answer(step, "3")
    assert world.tell("show") == step


def test_a_signal_that_drifts_is_refused_at_a_deadline(world: World, probe: Probe) -> None:
    begun_ns = world.clock.mono_ns
    probe.volts = lambda: 2.75 - (world.clock.mono_ns - begun_ns) / 60e9 * 0.1
    step = world.go(world.begin(procedure="points"), {}, until="p1_rest_again")
    assert "drifts by 0.1 V a minute" in step["text"]
    last = world.answer(step, "stop")
    assert last["kind"] == "refused"


def test_an_instrument_that_falls_silent_is_told_with_what_to_do(world: World, probe: Probe) -> None:
    """After some readings, so that it does not count as a slow one."""
    step = world.go(world.begin(procedure="points"), {}, until="p1_rest")
    for _ in range(3):
        world.turn()

    def gone() -> float:
        raise OSError(5, "unplugged")

    probe.volts = gone
    step = world.go(step, {}, until="p1_rest_again")
    assert step["title"] == "It does not come to rest"
    assert "Last error" in step["text"]


def test_the_progress_says_how_the_signal_does(world: World) -> None:
    step = world.go(world.begin(procedure="points"), {}, until="p1_rest")
    for _ in range(4):
        world.turn()
    (signal,) = world.tell("show")["progress"]["signals"]
    assert step["progress"]["signals"][0]["value"] is None
    assert signal["value"] == pytest.approx(2.75, abs=1e-3)
    assert 0 < signal["held_s"] < signal["window_s"] == 45.0


def test_an_argument_of_a_wrong_kind_is_refused_in_words(world: World) -> None:
    """Whatever JSON there is: the thread that hears it must not fail."""
    sensible = {
        "sensor": "soil-2", "quantity": "soil_moisture", "channel": "soil-2/soil_moisture",
        "subject": "soil-2", "by": "J. Doe", "id": "none", "procedure": "points", "law": SOIL,
        "session": "x", "n": 1, "answer": "",
    }  # fmt: skip
    for command, handler in {**world.requests.handlers(), **world.guide.handlers()}.items():
        for name in sensible:
            for wrong in (7, True, ["x"], {"x": ["y"]}, [["x"]], "", "\ud800", None):
                try:
                    answer = handler({**sensible, name: wrong})
                except RefusedError as error:
                    answer = {"error": str(error).encode(), "hint": error.hint.encode()}  # it can be sent
                assert isinstance(answer, Deferred | dict | list), (command, name, wrong)


def test_a_visit_s_maintenance_is_left_alone(world: World) -> None:
    world.maintenance.begin("station", 3600.0, "a visit", {"visit": "visit/1"})
    world.begin(procedure="points")
    assert world.worked_on() == ["soil-2", "station"]
    world.tell("abandon")
    world.clock.advance(601.0)
    world.maintenance.step(world.clock.now())
    assert world.worked_on() == ["station"]


def test_a_visit_that_ends_leaves_a_measurement_in_a_bottle_alone(world: World) -> None:
    visit = {"visit": "visit/1"}
    world.maintenance.begin("soil-2", 3600.0, "a visit", visit)
    world.begin(procedure="points")
    world.maintenance.end("soil-2", visit)
    assert world.worked_on() == ["soil-2"]


def test_two_sessions_share_a_thermometer_until_the_last_of_them_ends(world: World) -> None:
    world.begin(procedure="points")
    session = Sessions(world.state).load("soil-2")
    assert session is not None
    shared = session._replace(facts=session.facts._replace(temperature="t-1/temperature"))
    care = Care(world.maintenance, world.clock)
    for sensor in ("ph-3", "ph-4"):
        care.take(shared._replace(sensor=sensor))
    care.end("ph-3")
    assert world.worked_on() == ["ph-4", "soil-2", "t-1"]
    care.end("ph-4")
    assert world.worked_on() == ["soil-2"]


def test_an_ezo_circuit_calibrates_inside_itself(world: World, probe: Probe) -> None:
    """Two buffers over the wire: the record holds what it was told and what it says of itself."""

    def put(mv: float) -> Callable[[], str]:
        def now() -> str:
            probe.mv = mv
            return ""

        return now

    answers = {
        "procedure": "onboard", "next0": "mid", "mid0_in": put(-3.0), "mid0_reference": "7.00",
        "mid0_c": "25",
        "next1": "low", "low1_in": put(170.0), "low1_reference": "4.00", "low1_c": "25",
        "next2": "done",
    }  # fmt: skip
    last = world.go(world.begin("ph-8"), answers)
    assert last["kind"] == "result", last
    record = world.recalibration.standings.of("ph-8/ph").record
    assert record is not None
    assert record.law is None
    assert record.instrument["after"]["points"] == 2
    assert [visit.data["verdict"] for visit in world.visits()] == ["unfinished", "good"]


def test_an_instrument_that_was_told_nothing_is_said_to_hold_what_it_held(world: World) -> None:
    """Given up between the record that announces it and the first order; by name, as that record is none."""
    answers = {"next0": "mid", "mid0_reference": "7.00", "mid0_c": "25"}
    world.go(world.begin("ph-8", procedure="onboard"), answers, until="mid0_in")
    announced = world.recalibration.standings.of("ph-8/ph").id
    told = world.tell("abandon", "ph-8")["left"]
    assert f"The instrument holds what it held, and {announced} in force says that it may not" in told
    assert "skyground calibration withdraw ph-8/ph puts that right" in told


def test_an_instrument_that_was_told_something_is_not_told_to_be_as_before(world: World) -> None:
    """Given up after the first point: its values are those of a calibration that was not finished."""
    answers = {"next0": "mid", "mid0_reference": "7.00", "mid0_c": "25"}
    step = world.go(world.begin("ph-8", procedure="onboard"), answers, until="next1")
    assert step["key"] == "next1"
    with pytest.raises(RefusedError, match="may not hold what it held"):
        world.begin("ph-8", anew=True)
    assert "may not hold what it held" in world.tell("abandon", "ph-8")["left"]
    standing = world.recalibration.standings.of("ph-8/ph")
    assert standing.record is not None
    assert standing.record.verdict == "unfinished"
    assert standing.validity.expires_s == standing.validity.made_s, "good for no day"
    (note,) = [visit for visit in world.visits() if visit.kind == "note"]
    assert "given up" in note.text
