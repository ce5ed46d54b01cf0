"""Events from their first telling to their last, read back from the journal's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.journal.lives import Lives
from agent.model import Event, Severity
from tests.journal.conftest import Store, observation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Told:
    """A journal that is told of events, a minute apart."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path).open()
        self.path = path

    def tell(self, event_id: str, phase: str, level: Severity = Severity.YELLOW, **data: str) -> None:
        self.store.clock.mono_s += 60.0
        at = self.store.clock.now()
        kind = "sensor_fault" if event_id.startswith("probe") else "acid_drainage"
        event = Event(event_id, kind, "station", phase, level, at, f"{phase}!", "x", data)
        self.store.journal.append([observation(1), event])
        self.store.step()

    def lives(self) -> Lives:
        return Lives(self.path, lambda seq: pytest.fail(f"{seq} is damaged"))


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    found = Told(tmp_path / "journal.db")
    found.tell("a", "raised")
    found.tell("b", "raised", Severity.BLUE)
    found.tell("a", "updated", Severity.RED)
    found.tell("b", "cleared", Severity.BLUE)
    found.tell("c", "raised", Severity.INFO)
    found.tell("c", "cleared", Severity.INFO)
    yield found
    found.store.writer.close()


def test_what_is_open_has_its_whole_life(told: Told) -> None:
    (life,) = told.lives().open()
    assert (life.last.id, life.last.phase, life.worst, life.is_over) == ("a", "updated", Severity.RED, False)
    assert [each.seq for each in life.tellings] == [2, 6]


def test_what_is_over_comes_the_last_first_and_not_below_a_level(told: Told) -> None:
    told.tell("d", "raised")
    told.tell("d", "cleared")
    assert [each.last.id for each in told.lives().over(0, 5, Severity.BLUE)] == ["d", "b"]
    assert [each.last.id for each in told.lives().over(0, 1, Severity.BLUE)] == ["d"]
    assert [each.last.id for each in told.lives().over(0, 5, Severity.INFO)] == ["d", "c", "b"]
    late_ns = told.store.clock.now().wall_ns
    assert [each.last.id for each in told.lives().over(late_ns, 5, Severity.INFO)] == ["d"]


def test_an_acknowledgement_holds_until_it_gets_worse(told: Told) -> None:
    def said() -> Event | None:
        return told.lives().open()[0].acknowledged

    assert said() is None
    told.tell("a", "acknowledged", Severity.RED, by="M", note="seen")
    first = said()
    assert first is not None
    assert first.data == {"by": "M", "note": "seen"}
    told.tell("a", "acknowledged", Severity.YELLOW, by="N", note="too late")
    assert said() is not None, "an answer is no news"
    told.tell("a", "updated", Severity.RED)
    assert said() is None, "it is another kind of red"
    told.tell("f", "raised", Severity.BLUE)
    told.tell("f", "acknowledged", Severity.BLUE, by="M", note="seen")
    told.tell("f", "updated", Severity.YELLOW)
    assert [each.acknowledged for each in told.lives().open() if each.last.id == "f"] == [None]


def test_of_a_probe_only_what_is_worse_is_news(told: Told) -> None:
    told.tell("probe", "raised")
    told.tell("probe", "acknowledged", by="M", note="seen")
    told.tell("probe", "updated")
    assert told.lives().of(["probe"])[0].acknowledged is not None
    told.tell("probe", "updated", Severity.ORANGE)
    assert told.lives().of(["probe"])[0].acknowledged is None


@pytest.mark.parametrize("phase", ["acknowledged", "updated"])
def test_what_is_over_is_revived_by_nothing_but_a_new_beginning(told: Told, phase: str) -> None:
    told.tell("b", phase, Severity.BLUE, by="M")
    (life,) = told.lives().of(["b"])
    assert (life.is_over, life.last.phase, life.end and life.end.seq) == (True, "cleared", 8)
    told.tell("b", "raised", Severity.BLUE)
    assert not told.lives().of(["b"])[0].is_over
    assert [each.last.id for each in told.lives().over(0, 5, Severity.BLUE)] == []


def test_an_answer_to_what_was_told_before_does_not_make_it_less(told: Told) -> None:
    told.tell("a", "acknowledged", Severity.YELLOW, by="M", note="")
    (life,) = told.lives().open()
    assert (life.last.severity, life.level) == (Severity.YELLOW, Severity.RED)


def test_who_closed_it_is_not_who_acknowledged_it(told: Told) -> None:
    told.tell("a", "acknowledged", by="M", note="seen")
    told.tell("a", "cleared", by="M", note="seen")
    told.tell("e", "raised")
    told.tell("e", "cleared", by="N", note="dosed")
    by_person, by_itself = told.lives().over(0, 2, Severity.BLUE)
    assert (by_person.closed_by, by_itself.closed_by) == ("N", "")
    assert by_itself.acknowledged is not None
    assert by_person.found.phase == "raised"


def test_a_name_is_itself_or_all_that_hold_it(told: Told) -> None:
    told.tell("aa", "raised")
    assert told.lives().named("a") == ["a"]
    told.tell("ab1", "raised")
    told.tell("ab2", "raised")
    assert told.lives().named("ab") == ["ab2", "ab1"]
    assert told.lives().named("zebra") == []


def test_more_events_than_a_page_are_read_page_by_page(told: Told) -> None:
    at = told.store.clock.now()
    many = [
        Event(f"g{n}", "gap", "ph-3", phase, Severity.INFO, at, "t", "x")
        for n in range(600)
        for phase in ("raised", "cleared")
    ]
    told.store.journal.append(many)
    told.store.step()
    lives = told.lives()
    assert [each.last.id for each in lives.open()] == ["a"]
    assert len(lives.over(0, 1000, Severity.INFO)) == 602
    assert lives.named("b") == ["b"]


def test_of_what_was_given_up_the_rest_is_shown(told: Told) -> None:
    told.store.connection.execute("DELETE FROM record WHERE seq <= 2")
    (life,) = told.lives().of(["a", "nobody"])
    assert [each.seq for each in life.tellings] == [6]


def test_damaged_tellings_are_told_of_and_left_out(told: Told) -> None:
    told.store.connection.execute("UPDATE record SET crc = crc + 1 WHERE kind = 2")
    damaged: list[int] = []
    assert Lives(told.path, damaged.append).named("a") == []
    assert damaged == [12, 10, 8, 6, 4, 2]
