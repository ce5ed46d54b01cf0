"""A station's calibrations while it measures: asked over its handlers, converted by a real bus."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING, Any

import pytest

from agent.acquire.recalibration import Recalibration
from agent.calibrations import CalibrationRequests
from agent.config.plain import plain
from agent.config.schema import Config
from agent.control import RefusedError
from agent.model import Flag, Trust, Why
from drivers.simulated.ads1115 import Ads1115
from drivers.simulated.i2c_server import I2cServer
from tests.calibration.running import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from agent.acquire.course import Proof
    from agent.model import Record

    Start = Callable[[Path, Config], Run]

DAY_S = 86_400.0
CONFIGURED = {"kind": "linear", "points": [[1.0, 7.0], [2.0, 4.0]]}
LAW = {"kind": "linear", "points": [[1.0, 7.1], [2.0, 4.1]]}
CERTIFICATE = {
    "sensor": "ph-3",
    "quantity": "ph",
    "by": "J. Doe",
    "procedure": "certificate",
    "law": LAW,
}


def config(adapter: str, **sensor: Any) -> Config:
    """One pH electrode on an analog input."""
    model = Config.model_validate(
        {
            "station": {"site": "north-dump", "id": "st-01"},
            "bus": [{"id": "i2c", "kind": "i2c", "adapter": adapter}],
            "sensor": [
                {
                    "id": "ph-3", "bus": "i2c", "model": "ads1115", "input": "A0", "quantity": "ph",
                    "period_s": 60.0, "convert": {"ph": CONFIGURED},
                    "calibrate": {"ph": {"valid_days": 30, "remind_days": 7}}, **sensor,
                },
            ],
        }
    )  # fmt: skip
    station: Config = plain(model)
    return station


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Config]:
    path = tmp_path / "i2c.sock"
    with I2cServer(path, {0x48: Ads1115(lambda _pin: 1.5)}):
        yield config(f"unix:{path}")


@pytest.fixture
def start() -> Iterator[Start]:
    """A run of the station; all are over at the end."""
    runs: list[Run] = []

    def run(state: Path, station: Config) -> Run:
        runs.append(Run(state, station))
        return runs[-1]

    yield run
    for each in runs:
        each.poller.close()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_a_calibration_converts_from_the_next_reading_on_and_is_a_visit(
    start: Start, state: Path, station: Config
) -> None:
    run = start(state, station)
    before = run.read()
    assert (before.value, before.calibration.id[:7]) == (5.5, "config-")
    told = run.ask("enter", **CERTIFICATE, notes="lab 7")
    after = run.read()
    assert (after.value, after.calibration.id) == (5.6, told["id"])
    assert told["running"] == told["id"]
    (visit,) = run.visits()
    assert (visit.kind, visit.subject, visit.by) == ("calibration", "ph-3/ph", "J. Doe")
    assert (visit.data["id"], visit.data["notes"]) == (told["id"], "lab 7")
    assert run.changed.is_set()
    assert run.ask("show", id=told["id"])["config_law"]["kind"] == "linear"


def test_the_next_start_converts_by_it_even_when_the_journal_is_lost(
    start: Start, state: Path, station: Config
) -> None:
    told = start(state, station).ask("enter", **CERTIFICATE)
    assert {path.name for path in state.iterdir()} == {"calibrations"}  # nothing else is needed
    assert start(state, station).read().calibration.id == told["id"]


def test_back_to_the_one_before_to_any_other_and_to_the_configuration(
    start: Start, state: Path, station: Config
) -> None:
    run = start(state, station)
    first = run.ask("enter", **CERTIFICATE)["id"]
    second = run.ask("enter", **{**CERTIFICATE, "law": {"kind": "polynomial", "coefficients": [9.0, -2.0]}})[
        "id"
    ]
    assert run.read().value == 6.0
    assert run.ask("activate", channel="ph-3/ph", by="A", why="it drifts")["running"] == first
    assert run.read().value == 5.6
    assert run.ask("activate", channel="ph-3/ph", by="A", id=second)["running"] == second
    assert run.ask("withdraw", channel="ph-3/ph", by="A")["id"] is None
    assert run.read().value == 5.5
    assert "nothing is before it" in str(run.refused("activate", channel="ph-3/ph", by="A"))
    assert run.ask("activate", channel="ph-3/ph", by="A", id=second)["running"] == second
    moves = run.ask("history", subject="ph-3/ph")["moves"]
    assert [move["id"] for move in moves] == [first, second, first, second, None, second]
    assert [visit.data["move"] for visit in run.visits()] == [
        "made", "made", "activated", "activated", "withdrawn", "activated",
    ]  # fmt: skip


def test_going_back_from_the_first_is_going_to_the_configuration(
    start: Start, state: Path, station: Config
) -> None:
    run = start(state, station)
    run.ask("enter", **CERTIFICATE)
    assert run.ask("activate", channel="ph-3/ph", by="A")["id"] is None
    assert run.read().value == 5.5


def test_going_back_twice_does_not_come_back(start: Start, state: Path, station: Config) -> None:
    run = start(state, station)
    first = run.ask("enter", **CERTIFICATE)["id"]
    for verdict in ("reject", "unfinished", "good"):
        run.ask("enter", **{**CERTIFICATE, "verdict": verdict})
    assert run.ask("activate", channel="ph-3/ph", by="A")["id"] == first, "those are fit for nothing"
    assert run.ask("activate", channel="ph-3/ph", by="A")["id"] is None


def test_no_word_of_ours_changes_what_an_instrument_was_told(
    start: Start, state: Path, station: Config
) -> None:
    """Only a person can know that it is another one by now, and is told what that means."""
    run = start(state, station)
    first, second = (run.ask("enter", **{**CERTIFICATE, "law": None})["id"] for _ in range(2))
    told = run.refused("activate", channel="ph-3/ph", by="A")
    assert f"keeps what it was told by {second}" in str(told)
    assert "skyground calibrate ph-3; only if the instrument was changed" in told.hint
    back = run.ask("activate", channel="ph-3/ph", by="A", id=first)
    assert back["kept_inside"] == f"this is true only of an instrument that holds what {first} told it"
    assert run.ask("activate", channel="ph-3/ph", by="A", id=first)["kept_inside"] == ""
    gone = run.ask("withdraw", channel="ph-3/ph", by="A")
    assert (
        gone["kept_inside"] == f"this is true only of an instrument that does not hold what {first} told it"
    )


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("activate", {"channel": "ph-3/ph", "by": "A"}, "was never calibrated"),
        ("withdraw", {"channel": "ph-3/ph", "by": "A"}, "was never calibrated"),
        ("withdraw", {"channel": "ph-3/ph", "by": ""}, "'by'"),
        ("activate", {"channel": "ph-3", "by": "A"}, "is no channel"),
        ("activate", {"channel": "ph-4/ph", "by": "A"}, "no sensor 'ph-4'"),
        ("activate", {"channel": "ph-3/turbidity", "by": "A"}, "no quantity 'turbidity'"),
        ("activate", {"channel": "ph-3/ph", "by": "A", "id": "none"}, "there is no calibration 'none'"),
        ("history", {"subject": ".."}, "is no sensor"),
        ("show", {"id": 7}, "'id' is 7"),
        ("enter", {**CERTIFICATE, "law": {"kind": "linear"}}, "lacks points"),
        ("enter", {**CERTIFICATE, "points": 7}, "this is no calibration: 'points'"),
        ("enter", {**CERTIFICATE, "at": "2099-01-01T00:00:00Z"}, "has not come yet"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_changes_nothing(
    start: Start, state: Path, station: Config, command: str, arguments: dict[str, Any], words: str
) -> None:
    run = start(state, station)
    assert words in str(run.refused(command, **arguments))
    assert run.visits() == []
    assert not list(state.rglob("*.json"))


def test_one_of_another_channel_is_not_taken(start: Start, state: Path, station: Config) -> None:
    run = start(state, station)
    told = run.ask("enter", **CERTIFICATE)
    record = run.recalibration.store.read(told["id"])
    other = run.recalibration.store.save(record._replace(sensor="ph-4"))
    assert "is one of ph-4/ph" in str(run.refused("activate", channel="ph-3/ph", by="A", id=other.id))


def test_one_that_is_only_kept_changes_nothing(start: Start, state: Path, station: Config) -> None:
    run = start(state, station)
    told = run.ask("enter", **CERTIFICATE, activate=False)
    assert run.read().value == 5.5
    assert run.ask("activate", channel="ph-3/ph", by="A", id=told["id"])["running"] == told["id"]


def test_a_configuration_that_changed_since_is_the_law_and_says_why(
    start: Start, state: Path, station: Config, tmp_path: Path
) -> None:
    told = start(state, station).ask("enter", **CERTIFICATE)
    changed = config(
        vars(station.bus[0])["adapter"], convert={"ph": {"kind": "polynomial", "coefficients": [0.0, 4.0]}}
    )
    run = start(state, changed)
    assert run.read().value == 6.0
    (due,) = run.ask("due")
    assert "is not used: `convert.ph` of the configuration has changed" in due["trouble"]
    assert 'kind was "linear", is "polynomial"' in due["trouble"]
    assert "does not fit" in str(run.refused("activate", channel="ph-3/ph", by="A", id=told["id"]))


@pytest.mark.parametrize("verdict", ["reject", "unfinished"])
def test_what_its_own_calibration_found_unfit_is_not_believed(
    start: Start, state: Path, station: Config, verdict: str
) -> None:
    run = start(state, station)
    run.ask("enter", **CERTIFICATE, verdict=verdict)
    said = run.read()
    assert (said.flag, said.why) == (Flag.SUSPECT, Why.CALIBRATION_UNFIT)
    run.ask("enter", **CERTIFICATE)
    assert run.read().flag is Flag.GOOD


def test_a_damaged_record_is_not_used_and_says_so(start: Start, state: Path, station: Config) -> None:
    told = start(state, station).ask("enter", **CERTIFICATE)
    path = next(state.rglob(f"{told['id']}.json"))
    path.write_text(path.read_text().replace("7.1", "7.9"))
    run = start(state, station)
    assert run.read().value == 5.5
    (due,) = run.ask("due")
    assert "its checksum does not fit" in due["trouble"]
    assert told["id"] in run.ask("history", subject="ph-3")["damaged"]


def test_a_law_that_this_agent_does_not_know_is_not_used_and_says_so(
    start: Start, state: Path, station: Config
) -> None:
    run = start(state, station)
    told = run.ask("enter", **CERTIFICATE)
    record = run.recalibration.store.read(told["id"])
    run.recalibration.store.save(record._replace(law={"kind": "of a later agent"}))
    again = start(state, station)
    assert again.read().value == 5.5
    assert "unknown kind" in again.ask("due")[0]["trouble"]


def test_past_its_date_values_are_suspect_where_the_time_is_known(
    start: Start, state: Path, station: Config
) -> None:
    run = start(state, station)
    run.ask("enter", **CERTIFICATE)
    assert run.read().flag is Flag.GOOD
    run.clock.wall_ns += round(31 * DAY_S * 1e9)
    run.clock.trust = Trust.NONE
    assert Why.CALIBRATION_EXPIRED not in run.read().why
    run.clock.trust = Trust.RTC
    late = run.read()
    assert (late.flag, late.why) == (Flag.SUSPECT, Why.CALIBRATION_EXPIRED)
    assert run.ask("due")[0]["expired"] is True
    run.ask("enter", **CERTIFICATE)
    assert Why.CALIBRATION_EXPIRED not in run.read().why


def test_a_calibration_inside_the_instrument_names_its_values(
    start: Start, state: Path, station: Config
) -> None:
    run = start(state, station)
    told = run.ask("enter", **{**CERTIFICATE, "law": None, "procedure": "onboard"})
    read = run.read()
    assert (read.value, read.calibration.id) == (5.5, told["id"])


def test_a_bus_that_is_being_closed_says_that_it_is_in_force_at_the_next_start(
    start: Start, state: Path, station: Config
) -> None:
    run = start(state, station)
    answer = run.requests.enter(CERTIFICATE)
    run.poller.close()
    with pytest.raises(RefusedError, match="in force, from the next start on"):
        answer.answer()
    assert start(state, station).read().value == 5.6


def test_a_card_that_loses_the_record_at_once_is_found_before_success_is_told(
    start: Start, state: Path, station: Config
) -> None:
    run = start(state, station)

    def lost(_visits: Sequence[Record]) -> None:
        """Between the read-back of the file and the bus's thread."""
        next(state.rglob("ph-3_ph_*.json")).unlink()

    run.requests = CalibrationRequests(run.recalibration, run.clock, lost, run.changed)
    assert "does not run by ph-3_ph_" in str(run.refused("enter", **CERTIFICATE))
    assert run.read().value == 5.5


def test_a_state_that_cannot_be_written_is_refused_and_the_old_law_stays(
    start: Start, state: Path, station: Config
) -> None:
    run = start(state, station)
    state.mkdir()
    (state / "calibrations").write_text("in the way")
    assert "cannot be written" in str(run.refused("enter", **CERTIFICATE))
    assert run.read().value == 5.5
    assert run.visits() == []


def test_what_was_copied_to_a_new_card_serves_there(
    start: Start, state: Path, station: Config, tmp_path: Path
) -> None:
    told = start(state, station).ask("enter", **CERTIFICATE)
    shutil.copytree(state, tmp_path / "new")
    assert start(tmp_path / "new", station).read().calibration.id == told["id"]


def test_what_was_read_first_is_not_handed_over_last(start: Start, state: Path, station: Config) -> None:
    """Two threads put calibrations in force: that which is in the files is what converts in the end."""
    run = start(state, station)
    first, second = (run.ask("enter", **CERTIFICATE)["id"] for _ in range(2))
    store = run.recalibration.store
    store.activate(first, at="2026-11-23T00:00:00Z", by="A", why="test")
    has_read, goes_on = threading.Event(), threading.Event()

    def tell(_channel: str, _proof: Proof) -> None:
        if not has_read.is_set():
            has_read.set()
            goes_on.wait(10)

    recalibration = Recalibration(station, store, tell)
    recalibration.attach([run.poller])
    slow, fast = (threading.Thread(target=recalibration.apply, args=["ph-3"]) for _ in range(2))
    slow.start()
    has_read.wait(10)
    store.activate(second, at="2026-11-23T00:00:00Z", by="B", why="test")
    fast.start()
    fast.join(0.2)  # long enough to overtake, where it can
    goes_on.set()
    slow.join()
    fast.join()
    assert run.read().calibration.id == second
