"""A small life of a journal, for a disk that fails at the N-th call: run under the shim, one fork per case.

    python -m tests.faults.storage_program SHIM FOLDER EARLY CASE...

A case is `N:errno:sticky`. Prints one JSON line per case: what was promised, what a healthy process finds.
Every value is told apart by its number, so a record stored twice, or half a batch, is seen. `EARLY` (0 or 1)
promises before the commit: the control that the loop must catch.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import structlog

from agent.journal.journal import Journal
from agent.journal.writer import JournalWriter
from agent.model import Observation
from tests.faults.facts import entries
from tests.faults.shim.storage import Faults
from tests.sinks.world import HandClock, observation

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 5
_BEFORE, _DURING = 3, 6  # batches that are safe before the trouble, and that meet it
_TRIES = 3  # a disk that failed once is well again when the writer comes back


class Case(NamedTuple):
    """The `nth` storage call fails with `error`; so do all behind it, if `sticky`. 0: none."""

    nth: int
    error: int
    sticky: int


def main(shim: str, folder: str, early: str, *cases: str) -> None:
    """Live through every case."""
    structlog.configure(processors=[_quiet])
    young, home = Path(folder) / "young", Path(folder) / "case"
    _forked(lambda _tell: _begin(young / "journal.db"))
    for text in cases:
        shutil.copytree(young, home)
        case, path = Case(*map(int, text.split(":"))), home / "journal.db"
        told, code = _forked(partial(_armed, Faults(shim), case, path, is_early=early == "1"))
        print(json.dumps(_verdict(text, told, code, path)), flush=True)  # noqa: T201  # its reader is a program
        shutil.rmtree(home)


def _begin(path: Path) -> None:
    """The journal as a power cut left it: everything in the WAL."""
    journal, writer, clock = _open(path)
    for n in range(_BEFORE):
        journal.append(_batch(n))
        writer.step(clock.now())


def _armed(faults: Faults, case: Case, path: Path, tell: Callable[[str], None], *, is_early: bool) -> None:
    faults.arm(case.nth, case.error, sticky=bool(case.sticky))
    try:
        _live(path, tell, is_early=is_early)
    except (
        OSError,
        sqlite3.OperationalError,
    ) as trouble:  # `skyground run` tells it and leaves it to systemd
        tell(f"refused {type(trouble).__name__}: {trouble}")
    tell(f"calls {faults.calls()} {faults.last()}")


def _live(path: Path, tell: Callable[[str], None], *, is_early: bool) -> None:
    journal, writer, clock = _open(path)
    for n in range(_BEFORE, _BEFORE + _DURING):
        journal.append(_batch(n))
        if is_early:
            tell(f"promise {n}")
        for _ in range(_TRIES):
            clock.mono_s += writer.step(clock.now())
        if not journal.waiting():
            tell(f"promise {n}")
        journal.advance("office", journal.head)
    writer.close()


def _open(path: Path) -> tuple[Journal, JournalWriter, HandClock]:
    journal, clock = Journal(path), HandClock()
    writer = JournalWriter(journal, clock, structlog.get_logger())
    writer.open(clock.now())
    return journal, writer, clock


def _batch(n: int) -> list[Observation]:
    return [observation(n, float(n * BATCH + i)) for i in range(BATCH)]


def _verdict(case: str, told: list[str], code: int, path: Path) -> dict[str, object]:
    """What a healthy process finds, by number of the value."""
    _, writer, _ = _open(path)
    writer.close()
    found = Counter(
        int(entry.record.value)
        for entry in entries(path)
        if isinstance(entry.record, Observation) and entry.record.value is not None
    )
    words = [line.split(" ", 1) for line in told]
    promised = [n for kind, rest in words if kind == "promise" for n in _numbers(int(rest))]
    safe = [n for batch in range(_BEFORE) for n in _numbers(batch)]
    calls, _, call = next((rest for kind, rest in words if kind == "calls"), "0 ").partition(" ")
    return {
        "case": case,
        "calls": int(calls),
        "failed": call,
        "refused": next((rest for kind, rest in words if kind == "refused"), ""),
        "code": code,
        "promised": sorted({*safe, *promised}),
        "found": sorted(found.elements()),
    }


def _numbers(batch: int) -> range:
    return range(batch * BATCH, (batch + 1) * BATCH)


def _forked(life: Callable[[Callable[[str], None]], None]) -> tuple[list[str], int]:
    """Run `life` in a child that ends without tidying up; returns what it told, and its exit code."""
    hears, tells = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            life(lambda text: (os.write(tells, f"{text}\n".encode()), None)[1])
            os._exit(0)
        finally:
            sys.excepthook(*sys.exc_info())  # there is one, or we would be gone
            os._exit(1)
    os.close(tells)
    with os.fdopen(hears, encoding="utf-8") as told:
        lines = told.read().splitlines()
    return lines, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _quiet(_logger: object, _method: str, _event: object) -> str:
    raise structlog.DropEvent


if __name__ == "__main__":
    main(*sys.argv[1:])
