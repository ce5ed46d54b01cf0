"""Visits: told to the station over its handlers, on record before it says so, and what follows from them."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.acquire.drift import Drifts
from agent.acquire.latest import Latest
from agent.acquire.maintenance import Maintenance
from agent.control import Deferred, RefusedError
from agent.journal.file.row import body_row
from agent.model import Event, Flag, Visit, Why
from agent.recorded import put_on_record
from agent.upkeep import Upkeep
from agent.visits import Place, Visits
from tests.journal.conftest import HEAD, PH, Store, observation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Site:
    """A station's visits on a real journal, without its threads."""

    def __init__(self, store: Store) -> None:
        self.store = store
        journal, clock = store.journal, store.clock
        self.latest = Latest()
        self.maintenance = Maintenance(
            ("ph-3", "piezo-5"),
            clock,
            journal.append,
            lambda: journal.open_events if journal.is_open else None,
        )
        self.drifts = Drifts(lambda: journal.open_events)
        place = Place((PH, HEAD), {"ph-3": 60.0, "piezo-5": 60.0})
        self.visits = Visits(place, clock, journal, self.maintenance, self.latest, self.drifts)

    def ask(self, command: str, **arguments: Any) -> Any:
        """What the station says, in the end."""
        answer = self.visits.handlers()[command](arguments)
        if not isinstance(answer, Deferred):
            return answer
        assert not answer.is_over(), "it is not on the disk yet"
        self.store.step()
        assert answer.is_over()
        return answer.answer()

    def probe(self, value: float, flag: Flag = Flag.GOOD, why: Why = Why.NONE) -> None:
        """The pH probe has said so just now."""
        said = observation(0, at=self.store.clock.now())
        self.latest.put([said._replace(value=value, flag=flag, why=why)])

    def records(self) -> list[Visit]:
        return [record for record in self._all() if isinstance(record, Visit)]

    def events(self, kind: str) -> list[Event]:
        return [each for each in self._all() if isinstance(each, Event) and each.kind == kind]

    def in_force(self) -> list[str]:
        return sorted(work.subject for work in self.maintenance.in_force())

    def _all(self) -> list[object]:
        view = self.store.journal.view()
        found = [entry.record for entry in view.read_after(0, 1000)]
        view.close()
        return [*found]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    store = Store(tmp_path / "journal.db").open()
    yield Site(store)
    store.writer.close()


def refusal(site: Site, command: str, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(RefusedError) as refused:
        site.ask(command, **arguments)
    return str(refused.value), refused.value.hint


def test_a_visit_begins_and_ends_maintenance_of_the_sensors_that_it_is_about(site: Site) -> None:
    told = site.ask("visit_start", by="M. Rossi", subjects=["ph-3"], text="spring service")
    assert site.in_force() == ["ph-3"]
    (event,) = site.events("maintenance")
    assert (event.data["note"], event.data["by"]) == ("visit of M. Rossi: spring service", "M. Rossi")
    site.ask("visit_note", text="otter tracks")
    site.ask("visit_end", text="all done")
    assert site.in_force() == []
    start, note, end = site.records()
    assert start.id == told["id"] == note.visit == end.visit == event.data["visit"]
    assert [(each.kind, each.subject, each.by) for each in (start, note, end)] == [
        ("start", "ph-3", "M. Rossi"), ("note", "station", "M. Rossi"), ("end", "ph-3", "M. Rossi"),
    ]  # fmt: skip
    assert (note.text, end.text, end.data) == ("otter tracks", "all done", {"subjects": ["ph-3"]})


def test_a_visit_without_names_is_one_of_the_whole_station(site: Site) -> None:
    site.ask("visit_start", by="M. Rossi")
    assert site.in_force() == ["station"]
    shown = site.ask("visit_list")["visit"]
    assert (shown["by"], shown["subjects"], shown["left_s"]) == ("M. Rossi", ["station"], 7200)


def test_a_visit_that_nobody_ends_is_over_when_its_time_is(site: Site) -> None:
    site.ask("visit_start", by="M. Rossi", for_s=600)
    site.store.clock.mono_s += 601
    site.maintenance.step(site.store.clock.now())
    assert site.ask("visit_list")["visit"] is None
    assert refusal(site, "visit_end")[0] == "no visit is under way"


def test_a_restart_goes_on_with_the_visit(site: Site) -> None:
    told = site.ask("visit_start", by="M. Rossi", subjects=["ph-3", "piezo-5"])
    site.store.step()
    site.store.writer.close()
    again = Site(Store(site.store.journal.path).open())
    again.store.clock.mono_s = site.store.clock.mono_s + 60
    again.maintenance.step(again.store.clock.now())
    note = again.ask("visit_note", text="still here")
    assert (note["visit"], note["by"]) == (told["id"], "M. Rossi")
    again.ask("visit_end")
    assert again.in_force() == []
    again.store.writer.close()


def test_a_reading_by_hand_is_kept_beside_what_the_probe_says(site: Site) -> None:
    site.probe(6.5, Flag.SUSPECT, Why.MAINTENANCE)
    told = site.ask(
        "visit_reading", subject="ph-3/ph", value=6.6, instrument="WTW 3310 SN 123", by="M. Rossi"
    )
    assert told["data"] == {
        "value": 6.6, "unit": "1", "instrument": "WTW 3310 SN 123", "probe": 6.5, "probe_raw": 6.0,
        "probe_age_s": 0.0,
        "probe_qc": 3, "probe_why": 1024, "calibration": "config-0a1b2c3d", "difference": pytest.approx(0.1),
        "allowed": 0.2, "verdict": "within",
    }  # fmt: skip
    (visit,) = site.records()
    assert (visit.visit, visit.subject, visit.data["value"]) == ("", "ph-3/ph", 6.6)
    assert site.events("sensor_drift") == []


def test_a_probe_that_has_drifted_is_told_until_a_reading_is_within_bounds(site: Site) -> None:
    site.probe(6.1)
    assert (
        site.ask("visit_reading", subject="ph-3/ph", value=6.6, by="M. Rossi")["data"]["verdict"] == "drifted"
    )
    assert site.ask("visit_list")["drifted"] == ["ph-3/ph"]
    site.probe(6.6)
    site.ask("visit_reading", subject="ph-3/ph", value=6.6, by="M. Rossi")
    assert [event.phase for event in site.events("sensor_drift")] == ["raised", "cleared"]


def test_a_calibration_ends_the_drift_of_its_channel(site: Site) -> None:
    site.probe(6.1)
    site.ask("visit_reading", subject="ph-3/ph", value=6.6, by="M. Rossi")
    (reading,) = site.records()
    site.visits.append([reading._replace(id="c-1", kind="calibration", data={"move": "withdrawn"})])
    site.store.step()
    assert [event.phase for event in site.events("sensor_drift")] == ["raised"]
    site.visits.append([reading._replace(id="c-2", kind="calibration", data={"move": "made"})])
    site.store.step()
    assert [event.phase for event in site.events("sensor_drift")] == ["raised", "cleared"]


@pytest.mark.parametrize("what", ["nothing", "old", "failed"])
def test_a_probe_that_says_nothing_is_compared_with_nothing(site: Site, what: str) -> None:
    if what != "nothing":
        site.probe(3.0, Flag.FAIL if what == "failed" else Flag.GOOD)
    site.store.clock.mono_s += 300 if what == "old" else 0
    told = site.ask("visit_reading", subject="ph-3/ph", value=6.6, by="M. Rossi")
    assert (told["data"]["verdict"], told["data"]["difference"]) == ("no_probe", None)
    assert site.events("sensor_drift") == []


def test_a_value_that_was_not_corrected_makes_no_drift(site: Site) -> None:
    site.probe(6.1, Flag.SUSPECT, Why.COMPENSATION | Why.MAINTENANCE)
    told = site.ask("visit_reading", subject="ph-3/ph", value=6.6, by="M. Rossi")["data"]
    assert (told["probe"], told["difference"], told["verdict"]) == (6.1, None, "uncorrected")
    assert site.events("sensor_drift") == []


def test_the_end_of_a_drift_waits_until_its_beginning_is_handed_over(site: Site) -> None:
    """A calibration is told by another thread than a reading by hand."""
    site.probe(6.1)
    site.ask("visit_note", text="a record to copy", by="M. Rossi")
    (note,) = site.records()
    made = note._replace(id="c-1", kind="calibration", subject="ph-3/ph", data={"move": "made"})
    calibrates = threading.Thread(target=site.visits.append, args=([made],))

    def meanwhile() -> tuple[Event, ...]:
        if calibrates.ident is None:
            calibrates.start()
            calibrates.join(0.05)
        return ()

    site.drifts._left_open = meanwhile
    site.ask("visit_reading", subject="ph-3/ph", value=6.6, by="M. Rossi")
    calibrates.join()
    site.store.step()
    assert [event.phase for event in site.events("sensor_drift")] == ["raised", "cleared"]


def test_samples_and_photos_are_found_again(site: Site) -> None:
    sha = "ab" * 32
    site.ask("visit_sample", bottle="B-17", subject="ph-3", login="pi")
    site.ask("visit_photo", file="a.jpg", sha256=sha, bearing_deg=270, point="P3", by="M. Rossi")
    sample, photo = site.records()
    assert (sample.subject, sample.by, sample.data) == ("ph-3", "pi", {"bottle": "B-17"})
    assert photo.data == {"file": "a.jpg", "sha256": sha, "bearing_deg": 270.0, "point": "P3"}


@pytest.mark.parametrize(
    ("command", "arguments", "what"),
    [
        ("visit_start", {}, "by is missing"),
        ("visit_start", {"by": "M", "subjects": ["ph-9"]}, "there is no sensor 'ph-9'"),
        ("visit_start", {"by": "M", "subjects": "ph-3"}, "subjects is 'ph-3'"),
        ("visit_start", {"by": "M", "for_s": 5}, "for_s is 5"),
        ("visit_note", {"text": "x"}, "nobody is named, and no visit is under way"),
        ("visit_note", {"by": "M"}, "text is missing"),
        (
            "visit_note",
            {"by": "M", "text": "two\nlines"},
            "text cannot be kept: it holds a control character (U+000A)",
        ),
        ("visit_note", {"by": "M", "text": "x", "subject": "ph-9"}, "there is no 'ph-9' here"),
        ("visit_reading", {"by": "M", "subject": "ph-9/ph", "value": 7}, "there is no channel 'ph-9/ph'"),
        ("visit_reading", {"by": "M", "subject": "ph-3/ph", "value": "7"}, "value is '7'"),
        ("visit_reading", {"by": "M", "subject": "ph-3/ph", "value": float("nan")}, "value is nan"),
        ("visit_reading", {"by": "M", "subject": "ph-3/ph", "value": 10**40}, f"value is {10**40}"),
        ("visit_note", {"by": "M", "text": "x", "subject": []}, "there is no [] here"),
        ("visit_sample", {"by": "M"}, "bottle is missing"),
        ("visit_photo", {"by": "M", "file": "a.jpg", "sha256": "12"}, "'12' is no SHA-256"),
        (
            "visit_photo",
            {"by": "M", "file": "a", "sha256": "0" * 64, "bearing_deg": 361},
            "bearing_deg is 361",
        ),
        ("visit_end", {}, "no visit is under way"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_do_and_leaves_nothing(
    site: Site, command: str, arguments: Mapping[str, Any], what: str
) -> None:
    found, hint = refusal(site, command, **arguments)
    assert found == what
    assert hint
    site.store.step()
    assert (site.records(), site.in_force()) == ([], [])


def test_a_second_visit_waits_for_the_end_of_the_first(site: Site) -> None:
    site.ask("visit_start", by="M. Rossi")
    assert refusal(site, "visit_start", by="L. Chen") == (
        "a visit is under way",
        "end it first: skyground visit end",
    )


def test_maintenance_told_by_hand_neither_takes_a_visit_over_nor_ends_it(site: Site) -> None:
    by_hand = Upkeep(site.maintenance)
    site.ask("visit_start", by="M. Rossi", subjects=["ph-3"])
    by_hand.begin({"subject": "ph-3", "note": "cleaning"})
    assert site.in_force() == ["ph-3", "ph-3"]
    by_hand.end({"subject": "ph-3"})
    with pytest.raises(RefusedError, match=r"is under maintenance for the visit of M\. Rossi"):
        by_hand.end({"subject": "ph-3"})
    assert site.ask("visit_end")["data"] == {"subjects": ["ph-3"]}
    assert site.in_force() == []


def test_what_is_not_on_the_disk_is_not_said_to_be(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.recorded._LONGEST_S", 0.0)
    promise = site.visits.note({"text": "x", "by": "M"})
    assert promise.is_over()
    with pytest.raises(RefusedError, match="not on the disk"):
        promise.answer()


SENSIBLE = {
    "by": "M",
    "text": "x",
    "bottle": "B-1",
    "file": "a.jpg",
    "sha256": "ab" * 32,
    "value": 7,
    "subject": "ph-3/ph",
}
NAMES = st.sampled_from(
    [
        "by",
        "text",
        "subject",
        "subjects",
        "for_s",
        "value",
        "instrument",
        "bottle",
        "file",
        "sha256",
        "bearing_deg",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just(10**40)
KNOWN = st.sampled_from(["ph-3/ph", "ph-3", "station", "ab" * 32, 7.0, "M"])
ANYTHING = st.recursive(
    LEAVES | KNOWN, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner)
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_asked_is_promised_or_refused_in_words(site: Site, data: st.DataObject) -> None:
    handlers = site.visits.handlers()
    command = data.draw(st.sampled_from(sorted(handlers)))
    arguments = {**SENSIBLE, **data.draw(st.dictionaries(NAMES, ANYTHING, max_size=3))}
    with suppress(RefusedError):
        assert isinstance(handlers[command](arguments), Deferred | dict)
    line = json.dumps({"command": command, "arguments": arguments, "noted_ns": 1})
    visit = site.visits.kept(data.draw(st.sampled_from([line, line[1:], line[:-1]]) | st.text()))
    body_row(1, 1, visit, 0)


def test_what_the_writer_commits_at_once_is_found(site: Site) -> None:
    at = site.store.clock.now()
    visit = Visit("note/1", "", "note", "station", "M", at, "x")

    def append() -> None:
        site.store.journal.append([visit])
        site.store.step()

    promise = put_on_record(site.store.journal, visit, "told", append)
    assert promise.is_over()
    assert promise.answer() == "told"


def test_what_memory_had_no_room_for_is_not_said_to_be_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.recorded._LONGEST_S", 0.0)
    store = Store(tmp_path / "journal.db", ring_records=1).open()
    store.journal.append([observation(0)])
    promise = Site(store).visits.note({"text": "x", "by": "M"})
    store.step()
    assert promise.is_over()
    with pytest.raises(RefusedError, match="not on the disk"):
        promise.answer()
    store.writer.close()


def test_a_journal_that_is_opened_later_takes_it_too(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db")
    site = Site(store)
    promise = site.visits.note({"text": "x", "by": "M"})
    assert not promise.is_over()
    store.open().step()
    assert promise.is_over()
    assert promise.answer()
    store.writer.close()
