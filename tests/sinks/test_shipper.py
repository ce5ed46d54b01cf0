"""The shipper against a far side whose every answer is scripted."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from agent.model import Event
from agent.publish.contract import HELD_S, RejectedError, UnavailableError
from agent.publish.lanes import Asked
from agent.publish.resend import WishError
from agent.publish.shipper import Shipper, Terms
from tests.journal.conftest import Store, observation
from tests.sinks.far_side import AllOrNothing, FarSide, World
from tests.sinks.world import HandClock, MemoryLog, drain, readings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agent.model import Entry


def test_everything_arrives_once_and_in_order() -> None:
    world = World(30, FarSide())
    world.drain()
    assert world.far.stored == list(range(1, 31))
    assert world.log.bookmarks == {"far": 30}


def test_it_goes_on_behind_its_bookmark() -> None:
    world = World(5, FarSide(), bookmark=3)
    world.drain()
    assert world.far.stored == [4, 5]


def test_with_nothing_to_send_the_sink_says_when_it_wants_to_be_called() -> None:
    assert World(0, FarSide()).step() == 42.0


def test_a_step_ends_after_a_few_batches_so_that_a_stop_is_heard() -> None:
    world = World(100, FarSide(max_batch=1))
    assert world.step() == 0.0
    assert len(world.far.stored) < 20


def test_an_absent_sink_costs_nothing_but_time() -> None:
    world = World(10, FarSide())
    world.far.troubles = [UnavailableError("gone")] * 3
    world.drain()
    assert world.far.stored == list(range(1, 11))


def test_the_bookmark_moves_over_what_was_accepted_before_the_trouble() -> None:
    world = World(8, FarSide())
    world.far.troubles = [UnavailableError("cut", accepted=5)]
    world.step()
    assert world.log.bookmarks["far"] == 5
    world.drain()
    assert world.far.stored == list(range(1, 9)), "what was acknowledged is not sent again"


def test_trouble_after_the_last_entry_was_accepted_sends_nothing_again() -> None:
    world = World(8, FarSide())
    world.far.troubles = [UnavailableError("cut", accepted=8)]
    world.step()
    world.drain()
    assert world.far.stored == list(range(1, 9))


def test_new_data_does_not_cut_a_wait_short() -> None:
    world = World(8, FarSide())
    world.far.troubles = [UnavailableError("busy", retry_after_s=10)]
    world.step()
    world.clock.mono_s += 9.9
    assert world.step() > 0
    assert world.far.sends == 1


def test_retry_after_is_obeyed_but_bounded() -> None:
    world = World(1, FarSide())
    world.far.troubles = [
        UnavailableError("busy", retry_after_s=120),
        UnavailableError("x", retry_after_s=1e9),
    ]
    first_s = world.step()
    assert 120 <= first_s <= 121
    world.clock.mono_s += first_s
    assert world.step() <= 3600 + 2


def test_waits_grow_to_a_minute_and_no_further() -> None:
    world = World(1, FarSide())
    world.far.troubles = [UnavailableError("gone")] * 40
    for failures in range(40):
        wait_s = world.step()
        assert 0 <= wait_s <= min(60, 2**failures)
        world.clock.mono_s += wait_s


def waits_after(contact_s: float) -> list[float]:
    """The first wait after six failures and a contact that lasted `contact_s`, many times over."""
    waits = []
    for _ in range(50):
        world = World(0, FarSide())
        world.far.troubles = [UnavailableError("gone")] * 6
        for _ in range(6):
            world.clock.mono_s += world.step()
        world.step()
        world.clock.mono_s += contact_s
        world.step()
        world.far.troubles = [UnavailableError("gone")]
        waits.append(world.step())
    return waits


def test_a_contact_that_held_starts_the_waits_afresh() -> None:
    assert max(waits_after(HELD_S)) <= 1


def test_a_contact_that_lasted_less_does_not() -> None:
    """All of fifty random waits of up to a minute below a second: 1e-90."""
    assert max(waits_after(HELD_S - 1)) > 1


def test_a_poison_entry_is_parked_with_the_reason_and_the_rest_delivered() -> None:
    world = World(16, FarSide(poison={5}))
    world.drain()
    assert world.log.refused == {5: "no 5"}
    assert world.far.stored == [seq for seq in range(1, 17) if seq != 5]


def test_a_refusal_behind_the_last_entry_parks_nothing() -> None:
    class Late(FarSide):
        def send(self, batch: Sequence[Entry]) -> None:
            super().send(batch)
            raise RejectedError("too late", accepted=len(batch))

    world = World(8, Late())
    world.drain()
    assert (world.log.refused, world.log.bookmarks) == ({}, {"far": 8})


@given(st.sets(st.integers(1, 60)), st.integers(1, 20))
def test_any_poison_is_parked_and_nothing_else(poison: set[int], max_batch: int) -> None:
    world = World(60, FarSide(poison, max_batch))
    world.drain()
    assert set(world.log.refused) == poison
    assert set(world.far.stored) == set(range(1, 61)) - poison
    assert world.log.bookmarks["far"] == 60


@given(st.integers(1, 64))
def test_one_bad_entry_is_found_by_halving(bad: int) -> None:
    world = World(64, AllOrNothing({bad}, 64))
    world.drain()
    assert set(world.log.refused) == {bad}
    assert world.far.stored == [seq for seq in range(1, 65) if seq != bad]
    assert world.far.sends <= 1 + 2 * 6, "two sends for each halving of 64"


def test_an_outage_in_the_middle_of_halving_does_not_start_it_afresh() -> None:
    world = World(64, AllOrNothing({40}, 64))
    world.step()
    assert not world.log.refused, "still halving"
    world.far.troubles = [UnavailableError("gone")]
    world.drain()
    assert set(world.log.refused) == {40}
    assert world.far.stored == [seq for seq in range(1, 65) if seq != 40]
    assert world.far.sends <= 1 + 2 * 6 + 1, "one more send than without the outage"


def test_status_tells_a_person_what_is_wrong_and_what_to_do() -> None:
    world = World(8, FarSide())
    assert world.shipper.status()["state"] == "connected"
    world.far.troubles = [UnavailableError("nothing listens", "start it", accepted=2, retry_after_s=30)]
    world.step()
    status = world.shipper.status()
    assert status["state"] == "waiting"
    assert (status["backlog"], status["bookmark"], status["delivered"]) == (6, 2, 2)
    assert (status["last_error"], status["hint"]) == ("nothing listens", "start it")
    assert 30 <= float(str(status["retry_in_s"])) <= 31
    assert status["mood"] == "fine", "the sink's own remarks are there too"


def test_status_is_clean_again_when_the_sink_is_back() -> None:
    world = World(8, FarSide())
    world.far.troubles = [UnavailableError("gone", "wait")]
    world.drain()
    status = world.shipper.status()
    assert (status["state"], status["last_error"], status["hint"], status["retry_in_s"]) == (
        "idle",
        "",
        "",
        0,
    )


def test_a_sink_that_goes_away_is_logged_once_and_once_when_back() -> None:
    with structlog.testing.capture_logs() as lines:
        world = World(20, FarSide())
        world.far.troubles = [UnavailableError("gone", "wait")] * 5
        world.drain()
        assert [line["event"] for line in lines] == ["sink_away"], "whether it stays is not known yet"
        world.clock.mono_s += HELD_S
        world.step()
        world.step()
    assert [line["event"] for line in lines] == ["sink_away", "sink_back"]
    assert lines[0]["reason"] == "gone"
    assert "journal" in lines[0]["data"], "it says that the data are safe"
    assert lines[1]["backlog"] == 0


def test_a_sink_that_comes_and_goes_all_day_is_three_lines_in_the_log() -> None:
    """Away once; that it does not stay once, with the cure known by then; and back once it stays."""
    with structlog.testing.capture_logs() as lines:
        world = World(0, FarSide())
        for turn in range(1000):
            world.far.troubles = [UnavailableError("lost", f"hint {turn}")]
            world.clock.mono_s += world.step()
            assert world.shipper.status()["state"] == "waiting"
            world.clock.mono_s += world.step() + 1
            assert world.shipper.status()["state"] == "idle", "status tells the truth at once"
        world.clock.mono_s += HELD_S
        world.step()
    assert [line["event"] for line in lines] == ["sink_away", "sink_comes_and_goes", "sink_back"]
    assert [line.get("hint") for line in lines] == ["hint 0", "hint 3", None]


def test_a_run_of_refused_entries_is_one_line_in_the_log() -> None:
    with structlog.testing.capture_logs() as lines:
        World(30, FarSide(poison=set(range(5, 25)))).drain()
    assert [line["seq"] for line in lines] == [5]


def test_the_next_run_of_refused_entries_is_a_line_of_its_own() -> None:
    with structlog.testing.capture_logs() as lines:
        World(60, FarSide(poison={5, 6, 40, 41})).drain()
    assert [line["seq"] for line in lines] == [5, 40]


def test_trouble_while_idle_is_trouble() -> None:
    world = World(0, FarSide())
    world.far.troubles = [UnavailableError("lost", "wait")]
    world.step()
    assert world.shipper.status()["state"] == "waiting"


def test_closing_closes_the_sink_and_its_view_of_the_journal() -> None:
    world = World(0, FarSide())
    world.shipper.close()
    assert world.far.closed
    assert world.log.closed


def test_after_a_clean_stop_the_journal_is_one_file(tmp_path: Path) -> None:
    """A reader that keeps its connection would leave `-wal` and `-shm` behind."""
    store = Store(tmp_path / "journal.db").open()
    store.journal.append([entry.record for entry in readings(3)])
    store.step()
    far, clock = FarSide(), HandClock()
    shipper = Shipper("far", far, store.journal, clock)

    def work() -> None:
        shipper.step(clock.now())
        shipper.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    store.writer.close()
    assert far.stored == [1, 2, 3]
    assert not list(tmp_path.glob("journal.db-*"))


def test_its_name_says_which_sink_it_serves() -> None:
    assert World(0, FarSide()).shipper.name == "publish-far"


def test_before_the_journal_is_open_it_waits_and_says_so() -> None:
    log = MemoryLog(readings(3))
    log.is_open = False
    far, clock = FarSide(), HandClock()
    shipper = Shipper("far", far, log, clock)
    assert shipper.step(clock.now()) == 1.0
    assert (shipper.status()["state"], shipper.status()["backlog"], shipper.waiting) == ("idle", 0, 0)
    with pytest.raises(WishError, match="not open yet"):
        shipper.ask(Asked("request", [(1, 1)]))
    log.is_open = True
    drain(shipper, clock)
    assert far.stored == [1, 2, 3]


def test_a_new_journal_is_carried_from_its_beginning() -> None:
    world = World(30)
    world.step()
    world.log.identity = "another"
    world.log.records = readings(5)
    world.log.bookmarks.clear()
    world.far.stored.clear()
    world.drain()
    assert world.far.stored == [1, 2, 3, 4, 5]
    assert world.log.closed, "the view of the old file is let go of"


def refused(world: World, seconds: float, *, needs_person: bool = True) -> list[tuple[str, str]]:
    """What is told of a far side that refuses us for so long."""
    end_s = world.clock.mono_s + seconds
    while world.clock.mono_s < end_s:
        world.far.troubles = [UnavailableError("bad login", "check it", needs_person=needs_person)]
        world.clock.mono_s += max(1.0, world.step())
    world.far.troubles = []
    return [(each.kind, each.phase) for each in world.log.told if isinstance(each, Event)]


def test_a_login_that_is_refused_for_an_hour_is_an_event_until_it_is_taken() -> None:
    world = World(3)
    assert refused(world, 3500) == []
    assert refused(world, 300) == [("sink_refused", "raised")]
    assert refused(world, 7200) == [("sink_refused", "raised")], "once"
    world.drain()
    assert [each.phase for each in world.log.told if isinstance(each, Event)] == ["raised", "cleared"]


def test_a_connection_alone_ends_no_refusal() -> None:
    """As where the login is good, and writing is not allowed: something has to be taken."""
    world = World(3, terms=Terms(batch_s=600))
    for _ in range(8):
        world.step(10)
        assert refused(world, 600) in ([], [("sink_refused", "raised")])
    assert refused(world, 1) == [("sink_refused", "raised")]


def test_an_absent_network_is_no_event_however_long_it_lasts() -> None:
    assert refused(World(3), 86_400, needs_person=False) == []


def test_a_refusal_that_the_last_run_told_of_is_closed_by_this_one() -> None:
    world = World(3)
    refused(world, 4000)
    raised = world.log.told.pop()
    assert isinstance(raised, Event)
    world.log.open_events = (raised,)
    world.start()
    world.drain()
    (cleared,) = world.log.told
    assert isinstance(cleared, Event)
    assert (cleared.id, cleared.phase) == (raised.id, "cleared")


def test_of_a_damaged_journal_is_saved_what_a_sink_never_got_at_all(tmp_path: Path) -> None:
    """Others had read on; the sink that was never there is known to the file all the same."""
    path = tmp_path / "journal.db"
    first = Store(path).open()
    shipper = Shipper("office", FarSide(), first.journal, first.clock)
    first.journal.append([observation(n) for n in range(500)])
    first.journal.advance(":ledger", 400)
    first.step()
    shipper.close()
    first.writer.close()
    content = bytearray(path.read_bytes())
    content[-1024:] = b"\xff" * 1024
    path.write_bytes(content)
    second = Store(path).open()
    second.step()
    assert second.journal.identity != first.journal.identity
    assert second.journal.head > 450
    second.writer.close()
