"""Times in a journal: what a machine without a clock chip knows, when, and that it never changes its mind."""

from __future__ import annotations

import shutil
import sqlite3
from math import inf
from pathlib import Path

import pytest

from agent.clock import NS
from agent.model import Event, TimeSource, Trust
from tests.journal.machine import T0_NS, Machine

HOUR = 3600.0
DAY = 86_400.0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Switched off, its card empty."""
    return Machine(tmp_path / "journal.db")


def test_three_hours_of_1970_are_put_right_when_the_network_tells(machine: Machine) -> None:
    machine.boot().run(3 * HOUR)
    before = machine.observed()
    assert {seen.entry.time.source for seen in before} == {TimeSource.NONE}
    assert all(seen.wrong_s > 50 * 365 * DAY and not seen.entry.time.settled for seen in before)
    machine.sync().run(HOUR)
    after = machine.observed()
    assert [seen.entry.record.at for seen in after[: len(before)]] == [
        seen.entry.record.at for seen in before
    ]
    assert {seen.entry.time.source for seen in after[: len(before)]} == {TimeSource.REPAIRED}
    assert {seen.entry.time.source for seen in after[len(before) :]} == {TimeSource.NTP}
    assert all(seen.wrong_s <= 1e-6 and seen.entry.time.error_s < 2 for seen in after)


def test_the_commit_that_sees_the_clock_set_also_tells_who_got_records_early(machine: Machine) -> None:
    machine.boot().run(HOUR).sync().observe()
    head = machine.journal.head
    machine.writer.step(machine.clock.now())
    (told,) = machine.events("clock_settled")
    assert told.seq == head + 2, "behind the observation, in its commit"
    assert isinstance(told.record, Event)
    data = told.record.data
    assert (data["boot"], data["source"]) == ("boot-1", "repaired")
    first = machine.observed()[0].entry
    assert first.record.at.mono_ns / NS + float(data["offset_s"]) == pytest.approx(first.time.wall_ns / NS)
    assert len(machine.events("clock_settled", "cleared")) == 1


def test_a_sink_that_files_by_time_may_read_up_to_the_first_unsettled_record(machine: Machine) -> None:
    machine.boot(T0_NS, Trust.NTP).run(HOUR).off(60)
    machine.boot().run(HOUR)
    (back,) = machine.events("gap", "cleared")
    assert machine.journal.settled == back.seq - 1, "the beginning of the gap is of the boot before"
    assert machine.journal.view().settled == machine.journal.settled
    machine.sync().run(600)
    assert machine.journal.settled == machine.journal.head


def test_what_waits_is_known_again_after_a_restart_of_the_station_alone(machine: Machine) -> None:
    machine.boot().run(HOUR)
    file = machine.writer.file
    assert file is not None
    file.close()
    machine.start()
    assert machine.journal.settled == 0
    machine.run(HOUR)
    assert machine.journal.settled == 0
    machine.sync().run(600)
    assert all(seen.wrong_s <= 1e-6 for seen in machine.observed())
    assert machine.journal.settled == machine.journal.head


def test_records_made_by_a_restarted_station_that_has_not_been_told_yet_are_put_right_at_once(
    machine: Machine,
) -> None:
    """Chrony leaves no file: after a restart it takes a question to know that the clock is set."""
    machine.boot().sync().run(HOUR)
    file = machine.writer.file
    assert file is not None
    file.close()
    machine.clock.trust = Trust.NONE
    machine.start().run(HOUR)
    assert all(seen.wrong_s <= 1e-6 and seen.entry.time.settled for seen in machine.observed())
    assert machine.events("clock_settled") == []


def test_a_boot_that_never_saw_the_network_lies_between_those_that_did(machine: Machine) -> None:
    machine.boot().sync().run(HOUR).off(2 * HOUR)
    machine.boot().run(HOUR).off(5 * HOUR)
    machine.boot().sync().run(HOUR)
    lost = [seen for seen in machine.observed() if seen.entry.boot == "boot-2"]
    assert {seen.entry.time.source for seen in lost} == {TimeSource.ESTIMATED}
    assert all(0 < seen.wrong_s <= seen.entry.time.error_s < 4.1 * HOUR for seen in lost)
    (told,) = machine.events("clock_settled")
    assert isinstance(told.record, Event)
    assert (told.record.data["boot"], told.record.data["source"]) == ("boot-2", "estimated")
    assert machine.journal.settled == machine.journal.head


def test_three_such_boots_in_a_row_keep_their_order_and_contain_the_truth(machine: Machine) -> None:
    machine.boot().sync().run(HOUR)
    for off_s, run_s in ((DAY, HOUR), (60, 2 * HOUR), (3 * DAY, 600)):
        machine.off(off_s).boot().run(run_s)
    machine.off(HOUR).boot().run(HOUR).sync().run(HOUR)
    seen = machine.observed()
    assert all(each.wrong_s <= each.entry.time.error_s for each in seen)
    times = [each.entry.time.wall_ns for each in seen]
    assert times == sorted(times)
    assert [told.record.data["boot"] for told in machine.events("clock_settled")] == [  # type: ignore[union-attr]
        "boot-2",
        "boot-3",
        "boot-4",
        "boot-5",
    ]


def test_a_station_that_never_sees_the_network_stops_waiting(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "journal.db", wait_h=2).boot(T0_NS).run(1.5 * HOUR)
    assert machine.journal.settled == 0
    machine.run(HOUR)
    assert machine.journal.settled == machine.journal.head
    seen = machine.observed()
    assert {each.entry.time.source for each in seen} == {TimeSource.ESTIMATED}
    assert all(each.entry.time.error_s == inf and each.wrong_s <= 1e-6 for each in seen), "its own word"
    (told,) = machine.events("clock_settled")
    assert isinstance(told.record, Event)
    assert "error_s" not in told.record.data


def test_short_days_of_a_station_in_the_shade_add_up_to_the_wait(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "journal.db", wait_h=5)
    for _ in range(2):
        machine.boot().run(2 * HOUR)
        assert machine.journal.settled == 0
        machine.off(12 * HOUR)
    machine.boot().run(2 * HOUR)
    assert machine.journal.settled == machine.journal.head
    times = [each.entry.time.wall_ns for each in machine.observed()]
    assert times == sorted(times)
    assert len(set(times)) == len(times)


def milliseconds(machine: Machine) -> list[int]:
    """By observation: the time under which a database files it."""
    return [seen.entry.time.wall_ns // 1_000_000 for seen in machine.observed()]


def test_boots_that_nobody_waited_for_lie_one_after_the_other_also_after_restarts(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "journal.db", wait_h=2).boot().run(3 * HOUR)
    for _ in range(3):
        machine.off(HOUR).boot().run(0.5 * HOUR).restart().run(3 * HOUR)
    times = milliseconds(machine)
    assert len(set(times)) == len(times) == 81
    assert times == sorted(times)


def test_short_boots_after_one_that_nobody_waited_for_lie_behind_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "journal.db", wait_h=2).boot().sync().run(HOUR).off(HOUR)
    machine.boot().run(3 * HOUR)
    for _ in range(4):
        machine.off(HOUR).boot().run(HOUR)
    times = milliseconds(machine)
    assert machine.journal.settled > 6 + 18 + 6
    assert len(set(times)) == len(times) == 48


def test_boots_between_one_that_nobody_waited_for_and_the_network_keep_their_order(tmp_path: Path) -> None:
    """The clock of the second was right by chance; the third can have been anywhere from its start on."""
    machine = Machine(tmp_path / "journal.db", wait_h=2).boot().sync().run(HOUR).off(3 * HOUR)
    machine.boot(machine.true_ns).run(3 * HOUR).off(60)
    machine.boot().run(HOUR).off(600)
    machine.boot().sync().run(HOUR)
    times = milliseconds(machine)
    assert times == sorted(times)
    assert len(set(times)) == len(times) == 36
    third = [seen for seen in machine.observed() if seen.entry.boot == "boot-3"]
    assert all(seen.wrong_s <= seen.entry.time.error_s for seen in third)


def test_nobody_waits_where_nobody_wants_to(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "journal.db", wait_h=0).boot().run(600)
    assert machine.journal.settled == machine.journal.head
    assert machine.events("clock_settled") == [], "nobody got them early"


def test_a_restart_of_the_station_does_not_shorten_the_wait(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "journal.db", wait_h=3).boot().run(2 * HOUR)
    file = machine.writer.file
    assert file is not None
    file.close()
    machine.start().run(0.9 * HOUR)
    assert machine.journal.settled == 0
    machine.run(HOUR)
    assert machine.journal.settled == machine.journal.head


def test_an_estimate_stays_when_the_network_comes_after_all(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "journal.db", wait_h=1).boot().run(2 * HOUR)
    before = [seen.entry.time for seen in machine.observed()]
    machine.sync().run(HOUR)
    assert [seen.entry.time for seen in machine.observed()][: len(before)] == before
    assert {seen.entry.time.source for seen in machine.observed()[len(before) :]} == {TimeSource.NTP}
    (step,) = machine.events("clock_step")
    assert isinstance(step.record, Event)
    assert float(step.record.data["step_s"]) == pytest.approx(T0_NS / NS)


@pytest.mark.parametrize("step_s", [146 * DAY, -DAY, 0.6])
def test_a_step_of_a_clock_that_was_set_is_on_record_and_changes_nothing_else(
    machine: Machine, step_s: float
) -> None:
    machine.boot().sync().run(HOUR)
    machine.clock.say(machine.true_ns + round(step_s * NS))
    machine.run(HOUR)
    (step,) = machine.events("clock_step")
    assert isinstance(step.record, Event)
    assert step.record.data == {"step_s": pytest.approx(step_s)}
    assert ("forward" if step_s > 0 else "back") in step.record.title
    seen = machine.observed()
    assert [each.entry.time.wall_ns for each in seen] == [each.entry.record.at.wall_ns for each in seen]
    assert len(seen) == 12


@pytest.mark.parametrize("knows", [True, False])
def test_a_step_is_told_once_also_when_the_station_is_restarted_after_it(
    machine: Machine, *, knows: bool
) -> None:
    machine.boot().sync().run(HOUR)
    machine.clock.say(machine.true_ns + 5 * NS)
    machine.run(HOUR)
    for _ in range(5):
        machine.kill()
        machine.clock.trust = Trust.NTP if knows else Trust.NONE
        machine.start().run(HOUR)
        machine.clock.trust = Trust.NTP
        machine.run(HOUR)
    assert len(machine.events("clock_step")) == 1


def test_a_step_while_the_station_did_not_run_is_told(machine: Machine) -> None:
    machine.boot().sync().run(HOUR)
    machine.clock.say(machine.true_ns + 5 * NS)
    machine.restart().run(HOUR)
    assert len(machine.events("clock_step")) == 1


def test_slewing_is_no_step(machine: Machine) -> None:
    machine.boot().sync().run(HOUR)
    machine.clock.say(machine.true_ns + 4 * NS // 10)
    machine.run(HOUR)
    assert machine.events("clock_step") == []


def test_a_clock_that_was_right_from_the_start_needs_no_word(machine: Machine) -> None:
    machine.boot(T0_NS, Trust.NTP).run(HOUR)
    assert machine.events("clock_settled") == []
    assert machine.journal.settled == machine.journal.head


def test_a_clock_chip_is_believed_and_its_times_are_not_moved_later(machine: Machine) -> None:
    machine.boot(T0_NS + 20 * NS, Trust.RTC).run(HOUR)
    assert machine.journal.settled == machine.journal.head
    before = [seen.entry.time for seen in machine.observed()]
    assert {(time.source, time.error_s) for time in before} == {(TimeSource.RTC, 60.0)}
    machine.sync().run(HOUR)
    assert [seen.entry.time for seen in machine.observed()][: len(before)] == before
    (step,) = machine.events("clock_step")
    assert isinstance(step.record, Event)
    assert step.record.data["step_s"] == -20.0


def test_a_clock_chip_with_an_empty_battery_counts_as_none(machine: Machine) -> None:
    machine.boot().sync().run(HOUR).off(DAY)
    machine.boot(T0_NS - 86_400 * NS, Trust.RTC).run(HOUR)
    lost = [seen for seen in machine.observed() if seen.entry.boot == "boot-2"]
    assert {seen.entry.time.source for seen in lost} == {TimeSource.NONE}
    assert machine.journal.settled < machine.journal.head
    machine.off(HOUR).boot().sync().run(600)
    assert all(seen.wrong_s <= seen.entry.time.error_s for seen in machine.observed())


def test_a_chip_with_an_empty_battery_is_not_believed_later_either(machine: Machine) -> None:
    """It stood still while the machine was off, so it is soon past the end of the boot before."""
    machine.boot().sync().run(HOUR).off(DAY)
    machine.boot(T0_NS, Trust.RTC).run(3 * HOUR)
    assert {seen.entry.time.source for seen in machine.observed()[6:]} == {TimeSource.NONE}
    machine.restart().run(2 * HOUR)
    assert {seen.entry.time.source for seen in machine.observed()[6:]} == {TimeSource.NONE}
    machine.sync().run(HOUR)
    assert all(seen.wrong_s <= seen.entry.time.error_s for seen in machine.observed())


def test_a_chip_that_is_a_little_slow_is_believed_after_a_short_power_cut(machine: Machine) -> None:
    machine.boot().sync().run(HOUR).off(5)
    machine.boot(machine.true_ns - 40 * NS, Trust.RTC).run(HOUR)
    assert {seen.entry.time.source for seen in machine.observed()[6:]} == {TimeSource.RTC}


def test_a_chip_that_was_not_believed_makes_no_step_when_the_network_tells_after_a_restart(
    machine: Machine,
) -> None:
    machine.boot().sync().run(HOUR).off(DAY)
    machine.boot(T0_NS, Trust.RTC).run(3 * HOUR).restart().sync().run(HOUR)
    assert machine.events("clock_step") == []


def test_a_chip_that_was_not_believed_makes_no_step_when_nobody_waits_for_the_time(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "journal.db", wait_h=1).boot().sync().run(HOUR).off(DAY)
    machine.boot(T0_NS - 86_400 * NS, Trust.RTC).run(3 * HOUR)
    assert machine.journal.settled == machine.journal.head
    assert machine.events("clock_step") == []


def test_the_beginning_of_a_gap_belongs_to_the_boot_that_lived_it(machine: Machine) -> None:
    """Told in the next boot, it must not be moved with that boot's clock."""
    machine.boot().run(HOUR).off(DAY)
    machine.boot().run(HOUR).sync().run(600)
    (raised,), (cleared,) = machine.events("gap"), machine.events("gap", "cleared")
    last = [seen for seen in machine.observed() if seen.entry.boot == "boot-1"][-1]
    assert (raised.boot, cleared.boot) == ("boot-1", "boot-2")
    assert raised.time == last.entry.time
    assert cleared.time.wall_ns == pytest.approx(T0_NS + (HOUR + DAY) * NS, abs=NS)
    assert raised.time.wall_ns <= cleared.time.wall_ns


def test_a_journal_that_can_be_opened_only_later_has_the_rows_of_each_boot_together(machine: Machine) -> None:
    machine.boot().sync().run(HOUR).off(DAY)
    with machine.unreadable():
        machine.boot().run(HOUR)
    machine.run(HOUR)
    boots = [entry.boot for entry in machine.entries()]
    assert boots == sorted(boots)
    first = machine.journal.unsettled_from
    assert first == boots.index("boot-2") + 1
    machine.restart()
    assert machine.journal.unsettled_from == first
    (back,) = machine.events("gap", "cleared")
    assert back.record.at.mono_ns == 0, "when the station began, not when it found the file"


def test_what_a_failed_commit_concluded_is_concluded_again(machine: Machine) -> None:
    machine.boot().run(HOUR).sync().observe()
    other = sqlite3.connect(machine.path, isolation_level=None)
    file = machine.writer.file
    assert file is not None
    file.connection.execute("PRAGMA busy_timeout=1")
    other.execute("BEGIN IMMEDIATE")
    machine.writer.step(machine.clock.now())
    assert machine.journal.settled == 0
    other.execute("ROLLBACK")
    other.close()
    machine.run(2 * HOUR)
    assert len(machine.events("clock_settled")) == 1
    assert machine.journal.settled == machine.journal.head


def test_boots_that_wait_are_settled_also_after_a_damaged_file_was_replaced(machine: Machine) -> None:
    machine.boot().sync().run(HOUR)
    machine.journal.advance("archive", machine.journal.settled)
    machine.run(600).off(HOUR)
    machine.boot().run(HOUR)
    machine.journal.advance("archive", machine.journal.settled)
    machine.run(HOUR).off(HOUR).spoil()
    machine.boot().run(HOUR)
    waiting = [seen for seen in machine.observed() if seen.entry.seq > machine.journal.settled]
    assert len(waiting) == 12 + 6
    machine.sync().run(600)
    assert machine.journal.settled == machine.journal.head
    assert all(seen.wrong_s <= seen.entry.time.error_s < 1.5 * HOUR for seen in machine.observed())
    assert [gap.boot for gap in machine.events("gap")] == ["boot-2"], "the other was delivered"


def test_boots_whose_records_everybody_had_are_still_followed_after_a_damaged_file_was_replaced(
    tmp_path: Path,
) -> None:
    machine = Machine(tmp_path / "journal.db", wait_h=2).boot().sync().run(HOUR).off(HOUR)
    machine.boot().run(3 * HOUR)
    filed = milliseconds(machine)
    machine.journal.advance("archive", machine.journal.head)
    machine.run(600).off(HOUR).spoil()
    machine.boot().run(3 * HOUR)
    machine.off(HOUR).boot(T0_NS, Trust.RTC).run(3 * HOUR)
    assert "boot-1" not in {entry.boot for entry in machine.entries()}
    assert not {*filed} & {*milliseconds(machine)}
    assert {seen.entry.time.source for seen in machine.observed()} == {TimeSource.ESTIMATED}


def test_a_damaged_row_at_the_end_of_a_boot_settles_nothing_wrongly(machine: Machine) -> None:
    machine.boot().sync().run(HOUR).off(HOUR)
    machine.boot().run(HOUR).off(HOUR)
    connection = sqlite3.connect(machine.path)
    connection.execute(
        "UPDATE record SET mono_ns = mono_ns + 4611686018427387904 WHERE seq = (SELECT max(seq) FROM record)"
    )
    connection.commit()
    connection.close()
    machine.boot().sync().run(600)
    lost = [seen for seen in machine.observed() if seen.entry.boot == "boot-2"]
    assert len(lost) == 5, "the damaged one is not shown"
    assert all(seen.wrong_s <= seen.entry.time.error_s < 1.3 * HOUR for seen in lost)
    (gap,) = [told for told in machine.events("gap") if told.boot == "boot-2"]
    assert gap.time == lost[-1].entry.time


def test_a_journal_of_the_first_schema_is_settled_when_the_clock_is_set(tmp_path: Path) -> None:
    folder = Path(__file__).parent / "files"
    for suffix in ("", "-wal"):
        shutil.copy(folder / f"schema-1-killed.db{suffix}", tmp_path / f"journal.db{suffix}")
    machine = Machine(tmp_path / "journal.db")
    machine.boot(T0_NS, Trust.NTP).run(600)
    assert machine.journal.settled == machine.journal.head
    assert all(entry.time.settled for entry in machine.entries())


def test_an_old_journal_can_be_read_before_the_station_has_brought_it_up_to_date(machine: Machine) -> None:
    machine.boot().run(HOUR).off(0)
    connection = sqlite3.connect(machine.path)
    connection.executescript("DROP TABLE settled; PRAGMA user_version=1")
    connection.close()
    assert {seen.entry.time.source for seen in machine.observed()} == {TimeSource.NONE}


def test_a_stretch_of_time_is_found_without_reading_everything_else(machine: Machine) -> None:
    machine.boot().run(DAY).sync().run(10 * DAY).off(DAY)
    machine.boot().run(5 * DAY).off(DAY)
    machine.boot().sync().run(10 * DAY)
    entries = machine.entries()
    for begin_d, end_d in ((3, 4), (0, 0.01), (12.5, 13.5), (15, 30), (20, 21)):
        from_ns, to_ns = (T0_NS + round(day * DAY) * NS for day in (begin_d, end_d))
        found = machine.span(from_ns, to_ns)
        wanted = [entry.seq for entry in entries if from_ns <= entry.time.wall_ns < to_ns]
        assert found is not None
        assert found[0] <= wanted[0]
        assert found[1] >= wanted[-1]
        assert found[1] - found[0] <= len(wanted) + 4 * 6 + 2, "an hour of margin on both sides"
    assert machine.span(0, T0_NS - 10 * 3600 * NS) is None
    assert machine.journal.view().span(0, NS) is None


def test_a_reader_finds_what_was_recorded_after_it_had_begun(machine: Machine) -> None:
    """Its dictionaries are of yesterday: a boot that it has not met is no damage."""
    machine.boot().sync().run(DAY)
    view = machine.journal.view()
    assert view.read_after(0, 10)
    machine.off(DAY).boot().sync().run(DAY)
    reader = view._reading()
    assert reader is not None
    found = reader.span(T0_NS + round(2.5 * DAY) * NS, T0_NS + 10 * round(DAY) * NS)
    assert found is not None
    assert found[1] == machine.journal.head


def test_what_has_no_settled_time_is_in_no_stretch(machine: Machine) -> None:
    machine.boot().run(HOUR)
    assert machine.span(0, 2 * T0_NS) is None
    empty = Machine(machine.path.with_name("empty.db")).boot()
    assert empty.span(0, 2 * T0_NS) is None


@pytest.mark.parametrize("step_d", [30, -1])
def test_what_was_filed_under_wrong_times_is_found_under_them(machine: Machine, step_d: int) -> None:
    """The clock was wrong for three hours, and right at both ends of the boot."""
    machine.boot().sync().run(DAY)
    machine.clock.say(machine.true_ns + step_d * round(DAY) * NS)
    machine.run(3 * HOUR).sync().run(2 * DAY)
    wrong = [seen.entry.seq for seen in machine.observed() if seen.wrong_s > DAY / 2]
    assert len(wrong) == 18
    from_ns = T0_NS + (1 + step_d) * round(DAY) * NS
    found = machine.span(from_ns, from_ns + 3 * 3600 * NS)
    assert found is not None
    assert found[0] <= wrong[0]
    assert found[1] >= wrong[-1]


def test_small_steps_cost_a_search_nothing(machine: Machine) -> None:
    machine.boot().sync().run(5 * DAY)
    machine.clock.say(machine.true_ns + NS)
    machine.run(5 * DAY)
    found = machine.span(T0_NS + 2 * round(DAY) * NS, T0_NS + 3 * round(DAY) * NS)
    assert found is not None
    assert found[1] - found[0] <= (24 + 2) * 6
