"""Acknowledged and closed by people: on record before it is said, and only what is theirs to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.alarms import Alarms
from agent.control import Deferred, RefusedError
from agent.journal.lives import Lives
from agent.model import Event, Severity
from tests.journal.conftest import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACID, PROBE = "acid_drainage-20261122T1815Z", "sensor_fault-ph-3-ph-20261122T1200Z"
NEWLINE = "a control character (U+000A)"
WHEN = "2026-11-22T18:15:00Z"
DATA: dict[str, float | str] = {
    "ph": 5.1,
    "mechanism": "drift",
    "confidence": 0.9,
    "seen_utc": WHEN,
    "known_utc": WHEN,
    "advice": "go",
}
SILENT, WORK = "turb-4/sensor_fault/1", "ph-3/maintenance/1"


class Site:
    """What people may say to events, on a real journal, without threads."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.alarms = Alarms(store.clock, store.journal)

    def tell(self, event_id: str, kind: str, subject: str, severity: Severity, phase: str = "raised") -> None:
        at = self.store.clock.now()
        event = Event(event_id, kind, subject, phase, severity, at, f"{kind}!", "why", DATA)
        self.store.journal.append([event])
        self.store.step()

    def ask(self, command: str, **arguments: Any) -> Any:
        answer = self.alarms.handlers()[command](arguments)
        assert isinstance(answer, Deferred)
        assert not answer.is_over(), "it is not on the disk yet"
        self.store.step()
        assert answer.is_over()
        return answer.answer()

    def refused(self, command: str, **arguments: Any) -> tuple[str, str]:
        with pytest.raises(RefusedError) as refused:
            self.ask(command, **arguments)
        return str(refused.value), refused.value.hint

    def open(self) -> dict[str, Event]:
        lives = Lives(self.store.journal.path, lambda seq: pytest.fail(f"{seq} is damaged"))
        found = lives.open()
        lives.close()
        return {each.last.id: each.last for each in found}

    def last(self) -> Event:
        view = self.store.journal.view()
        (entry,) = view.read_after(view.head - 1, 1)
        view.close()
        assert isinstance(entry.record, Event)
        return entry.record


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    store = Store(tmp_path / "journal.db").open()
    found = Site(store)
    found.tell(ACID, "acid_drainage", "station", Severity.RED)
    found.tell(PROBE, "sensor_fault", "ph-3/ph", Severity.BLUE)
    found.tell(SILENT, "sensor_fault", "turb-4", Severity.YELLOW)
    found.tell(WORK, "maintenance", "ph-3", Severity.INFO)
    yield found
    store.writer.close()


def test_what_is_acknowledged_stays_open_and_says_who_has_seen_it(site: Site) -> None:
    before = site.open()[ACID]
    answer = site.ask("event_acknowledge", id=ACID, by="M. Weber", note="on my way")
    assert answer == {
        "id": ACID,
        "phase": "acknowledged",
        "title": "acid_drainage!",
        "by": "M. Weber",
        "note": "on my way",
    }
    told = site.open()[ACID]
    assert told.phase == "acknowledged"
    assert (told.severity, told.title, told.text) == (before.severity, before.title, before.text)
    assert told.data == {**DATA, "by": "M. Weber", "note": "on my way"}


def test_who_acknowledged_is_known_after_a_restart_and_gone_when_it_gets_worse(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    site = Site(Store(path).open())
    site.tell(ACID, "acid_drainage", "station", Severity.YELLOW)
    site.ask("event_acknowledge", id=ACID, by="M")
    site.store.connection.close()
    later = Site(Store(path).open())
    (acid,) = later.store.journal.open_events
    assert (acid.id, acid.phase, acid.data["by"]) == (ACID, "acknowledged", "M")
    later.tell(ACID, "acid_drainage", "station", Severity.RED, phase="updated")
    assert "by" not in later.open()[ACID].data
    later.store.writer.close()


def test_an_acknowledgement_opens_nothing(site: Site) -> None:
    site.tell("acid_drainage-1", "acid_drainage", "station", Severity.RED, phase="acknowledged")
    assert "acid_drainage-1" not in site.open()


def test_a_part_of_an_id_is_enough_when_no_other_has_it(site: Site) -> None:
    assert site.ask("event_acknowledge", id="acid", by="M")["id"] == ACID
    what, hint = site.refused("event_acknowledge", id="sensor_fault", by="M")
    assert what == f"2 open events are meant: {PROBE}, {SILENT}"
    assert hint == "write more of the id"
    site.tell(f"{ACID}-2", "acid_drainage", "station", Severity.RED)
    assert site.ask("event_acknowledge", id=ACID, by="M")["id"] == ACID, "a whole id is no part"


def test_with_gloves_on_the_only_one_that_nobody_has_acknowledged_needs_no_name(site: Site) -> None:
    what, _ = site.refused("event_acknowledge", by="M")
    assert what.startswith("3 open events are meant"), "information waits for nobody"
    site.ask("event_acknowledge", id=PROBE, by="M")
    site.ask("event_acknowledge", id=SILENT, by="M")
    assert site.ask("event_acknowledge", login="root")["id"] == ACID
    assert site.refused("event_acknowledge", by="M")[0] == "nothing waits to be acknowledged"


def test_news_of_a_hazard_waits_for_an_acknowledgement_again_of_a_probe_only_what_is_worse(
    site: Site,
) -> None:
    site.ask("event_acknowledge", id=ACID, by="M")
    site.tell(ACID, "acid_drainage", "station", Severity.RED, phase="updated")
    assert ACID in site.refused("event_acknowledge", by="M")[0]
    site.ask("event_acknowledge", id=PROBE, by="M")
    site.tell(PROBE, "sensor_fault", "ph-3/ph", Severity.BLUE, phase="updated")
    assert PROBE not in site.refused("event_acknowledge", by="M")[0], "it is no worse"
    site.tell(PROBE, "sensor_fault", "ph-3/ph", Severity.YELLOW, phase="updated")
    assert PROBE in site.refused("event_acknowledge", by="M")[0], "it got worse"


@pytest.mark.parametrize("is_in_hand", [False, True])
@pytest.mark.parametrize(("command", "phase"), [("event_acknowledge", "cleared"), ("event_close", "updated")])
def test_nothing_is_answered_behind_news_that_is_on_its_way(
    site: Site, command: str, phase: str, *, is_in_hand: bool
) -> None:
    news = site.open()[ACID]._replace(phase=phase, title="news")
    site.store.journal.append([news])
    work = site.store.journal.take() if is_in_hand else None
    what, hint = site.refused(command, id=ACID, by="M", note="seen")
    assert what == f"there is news of {ACID} at this very moment"
    assert "skyground events" in hint
    if work:
        site.store.journal.give_back(work)
    site.store.step()
    assert (site.last().phase, site.last().title) == (phase, "news")


def test_an_answer_follows_what_was_read_and_nothing_newer(site: Site) -> None:
    journal, event = site.store.journal, site.open()[ACID]
    head = journal.head
    site.tell(PROBE, "sensor_fault", "ph-3/ph", Severity.BLUE, phase="updated")
    assert not journal.answer(event, head)
    assert journal.answer(event, journal.head)
    assert journal.waiting() == 1


def test_a_note_may_be_in_any_script(site: Site) -> None:
    answer = site.ask("event_acknowledge", id=ACID, by="陈\u3000丽\u00a0", note="见过\u3000ok 👩\u200d🔧")
    assert (answer["by"], answer["note"]) == ("陈 丽", "见过 ok 👩\u200d🔧")
    what, _ = site.refused("event_acknowledge", id=ACID, by="M", note="see\u202etxt")
    assert what == "note cannot be kept: it holds RIGHT-TO-LEFT OVERRIDE (U+202E)"


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    site = Site(Store(tmp_path / "none.db"))
    assert site.refused("event_acknowledge", by="M")[0].startswith("the journal cannot be read")


def test_what_a_person_closes_is_over_and_says_who_and_why(site: Site) -> None:
    answer = site.ask("event_close", id=ACID, by="M", note="lime dosed, pH 7.1 by hand")
    assert answer["phase"] == "cleared"
    assert ACID not in site.open()
    told = site.last()
    assert (told.id, told.phase, told.title) == (ACID, "cleared", "over: acid_drainage!")
    assert told.text == "Closed by M: lime dosed, pH 7.1 by hand"
    assert told.data == {**DATA, "by": "M", "note": "lime dosed, pH 7.1 by hand"}


def test_a_sick_probe_of_the_detectors_may_be_closed_that_of_a_poller_ends_by_itself(site: Site) -> None:
    site.ask("event_close", id=PROBE, by="M", note="changed")
    what, hint = site.refused("event_close", id=SILENT, by="M", note="x")
    assert what == f"{SILENT} ends by itself, when what it tells of is over"
    assert "skyground events ack" in hint


@pytest.mark.parametrize(
    ("command", "arguments", "what"),
    [
        ("event_acknowledge", {"id": "landslide", "by": "M"}, "no open event is called 'landslide'"),
        ("event_acknowledge", {"id": ACID}, "nobody is named"),
        ("event_acknowledge", {"id": WORK, "by": "M"}, f"no open event is called {WORK!r}"),
        ("event_acknowledge", {"id": 7, "by": "M"}, "id cannot be kept: it is no text"),
        (
            "event_acknowledge",
            {"id": ACID, "by": "M\nN"},
            f"by cannot be kept: it holds {NEWLINE}",
        ),
        (
            "event_close",
            {"id": ACID, "by": "M", "note": "x" * 501},
            "note cannot be kept: it has 501 characters",
        ),
        ("event_close", {"id": ACID, "by": "M"}, "it is not said why it is over"),
        ("event_close", {"by": "M", "note": "x"}, "no event is named"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(
    site: Site, command: str, arguments: dict[str, Any], what: str
) -> None:
    head = site.store.journal.head
    said, hint = site.refused(command, **arguments)
    assert said == what
    assert hint
    assert site.store.step() >= 0.0
    assert site.store.journal.head == head
