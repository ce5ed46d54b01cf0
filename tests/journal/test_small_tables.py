"""One flipped bit in the tables beside the records: the station runs, none is skipped, no time wrong."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from agent.model import Event, Observation, Severity, Trust
from tests.journal.conftest import HEAD, Store, observation
from tests.journal.machine import T0_NS, Machine

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = ("bookmark", "island", "settled", "boot", "channel", "calibration", "meta", "open_event", "arrival")
HOUR = 3600
PAGE = 1024


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A journal whose sinks are not at the same place; two boots were settled, a third begins."""
    machine = Machine(tmp_path_factory.mktemp("image") / "journal.db")
    machine.boot().run(HOUR).off(HOUR)
    machine.boot().run(HOUR).sync().run(HOUR)
    at = machine.clock.now()
    machine.journal.append([Event("a/1", "sensor_fault", "ph-3", "raised", Severity.YELLOW, at, "", "")])
    machine.journal.advance("office", 9, [(12, 14)])
    machine.journal.advance("archive", 4)
    machine.run(600)
    machine.writer.close()
    return machine.path.read_bytes()


def root_of(image: bytes, table: str, path: Path) -> int:
    path.write_bytes(image)
    connection = sqlite3.connect(path)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    connection.close()
    return int(root)


def used(page: bytes) -> list[int]:
    return [offset for offset, byte in enumerate(page) if byte]


def flipped(image: bytes, at: int, bit: int) -> bytes:
    spoilt = bytearray(image)
    spoilt[at] ^= 1 << bit
    return bytes(spoilt)


def again(path: Path, image: bytes) -> Machine:
    """The station starts with this file, an hour later, and observes something."""
    for old in path.parent.glob("journal.db*"):
        old.unlink()
    path.write_bytes(image)
    machine = Machine(path)
    machine.true_ns = T0_NS + 10 * HOUR * 1_000_000_000
    machine._boots = 2
    machine.boot().sync().run(600)
    return machine


def look(machine: Machine) -> None:
    assert machine.writer.status()["error"] == ""
    seen = machine.observed()
    assert len([one for one in seen if one.entry.boot == "boot-3"]) == 1, "what is observed is kept"
    assert all(one.wrong_s <= one.entry.time.error_s for one in seen if one.entry.time.settled)
    if not any(machine.path.parent.glob("journal.db.corrupt*")):  # a new file has new numbers
        assert machine.journal.bookmark("office") in {0, 9}
        assert machine.journal.bookmark("archive") in {0, 4}
        assert machine.journal.islands("office") in {(), ((12, 14),)}


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory: hundreds of starts would wait for as many fsyncs of a disk that no test here lets fail."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        yield Path(made)


@pytest.mark.parametrize("table", TABLES)
def test_one_flipped_bit_in_a_small_table_moves_nothing_and_stops_nobody(
    folder: Path, image: bytes, table: str
) -> None:
    path = folder / "journal.db"
    start = (root_of(image, table, path) - 1) * PAGE
    for offset in used(image[start : start + PAGE]):
        machine = again(path, flipped(image, start + offset, offset % 8))
        try:
            look(machine)
        finally:
            machine.kill()


def test_a_journal_that_ends_before_a_bookmark_is_set_aside_and_no_number_is_given_twice(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    store = Store(path).open()
    store.journal.append([observation(n) for n in range(9)])
    store.journal.advance("office", 9)
    store.step()
    store.writer.close()
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM record WHERE seq > 7")
    connection.commit()
    connection.close()
    later = Store(path).open()
    later.step()
    later.writer.close()
    assert later.journal.identity not in {"", store.journal.identity}


@pytest.mark.parametrize("column", ["sensor", "unit"])
def test_a_name_that_was_damaged_is_put_right_when_it_is_used_again(tmp_path: Path, column: str) -> None:
    path = tmp_path / "journal.db"
    store = Store(path).open()
    store.journal.append([observation(1), observation(2, HEAD)])
    store.step()
    store.writer.close()
    data = path.read_bytes()
    start = (root_of(data, "channel", path) - 1) * PAGE
    name = getattr(HEAD, column).encode()
    at = data.index(name, start, start + PAGE)
    path.write_bytes(flipped(data, at, 0))
    later = Store(path).open()
    later.journal.append([observation(3, HEAD)])
    later.step()
    view = later.journal.view()
    values = [entry.record.value for entry in view.read_after(0, 9) if isinstance(entry.record, Observation)]
    assert values == [7.0, 8.0, 9.0]
    view.close()
    later.writer.close()


def test_trust_is_what_the_image_is_about(image: bytes, tmp_path: Path) -> None:
    machine = again(tmp_path / "journal.db", image)
    assert {one.entry.time.settled for one in machine.observed()} == {True}
    assert machine.observed()[0].entry.record.at.trust is Trust.NONE
    look(machine)
    assert machine.journal.islands("office") == ((12, 14),)
    machine.kill()
