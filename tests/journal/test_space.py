"""A whole journal with its writer that runs out of room: by its own budget, by others, by a reader."""

from __future__ import annotations

import os
import random
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.journal.file.database import open_reader
from agent.journal.reader import JournalReader
from agent.journal.room.retention import MB, Done, Has, Limits
from agent.journal.room.space import Space
from agent.journal.writer import JournalWriter
from agent.model import Event, Health
from tests.journal.conftest import Store, observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.model import Record

BUDGET_MB = 1  # so small only here: the configuration allows no less than 4
PAGE = 1024


class Room(Store):
    """A journal with a small budget and one destination, `office`."""

    def __init__(self, path: Path, *, max_mb: float = BUDGET_MB, ring_records: int = 20_000) -> None:
        super().__init__(path, ring_records)
        self.has_sink = True
        limits = Limits(max_mb)
        self.space = Space(self.journal, limits, self.kept, self.clock, self.log)
        self.writer = JournalWriter(self.journal, self.clock, self.log, space=self.space)

    def kept(self) -> Has:
        """What the office has."""
        done = [Done(self.journal.bookmark("office"))] if self.has_sink else []
        return Has(done, done)

    def work(self, count: int, of: int = 400, *, delivered: bool = False) -> None:
        """So many commits of `of` observations each, and all the steps that the writer asks for."""
        for _ in range(count):
            self.journal.append([observation(n) for n in range(of)])
            self.settle(after_s=60)
            if delivered:
                self.journal.advance("office", self.journal.head)

    def settle(self, after_s: float = 0.0) -> None:
        """Step until the writer wants to rest."""
        wait_s = self.step(after_s)
        for _ in range(200):
            if wait_s:
                return
            wait_s = self.step()
        raise AssertionError("the writer never rests")

    def seqs(self) -> list[int]:
        """What is left in the file."""
        return [seq for (seq,) in self.connection.execute("SELECT seq FROM record ORDER BY seq")]

    def told(self, kind: str) -> list[Event]:
        """Committed events of a kind that are still there."""
        reader = JournalReader(self.journal.path, lambda _seq: None)
        records = [entry.record for entry in reader.read_after(0, 1_000_000)]
        reader.close()
        return [record for record in records if isinstance(record, Event) and record.kind == kind]

    def bytes_on_disk(self) -> int:
        """Everything that belongs to the journal."""
        return sum(file.stat().st_size for file in self.journal.path.parent.glob("journal.*"))


@pytest.fixture
def make_room(tmp_path: Path) -> Iterator[Callable[..., Room]]:
    """Open a journal: `make_room(max_mb=..., directory=...)`. Closed at the end."""
    rooms: list[Room] = []

    def make(directory: Path = tmp_path, **options: float) -> Room:
        rooms.append(Room(directory / "journal.db", **options))  # type: ignore[arg-type]
        rooms[-1].open()
        return rooms[-1]

    yield make
    for each in rooms:
        each.writer.close()


def test_delivered_records_make_room_and_nothing_is_told(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.work(40, delivered=True)
    seqs = room.seqs()
    assert 1 < seqs[0] < seqs[-1] == 40 * 400
    assert seqs == list(range(seqs[0], seqs[-1] + 1)), "the newest are kept"
    assert room.told("evicted") == []
    assert room.writer.status()["space"]["given_up"] == 0  # type: ignore[index]


def test_file_wal_and_ballast_together_stay_within_the_budget(make_room: Callable[..., Room]) -> None:
    room = make_room(max_mb=4)
    room.work(40, of=1600, delivered=True)
    assert room.seqs()[0] > 1
    assert 3 * MB < room.bytes_on_disk() <= 4 * MB


def test_nothing_is_pruned_before_its_space_is_needed(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.work(10, delivered=True)
    assert room.seqs()[0] == 1


def test_undelivered_records_go_only_when_nothing_else_is_left_and_that_is_told(
    make_room: Callable[..., Room],
) -> None:
    room = make_room()
    room.work(8, delivered=True)
    room.work(30)
    delivered = 8 * 400
    lost = room.connection.execute("SELECT first, last, count FROM evicted").fetchall()
    assert len(lost) == 1
    assert lost[0][0] == delivered + 1, "everything delivered went first"
    (raised,) = room.told("evicted")
    assert raised.phase == "raised"
    assert raised.data["first_seq"] == delivered + 1
    assert room.writer.status()["space"]["given_up"] == lost[0][2]  # type: ignore[index]


def test_a_loss_of_weeks_makes_a_handful_of_events_a_day_and_ends_with_its_figures(
    make_room: Callable[..., Room],
) -> None:
    room = make_room()
    room.work(26)
    for _ in range(3 * 24):
        room.journal.append([observation(n) for n in range(1000)])
        room.settle(after_s=3600)
    events = room.told("evicted")
    assert 3 * 2 < len(events) <= 3 * 5
    assert {event.phase for event in events[1:]} == {"updated"}
    room.journal.advance("office", room.journal.head)
    room.settle(after_s=60)
    room.settle(after_s=60)
    cleared = room.told("evicted")[-1]
    assert (cleared.phase, cleared.id) == ("cleared", events[0].id)
    (first, last, count) = room.connection.execute("SELECT * FROM evicted").fetchone()
    assert cleared.data == {"first_seq": first, "last_seq": last, "records": count}
    room.settle(after_s=60)
    assert room.told("evicted")[-1] == cleared, "and it is over"


@pytest.mark.parametrize("stop", ["clean", "kill"])
def test_a_loss_that_a_restart_interrupts_is_told_to_its_end(
    make_room: Callable[..., Room], stop: str
) -> None:
    room = make_room()
    room.work(32)
    lost = room.connection.execute("SELECT sum(count) FROM evicted").fetchone()[0]
    (raised,) = room.told("evicted")
    if stop == "clean":
        room.writer.close()
    again = make_room()
    again.settle()
    again.settle(after_s=60)
    phases = [(event.phase, event.id) for event in again.told("evicted")]
    assert ("cleared", raised.id) in phases
    assert again.told("evicted")[-1].data["records"] == lost
    once_more = make_room()
    once_more.settle()
    assert len(once_more.told("evicted")) == len(phases), "told once"


def test_a_loss_of_the_last_run_is_told_once_however_often_the_file_is_opened(
    make_room: Callable[..., Room],
) -> None:
    room = make_room()
    room.work(32)
    (raised,) = room.told("evicted")
    again = make_room()
    for _ in range(5):
        before = again.writer.file
        again.connection.execute("PRAGMA query_only=1")
        again.journal.append([observation(1)])
        again.step(after_s=60)  # "readonly" is an error after which the file is opened again
        again.step(after_s=60)
        assert again.writer.file is not before
    again.settle(after_s=60)
    again.settle(after_s=60)
    ends = [event for event in again.told("evicted") if event.phase == "cleared"]
    assert [event.id for event in ends] == [raised.id]


def test_without_a_destination_the_oldest_go_and_that_is_told(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.has_sink = False
    room.work(32)
    assert room.seqs()[-1] >= 32 * 400
    assert room.told("evicted")


def test_a_flood_larger_than_the_margin_still_fits(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.work(18)
    room.journal.append([observation(n) for n in range(4000)])
    room.settle(after_s=60)
    assert room.writer.status()["error"] == ""
    assert room.journal.waiting() == 0


def test_events_outlive_observations(make_room: Callable[..., Room]) -> None:
    room = make_room()
    first = Health(room.clock.now(), {"uptime_s": 1.0})
    event = Event("e/1", "test", "station", "cleared", 0, room.clock.now(), "t", "x")  # type: ignore[arg-type]
    room.journal.append([first, event])
    room.work(40)
    assert room.seqs()[0] == 2
    assert room.told("test") == [event]


def test_a_budget_that_was_made_smaller_is_kept_from_then_on(make_room: Callable[..., Room]) -> None:
    room = make_room(max_mb=2)
    room.work(60, delivered=True)
    room.writer.close()
    smaller = make_room(max_mb=1)
    smaller.work(1)
    size = smaller.journal.path.stat().st_size
    assert smaller.writer.status()["space"]["used_mb"] < 0.5  # type: ignore[index]
    smaller.work(20, delivered=True)
    assert smaller.journal.path.stat().st_size == size, "it shrinks no more, but neither does it grow"


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 1 << 32))
def test_whatever_comes_the_file_stays_within_its_budget(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    room = Room(tmp_path_factory.mktemp("j") / "journal.db", ring_records=3000)
    room.open()
    chance = random.Random(seed)
    for _ in range(40):
        count = chance.choice([1, 30, 300, 1000])
        size = chance.choice([0, 10, 300])
        records: list[Record] = [observation(n) for n in range(count)]
        event = Event("e", "test", "station", "cleared", 0, room.clock.now(), "t", "x" * size)  # type: ignore[arg-type]
        room.journal.append([*records, *[event] * (count // 20)])
        room.settle(after_s=60)
        assert room.writer.status()["error"] == ""
        assert room.journal.path.stat().st_size <= BUDGET_MB * MB / 2 + PAGE
        if chance.random() < 0.3:
            room.journal.advance("office", room.journal.head)
    assert room.seqs()[-1] == room.journal.head
    room.writer.close()


def test_a_reader_that_never_lets_go_is_told_and_its_wal_is_cut_back_afterwards(
    make_room: Callable[..., Room],
) -> None:
    room = make_room()
    room.work(1)
    held = open_reader(room.journal.path)
    cursor = held.execute("SELECT seq FROM record")
    cursor.fetchone()
    wal = room.journal.path.with_name("journal.db-wal")
    while wal.stat().st_size < 1.2 * MB:
        room.work(5, delivered=True)
    room.settle(after_s=61)
    room.settle(after_s=61)
    (raised,) = room.told("journal_wal")
    assert raised.data["wal_mb"] >= 1  # type: ignore[operator]
    assert "fuser" in raised.text
    cursor.close()
    held.close()
    room.work(2)
    assert [event.phase for event in room.told("journal_wal")] == ["raised", "cleared"]
    assert wal.stat().st_size < MB


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 12 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(place)]
    if subprocess.run(command, check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def leave(directory: Path, left_bytes: int) -> None:
    """Somebody else takes all but so much."""
    found = os.statvfs(directory)
    with (directory / "others").open("wb") as out:
        os.posix_fallocate(out.fileno(), 0, found.f_bavail * found.f_frsize - left_bytes)


def test_a_young_journal_grows_while_a_low_disk_has_room_for_its_log(
    make_room: Callable[..., Room], small_disk: Path
) -> None:
    leave(small_disk, 2_500_000)
    room = make_room(small_disk, max_mb=8)
    for _ in range(4):
        room.work(1, of=1000)
    assert room.writer.status()["space"]["disk_low"]  # type: ignore[index]
    assert room.writer.status()["error"] == ""
    assert room.journal.waiting() == 0


def test_a_low_disk_with_room_for_several_ballasts_has_one(
    make_room: Callable[..., Room], small_disk: Path
) -> None:
    leave(small_disk, 550_000)
    room = make_room(small_disk, max_mb=0.4)
    room.work(1, of=20)
    assert room.writer.status()["space"]["disk_low"]  # type: ignore[index]
    assert (small_disk / "journal.ballast").stat().st_size == 100_000


def fill_up(directory: Path) -> Path:
    """Somebody else takes all that is left."""
    other = directory / "others"
    with other.open("ab", buffering=0) as out:
        for size in (65_536, 1024, 1):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                continue
    return other


def fill_up_and_take_the_ballast(room: Room, directory: Path) -> Path:
    """Somebody else takes whatever the journal gives up, too."""
    other = fill_up(directory)
    for _ in range(100):
        if not (directory / "journal.ballast").exists():
            return other
        room.work(1, of=100)
        fill_up(directory)
    raise AssertionError("the ballast is never thrown off")


def test_a_disk_that_others_fill_costs_nothing_that_was_not_delivered(
    make_room: Callable[..., Room], small_disk: Path
) -> None:
    room = make_room(small_disk, max_mb=8)
    room.work(20, of=1600, delivered=True)
    undelivered = room.journal.head + 1
    room.work(2)
    assert (small_disk / "journal.ballast").exists()
    other = fill_up(small_disk)
    room.work(10)
    fill_up(small_disk)
    room.work(30)
    assert room.writer.status()["error"] == ""
    assert set(range(undelivered, room.journal.head + 1)) <= set(room.seqs())
    (raised,) = room.told("disk_low")
    assert "df -h" in raised.text
    other.unlink()
    room.work(3)
    assert [event.phase for event in room.told("disk_low")] == ["raised", "cleared"]
    assert (small_disk / "journal.ballast").stat().st_size == 2 * MB
    assert room.writer.status()["space"]["given_up"] == 0  # type: ignore[index]


def test_room_that_others_leave_is_used(make_room: Callable[..., Room], small_disk: Path) -> None:
    room = make_room(small_disk, max_mb=8)
    room.work(1, of=20)
    fill_up(small_disk)
    room.work(40)
    assert room.writer.status()["error"] == ""
    assert room.journal.waiting() == 0
    assert len(room.seqs()) > 16_000, "a megabyte of the ballast holds them"


def test_a_young_journal_without_a_page_to_spare_is_written_again_once_the_disk_has_room(
    make_room: Callable[..., Room], small_disk: Path
) -> None:
    room = make_room(small_disk, max_mb=8)
    room.work(1, of=20)
    other = fill_up_and_take_the_ballast(room, small_disk)
    for _ in range(20):
        room.journal.append([observation(n) for n in range(40)])
        room.step(after_s=60)
    assert room.writer.status()["error"] != "", "there is nothing to prune and nothing to throw off"
    other.unlink()
    room.settle(after_s=60)
    assert room.writer.status()["error"] == ""
    room.settle(after_s=1)  # and what was told about it
    assert room.journal.waiting() == 0


def test_on_a_full_disk_with_nothing_delivered_the_oldest_go_before_memory_overflows(
    make_room: Callable[..., Room], small_disk: Path
) -> None:
    room = make_room(small_disk, max_mb=8, ring_records=2000)
    room.work(10)
    fill_up_and_take_the_ballast(room, small_disk)
    waited = 0
    for _ in range(60):
        room.journal.append([observation(n) for n in range(400)])
        room.step(after_s=60)
        if not room.writer.status()["space"]["given_up"]:  # type: ignore[index]
            waited = max(waited, room.journal.waiting())
    assert waited > 400, "memory was used first"
    room.settle(after_s=60)
    assert room.writer.status()["space"]["given_up"] > 0  # type: ignore[index]
    assert room.told("gap") == [], "nothing was lost in memory"
    assert room.told("evicted")


def test_on_a_full_disk_the_older_journal_set_aside_goes_before_any_record(
    make_room: Callable[..., Room], small_disk: Path
) -> None:
    for name in ("corrupt-1", "corrupt-2", "schema-9-3"):
        size = 3 if name == "corrupt-1" else 1  # what goes must leave more than a full log needs
        (small_disk / f"journal.db.{name}").write_bytes(bytes(size * MB))
    room = make_room(small_disk, max_mb=8, ring_records=2000)
    room.work(10)
    fill_up_and_take_the_ballast(room, small_disk)
    for _ in range(60):
        room.journal.append([observation(n) for n in range(400)])
        room.step(after_s=60)
        if not (small_disk / "journal.db.corrupt-1").exists():
            break
    assert sorted(each.name[11:] for each in small_disk.glob("journal.db.*")) == ["corrupt-2", "schema-9-3"]
    room.settle(after_s=60)
    room.settle(after_s=1)  # and what was told about it
    assert room.journal.waiting() == 0, "it is used"
    assert room.writer.status()["space"]["given_up"] == 0  # type: ignore[index]


def test_a_failure_that_is_no_full_disk_frees_nothing(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.work(5, delivered=True)
    before = room.seqs()
    room.connection.execute("PRAGMA query_only=1")
    room.journal.append([observation(1)])
    room.step(after_s=60)
    assert "readonly" in str(room.writer.status()["error"])
    assert (room.journal.path.parent / "journal.ballast").exists()
    room.settle(after_s=60)
    assert room.seqs()[: len(before)] == before
