"""F11, F12, F16, F17: the disk is full, or read-only, or somebody else sits on the journal."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.faults.scene import Scene
from tests.faults.shim.storage import build
from tests.faults.stage import await_delivery, await_growth
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faults.history import Verdict
    from tests.faults.stage import Line, Stage
    from tests.system.agent_process import AgentProcess

_TMPFS_BYTES = 6_000_000
_RECORDS_IN_NEED = 200


def _full(stage: Stage) -> Verdict:
    """Somebody else's file takes all the space that there is, and goes away again."""
    with _small_disk(stage.folder / "state") as disk:
        line = stage.line()
        line.agent.start()
        for _ in range(stage.rounds):
            await_delivery(line.agent)
            with _filled(disk / "somebody-elses") as fill_again:
                _goes_on(line, fill_again)
                stage.promise(line.agent)
            _recovers(line)
        stage.promise(line.agent)
        return stage.conclude(line)


def _read_only(stage: Stage) -> Verdict:
    """Every call that changes a file ends with EROFS, as after the kernel has seen a card's errors."""
    switch = stage.folder / "read-only"
    line = stage.line(
        LD_PRELOAD=str(build(stage.folder)),
        FAULT_DIR=str(stage.folder / "state"),
        FAULT_SWITCH=str(switch),
        FAULT_ERRNO=str(errno.EROFS),
    )
    line.agent.start()
    for _ in range(stage.rounds):
        await_delivery(line.agent)
        switch.touch()
        _samples_while_the_journal_says_no(line, stage)
        switch.unlink()
        _recovers(line)
    stage.promise(line.agent)
    return stage.conclude(line)


def _locked(stage: Stage) -> Verdict:
    """Another program holds the write lock: somebody's database browser, say."""
    line = stage.line()
    line.agent.start()
    for _ in range(stage.rounds):
        await_delivery(line.agent)
        with closing(sqlite3.connect(line.agent.state / "journal.db", isolation_level=None)) as intruder:
            intruder.execute("BEGIN IMMEDIATE")
            _samples_while_the_journal_says_no(line, stage)
            intruder.execute("ROLLBACK")
        _recovers(line)
    stage.promise(line.agent)
    return stage.conclude(line)


def _blocked_checkpoints(stage: Stage) -> Verdict:
    """A reader that never ends its SELECT keeps the WAL from being used again."""
    line = stage.line()
    line.agent.start()
    await_delivery(line.agent)
    wal = line.agent.state / "journal.db-wal"
    with closing(sqlite3.connect(f"file:{line.agent.state / 'journal.db'}?mode=ro", uri=True)) as reader:
        still_open = reader.execute("SELECT seq FROM record")
        still_open.fetchone()
        await_growth(line.agent, 20 * stage.rounds)
        stage.note = f"WAL grew to {wal.stat().st_size // 1024} KiB"
        stage.promise(line.agent)
        still_open.close()
    return stage.conclude(line)


def _goes_on(line: Line, fill_again: Callable[[], None]) -> None:
    """Whatever the station does to help itself: records keep coming, on the disk or in memory."""

    def made() -> int:
        fill_again()
        journal = line.agent.status()["journal"]
        return int(journal["head"]) + int(journal["waiting"])

    enough = made() + _RECORDS_IN_NEED
    wait_until(lambda: made() > enough, "sampling goes on", 60)


def _samples_while_the_journal_says_no(line: Line, stage: Stage) -> None:
    stage.promise(line.agent)
    wait_until(lambda: _error(line.agent), "the journal's trouble is told", 60)
    before = int(line.agent.status()["journal"]["waiting"])
    wait_until(lambda: line.agent.status()["journal"]["waiting"] > before, "sampling goes on in memory")
    told = [each["event"] for each in line.agent.log() if "journal cannot be written" in each["event"]]
    assert told, "and it is in the log"


def _recovers(line: Line) -> None:
    """By itself, and what waited in memory is committed."""
    wait_until(lambda: not _error(line.agent), "the journal is written again", 60)
    await_growth(line.agent)


def _error(agent: AgentProcess) -> str:
    return str(agent.status()["journal"]["error"])


@contextmanager
def _small_disk(place: Path) -> Iterator[Path]:
    """A file system of few megabytes at `place`; only root can make one."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_TMPFS_BYTES}", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small file system can only be mounted by root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def _filled(path: Path) -> Iterator[Callable[[], None]]:
    """`path` takes all that is free; call what this yields to take what the station has freed since."""
    with path.open("ab", buffering=0) as filler:

        def fill() -> None:
            with suppress(OSError):
                while filler.write(b"\0" * 512):
                    pass

        fill()
        yield fill
    path.unlink()


FULL = Scene("F11", "no space left on the data's file system", _full, short=1, long=30)
READ_ONLY = Scene("F12", "data's file system turned read-only (EROFS)", _read_only, short=1, long=30)
LOCKED = Scene("F16", "another process holds the write lock", _locked, short=1, long=10)
BLOCKED_CHECKPOINTS = Scene("F17", "a reader blocks checkpoints", _blocked_checkpoints, short=1, long=50)
SCENES = [FULL, READ_ONLY, LOCKED, BLOCKED_CHECKPOINTS]
