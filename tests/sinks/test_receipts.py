"""The far side's own word, against what was acknowledged."""

from __future__ import annotations

from agent.model import Event
from agent.publish.contract import Deaf, Receipt, UnavailableError
from agent.publish.holes import holes
from agent.publish.marks import delivered, receipt_mark
from agent.publish.ranges import Stretch
from agent.publish.receipts import PATIENCE_S
from tests.sinks.far_side import FarSide, World
from tests.sinks.world import MemoryLog, readings

MARK = receipt_mark("far")


def delivered_world(count: int = 20) -> World:
    """Everything is acknowledged."""
    world = World(count)
    world.drain()
    world.far.stored.clear()
    return world


def hear(world: World, seq: int) -> None:
    world.far.says = [Receipt(world.log.identity, seq)]
    world.step()


def wait(world: World, seconds: float = PATIENCE_S + 1) -> None:
    """So long, in steps as an idle shipper takes them."""
    world.step(seconds)
    world.step(1)


def events(world: World) -> list[tuple[str, str]]:
    return [(each.kind, each.phase) for each in world.log.told if isinstance(each, Event)]


def test_what_is_missing_after_ten_minutes_is_sent_again_and_told() -> None:
    world = delivered_world()
    hear(world, 12)
    world.step(PATIENCE_S - 1)
    assert world.far.stored == []
    wait(world, 2)
    assert world.far.stored == list(range(13, 21))
    assert events(world) == [("receipt_gap", "raised")]
    told = world.log.told[0]
    assert isinstance(told, Event)
    assert dict(told.data) == {"sink": "far", "first_seq": 13, "last_seq": 20, "records": 8}


def test_it_is_over_when_the_far_side_has_it() -> None:
    world = delivered_world()
    hear(world, 12)
    wait(world)
    hear(world, 19)
    assert events(world) == [("receipt_gap", "raised")]
    hear(world, 20)
    assert events(world) == [("receipt_gap", "raised"), ("receipt_gap", "cleared")]
    end = world.log.told[-1]
    assert isinstance(end, Event)
    assert end.title.startswith("over: ")


def test_what_was_sent_again_in_vain_is_not_sent_again_by_the_next_run() -> None:
    world = delivered_world()
    hear(world, 12)
    for _ in range(3):
        wait(world)
        wait(world)
        world.start()
    assert world.far.stored == [*range(13, 21), *range(13, 21)]
    assert world.shipper.status()["receipt_stuck"] is True
    hear(world, 14)
    wait(world)
    assert world.far.stored[16:] == list(range(15, 21)), "progress gives it a new chance"


def test_a_run_that_ends_while_it_sends_again_leaves_it_to_the_next() -> None:
    world = delivered_world(400)
    hear(world, 12)
    world.step(PATIENCE_S + 1)
    world.step()
    assert 0 < len(world.far.stored) < 388
    world.start()
    for _ in range(8):
        wait(world)
    assert set(world.far.stored) == set(range(13, 401))


def test_a_receipt_of_nothing_is_remembered() -> None:
    world = delivered_world()
    hear(world, 0)
    world.start()
    assert world.shipper.status()["receipt"] == 0
    assert delivered("far", world.log.bookmark) == 0


def test_where_receipts_are_heard_no_more_those_from_before_say_nothing() -> None:
    world = delivered_world()
    hear(world, 12)
    wait(world)
    world.far.stored.clear()
    for _ in range(4):
        world.far.says = [Deaf()]
        wait(world)
    assert world.far.stored == []
    assert world.shipper.status()["receipt"] is None
    assert delivered("far", world.log.bookmark) == 20
    assert events(world) == [("receipt_gap", "raised"), ("receipt_gap", "cleared")]


def test_progress_is_patience() -> None:
    world = delivered_world()
    for seq in range(1, 20):
        hear(world, seq)
        world.step(PATIENCE_S - 1)
    assert world.far.stored == []


def test_the_same_receipt_again_is_no_progress() -> None:
    world = delivered_world()
    for _ in range(12):
        hear(world, 12)
        world.step(59)
    assert world.far.stored == list(range(13, 21))


def test_a_far_side_that_never_gave_a_receipt_is_believed() -> None:
    world = delivered_world()
    wait(world)
    assert world.far.stored == []
    assert delivered("far", world.log.bookmark) == 20


def test_a_receipt_is_remembered_and_rules_what_may_be_given_up() -> None:
    world = delivered_world()
    hear(world, 12)
    assert delivered("far", world.log.bookmark) == 12
    world.start()
    wait(world)
    wait(world)
    assert world.far.stored == list(range(13, 21))


def test_the_same_twice_in_vain_is_not_sent_a_third_time_but_told() -> None:
    world = delivered_world()
    hear(world, 12)
    for _ in range(8):
        wait(world)
    assert world.far.stored == [*range(13, 21), *range(13, 21)]
    assert events(world) == [("receipt_gap", "raised"), ("receipt_gap", "updated")]
    assert world.shipper.status()["receipt_stuck"] is True
    hear(world, 14)
    assert world.shipper.status()["receipt_stuck"] is False
    wait(world)
    assert world.far.stored[16:] == list(range(15, 21)), "progress gives it a new chance"


def test_a_receipt_of_another_journal_or_beyond_its_end_says_nothing() -> None:
    world = delivered_world()
    for receipt in (Receipt("another", 3), Receipt(world.log.identity, 21)):
        world.far.says = [receipt]
        world.step()
    assert MARK not in world.log.bookmarks
    assert world.shipper.status()["receipt"] is None


def test_silence_while_the_far_side_is_away_counts_for_nothing() -> None:
    world = delivered_world()
    hear(world, 12)
    world.far.troubles = [UnavailableError("gone")]
    world.step(PATIENCE_S - 1)
    world.step(100)
    world.step(PATIENCE_S - 50)
    assert world.far.stored == []
    wait(world)
    assert world.far.stored


def test_patience_begins_when_all_has_gone_out_again() -> None:
    """A slow link may take longer for it than ten minutes."""
    world = delivered_world(400)
    hear(world, 0)
    world.far.row_s = 10.0
    while len(world.far.stored) < 400:
        world.step(1)
    wait(world, 1)
    assert len(world.far.stored) == 400


def test_a_gap_that_the_last_run_told_of_is_closed_by_this_one() -> None:
    world = delivered_world()
    hear(world, 12)
    wait(world)
    raised = world.log.told[0]
    assert isinstance(raised, Event)
    world.log.open_events = (raised,)
    world.log.told.clear()
    world.start()
    hear(world, 20)
    assert events(world) == [("receipt_gap", "cleared")]
    assert world.log.told[0].id == raised.id  # type: ignore[union-attr]


def gone(world: World) -> list[tuple[object, object]]:
    """Which numbers are told to be waited for no longer."""
    told = [each for each in world.log.told if isinstance(each, Event) and each.kind == "gone"]
    assert all(each.data["sink"] == "far" for each in told)
    return [(each.data["first_seq"], each.data["last_seq"]) for each in told if each.phase == "raised"]


def test_what_the_journal_has_no_more_is_told_and_nothing_goes_twice() -> None:
    """The far side may well have what is behind the hole: only its next receipt will tell."""
    world = delivered_world(100)
    world.log.records = world.log.records[50:]
    hear(world, 10)
    wait(world)
    assert gone(world) == [(11, 50)]
    assert world.far.stored == []
    hear(world, 100)
    wait(world)
    assert {kind for kind, _ in events(world)} == {"gone"}, "nobody is blamed"


def test_behind_what_is_gone_the_rest_is_sent_again_when_it_is_missing() -> None:
    world = delivered_world(100)
    world.log.records = world.log.records[50:]
    hear(world, 10)
    wait(world)
    hear(world, 60)
    wait(world)
    assert world.far.stored == list(range(61, 101))


def test_what_this_sink_refused_is_told_to_whoever_waits_for_it_and_not_sent_again() -> None:
    world = World(20, FarSide(poison={5, 15}))
    world.drain()
    world.far.stored.clear()
    hear(world, 4)
    wait(world)
    assert gone(world) == [(5, 5), (15, 15)]
    hear(world, 9)
    wait(world)
    assert world.far.stored == [*range(10, 15), *range(16, 21)]
    assert [seqs for seqs in world.far.sent[-3:] if 15 in seqs] == []


def test_events_that_outlived_their_neighbours_make_no_flood_of_holes() -> None:
    world = delivered_world(3000)
    world.log.records = [each for each in world.log.records if each.seq % 10 == 0 or each.seq > 2000]
    hear(world, 0)
    wait(world)
    found = gone(world)
    assert len(found) == 20
    assert (found[0][0], found[-1][1]) == (1, 1999)


def test_what_is_told_in_vain_is_not_told_for_ever() -> None:
    """An ingest side that does not know the event stays where it is: a person has to look."""
    world = delivered_world(100)
    world.log.records = world.log.records[50:]
    hear(world, 10)
    for _ in range(10):
        wait(world)
    assert gone(world) == [(11, 50), (11, 50)]
    assert events(world)[-2:] == [("receipt_gap", "raised"), ("receipt_gap", "updated")]
    assert world.shipper.status()["receipt_stuck"] is True


def test_the_end_of_a_journal_can_be_gone_too() -> None:
    world = delivered_world(20)
    world.log.records = [*world.log.records[:10], world.log.records[-1]]
    hear(world, 10)
    wait(world)
    assert gone(world) == [(11, 19)]


def test_where_nothing_is_left_all_of_it_is_one_hole() -> None:
    assert holes("far", MemoryLog(readings(5, 30)), Stretch(3, 20)) == [(3, 20)]
