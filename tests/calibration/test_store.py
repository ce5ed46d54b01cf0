"""The store on a real disk: two in one second, damage, loss, and disks that say no."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.acquire.calibration import durable
from agent.acquire.calibration.store import ACTIVE, COPY, CalibrationError, Calibrations
from tests.calibration.rig import RECORD
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
WHO = {"at": "2026-11-23T00:00:00Z", "by": "J. Doe", "why": "test"}


@pytest.fixture
def store(tmp_path: Path) -> Calibrations:
    return Calibrations(tmp_path)


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow, nor can pytest's own output: what a full disk says, from the kernel itself."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def has_files(store: Calibrations, wanted: int) -> bool:
    return len(files(store)) >= wanted


def files(store: Calibrations) -> set[str]:
    return {path.name for path in store.path.rglob("*") if path.is_file()}


def test_a_saved_calibration_is_in_force_and_in_two_files_that_all_may_read(store: Calibrations) -> None:
    kept = store.save(RECORD)
    assert kept == RECORD._replace(id=kept.id)
    assert kept.id.startswith("ph-3_ph_20261122T101500Z_")
    assert store.active("ph-3", "ph") == kept
    assert files(store) == {f"{kept.id}.json", ACTIVE, COPY}
    assert {path.stat().st_mode & 0o777 for path in store.path.rglob("*.json")} == {0o644}
    active = json.loads((store.path / "ph-3" / ACTIVE).read_text())["active"]
    assert active == {"ph": {"id": kept.id, "since": RECORD.at, "by": "J. Doe", "why": "calibrated (linear)"}}


def test_another_process_finds_it(store: Calibrations, tmp_path: Path) -> None:
    assert Calibrations(tmp_path).active("ph-3", "ph") is None
    kept = store.save(RECORD)
    assert Calibrations(tmp_path).active("ph-3", "ph") == kept


def test_two_of_one_second_are_two_and_none_is_written_over(store: Calibrations) -> None:
    first, second = store.save(RECORD), store.save(RECORD._replace(notes="again"))
    assert first.id != second.id
    assert {each.notes for each in store.history("ph-3").records} == {RECORD.notes, "again"}
    with pytest.raises(FileExistsError):
        store.add(first._replace(notes="over it"))
    assert store.read(first.id) == first


def test_one_that_is_only_kept_changes_nothing(store: Calibrations) -> None:
    first = store.save(RECORD)
    store.save(RECORD._replace(at="2026-11-23T10:15:00Z"), activate=False)
    assert store.active("ph-3", "ph") == first
    assert store.active("ph-3", "temperature") is None


def test_back_and_forth_and_to_the_configuration(store: Calibrations) -> None:
    first, second = store.save(RECORD), store.save(RECORD)
    assert [move.id for move in store.trail("ph-3", "ph")] == [second.id, first.id]
    store.activate(first.id, **WHO)
    assert store.active("ph-3", "ph") == first
    store.withdraw("ph-3", "ph", **WHO)
    assert store.active("ph-3", "ph") is None
    assert [move.id for move in store.history("ph-3", "ph").moves] == [first.id, second.id, first.id, None]


def test_a_damaged_record_is_told_and_the_one_before_it_is_used(store: Calibrations) -> None:
    first, second = store.save(RECORD), store.save(RECORD)
    path = store.path / "ph-3" / f"{second.id}.json"
    path.write_text(path.read_text().replace("97.8", "97.9"))
    in_force = store.in_force("ph-3", "ph")
    assert in_force.record == first
    assert f"{second.id}.json: it is damaged, or was edited" in in_force.trouble
    history = store.history("ph-3", "ph")
    assert (list(history.records), list(history.damaged)) == ([first], [second.id])
    with pytest.raises(CalibrationError, match="edited"):
        store.activate(second.id, **WHO)


def test_a_damaged_record_does_not_bring_back_one_that_was_left(store: Calibrations) -> None:
    first, second = store.save(RECORD), store.save(RECORD)
    store.activate(first.id, **WHO)
    (store.path / "ph-3" / f"{first.id}.json").unlink()
    in_force = store.in_force("ph-3", "ph")
    assert in_force.record is None, second
    assert "no such file" in in_force.trouble


def test_a_pointer_to_a_record_that_is_gone_leads_to_the_configuration_with_words(
    store: Calibrations,
) -> None:
    kept = store.save(RECORD)
    (store.path / "ph-3" / f"{kept.id}.json").unlink()
    assert store.in_force("ph-3", "ph").record is None
    assert "no such file" in store.in_force("ph-3", "ph").trouble


def test_a_record_under_another_name_is_not_believed(store: Calibrations) -> None:
    first, second = store.save(RECORD), store.save(RECORD._replace(notes="b"))
    path = store.path / "ph-3"
    (path / f"{first.id}.json").replace(path / f"{second.id}.json")
    assert "moved or renamed" in store.in_force("ph-3", "ph").trouble


@pytest.mark.parametrize("damage", ["unlink", "truncate", "a directory"])
def test_the_copy_serves_when_the_pointer_is_lost(store: Calibrations, damage: str) -> None:
    kept = store.save(RECORD)
    path = store.path / "ph-3" / ACTIVE
    if damage == "truncate":
        path.write_bytes(path.read_bytes()[:50])
    else:
        path.unlink()
    if damage == "a directory":
        path.mkdir()
    in_force = store.in_force("ph-3", "ph")
    assert in_force.record == kept
    assert f"{path}" in in_force.trouble
    assert "its copy is used, which may be one change off" in in_force.trouble
    assert store.in_force("ph-3", "temperature") == (None, "", None)
    assert store.history("ph-3").damaged == {ACTIVE: in_force.trouble}


def test_without_pointer_and_copy_nobody_guesses_and_a_person_can_choose(store: Calibrations) -> None:
    kept = store.save(RECORD)
    (store.path / "ph-3" / ACTIVE).write_text("{")
    (store.path / "ph-3" / COPY).unlink()
    in_force = store.in_force("ph-3", "ph")
    assert in_force.record is None
    assert "nobody knows which calibration of ph-3 is in force" in in_force.trouble
    store.activate(kept.id, **WHO)
    assert store.in_force("ph-3", "ph") == (kept, "", store.in_force("ph-3", "ph").move)
    assert (store.path / "ph-3" / "active.damaged").read_text() == "{"


def test_what_a_power_cut_left_half_written_is_in_nobodys_way(store: Calibrations) -> None:
    """Cut between the temporary file and its name."""
    first = store.save(RECORD)
    temp = store.path / "ph-3" / ".new"
    temp.write_text('{"format": 1, "id"')
    assert store.in_force("ph-3", "ph").record == first
    second = store.save(RECORD)
    assert store.active("ph-3", "ph") == second
    assert not temp.exists()


def test_a_cut_between_the_copy_and_the_pointer_changes_nothing(store: Calibrations) -> None:
    first = store.save(RECORD)
    old = (store.path / "ph-3" / ACTIVE).read_text()
    store.save(RECORD)
    (store.path / "ph-3" / ACTIVE).write_text(old)
    assert store.in_force("ph-3", "ph")[:2] == (first, "")


@pytest.mark.parametrize("name", [ACTIVE, COPY])
def test_half_a_move_is_taken_back_and_what_is_said_is_true(store: Calibrations, name: str) -> None:
    first = store.save(RECORD)
    good = (store.path / "ph-3" / ACTIVE).read_text()
    other = COPY if name == ACTIVE else ACTIVE
    (store.path / "ph-3" / name).unlink()
    (store.path / "ph-3" / name).mkdir()
    (store.path / "ph-3" / name / "in the way").touch()
    with pytest.raises(CalibrationError, match="what was in force before still is"):
        store.save(RECORD)
    assert (store.path / "ph-3" / other).read_text() == good
    assert store.active("ph-3", "ph") == first


def test_whoever_writes_waits_for_whoever_writes(store: Calibrations, tmp_path: Path) -> None:
    """Another program with the same directory: neither loses a file or a move to the other."""
    program = (
        "import sys, pathlib\n"
        "from agent.acquire.calibration.store import Calibrations\n"
        "from tests.calibration.rig import RECORD\n"
        "store = Calibrations(pathlib.Path(sys.argv[1]))\n"
        "for _ in range(15): store.save(RECORD)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT) as child:
        wait_until(partial(has_files, store, 4), "it writes")
        for _ in range(15):
            store.save(RECORD)
        assert child.wait(60) == 0
    history = store.history("ph-3")
    assert (len(history.records), len(history.moves), dict(history.damaged)) == (30, 30, {})


def test_one_who_never_ends_is_not_waited_for_for_ever(
    store: Calibrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(RECORD)
    monkeypatch.setattr(durable, "_MOST_ASKED", 2)
    with (
        durable.held(store.path / "ph-3"),
        pytest.raises(CalibrationError, match="another program writes there; what was in force before"),
    ):
        store.save(RECORD)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_left_half_written_is_in_nobodys_way(store: Calibrations) -> None:
    store.save(RECORD)
    temp = store.path / "ph-3" / ".new"
    temp.write_text("{")
    temp.chmod(0o400)
    kept = store.save(RECORD)
    assert (store.path / "ph-3" / f"{kept.id}.json").stat().st_mode & 0o777 == 0o644


def test_a_full_disk_is_refused_in_words_and_nothing_is_half_done(store: Calibrations) -> None:
    first = store.save(RECORD)
    before = files(store)
    refused = "cannot be written: file too large; what was in force"
    with full_disk(), pytest.raises(CalibrationError, match=refused) as told:
        store.save(RECORD)
    assert told.value.hint
    with full_disk(), pytest.raises(CalibrationError, match="cannot be written"):
        store.withdraw("ph-3", "ph", **WHO)
    assert files(store) == before
    assert store.active("ph-3", "ph") == first


def test_a_directory_that_cannot_be_made_is_refused_in_words(store: Calibrations) -> None:
    store.path.write_text("a file stands where the directory should be")
    with pytest.raises(CalibrationError, match="cannot be written: not a directory"):
        store.save(RECORD)


def test_a_record_that_is_kept_but_cannot_be_put_in_force_says_so(store: Calibrations) -> None:
    store.save(RECORD)
    for name in (ACTIVE, COPY):
        (store.path / "ph-3" / name).unlink()
        (store.path / "ph-3" / name).mkdir()
        (store.path / "ph-3" / name / "in the way").touch()
        (store.path / "ph-3" / name).with_suffix(".damaged").write_text("a file")
    with pytest.raises(CalibrationError, match="the calibration itself is kept, as ph-3_ph_") as told:
        store.save(RECORD)
    assert "skyground calibration rollback ph-3/ph --to" in told.value.hint
    assert len([name for name in files(store) if name.startswith("ph-3_ph")]) == 2


@pytest.mark.parametrize("name", ["../../etc/passwd", "nothing_there", "", "*"])
def test_an_id_that_is_none_is_refused(store: Calibrations, name: str) -> None:
    store.save(RECORD)
    with pytest.raises(CalibrationError, match="there is no calibration"):
        store.read(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_makes_belongs_to_the_service(tmp_path: Path) -> None:
    os.chown(tmp_path, 1234, 1234)
    durable.make_directory(tmp_path / "calibrations" / "ph-3")
    assert (tmp_path / "calibrations" / "ph-3").stat().st_uid == 1234


def test_killed_in_the_middle_of_its_work_it_has_the_old_one_or_the_new_one(
    store: Calibrations, tmp_path: Path
) -> None:
    program = (
        "import sys, pathlib\n"
        "from agent.acquire.calibration.store import Calibrations\n"
        "from tests.calibration.rig import RECORD\n"
        "store = Calibrations(pathlib.Path(sys.argv[1]))\n"
        "while True: store.save(RECORD)\n"
    )
    for more in (4, 7, 12):  # of the first: record, copy, pointer, and one more
        wanted = len(files(store)) + more
        with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT) as child:
            wait_until(partial(has_files, store, wanted), "it has worked")
            child.kill()
        in_force, history = store.in_force("ph-3", "ph"), store.history("ph-3")
        assert in_force.record is not None
        assert in_force.trouble == ""
        assert history.damaged == {}
        assert {move.id for move in history.moves} <= {each.id for each in history.records}
