"""F15: the journal's file is cut, emptied, or replaced by something else while the station is off."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from tests.faults.facts import (
    journaled,
    readable,
    reported_damaged,
    told_of_journals_set_aside,
    whereabouts,
)
from tests.faults.scene import Scene
from tests.faults.stage import await_delivery, await_growth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

    from tests.faults.facts import Key
    from tests.faults.history import Identity, Verdict
    from tests.faults.stage import Stage


def _spoilt(stage: Stage) -> Verdict:
    """Undelivered records are in a file that is spoilt: the station says so, and goes on in a new one."""
    line = stage.line()
    path = line.agent.state / "journal.db"
    reported: set[Identity] = set()
    slowest_s, saved = 0.0, 0
    for turn in range(stage.rounds):
        line.wire.down()
        line.agent.start()
        await_growth(line.agent, 5)
        line.agent.kill()
        before = journaled(path, lambda _seq: None)
        stage.history.promise(before)
        places = whereabouts(path)
        _SPOILERS[turn % len(_SPOILERS)](path, stage.dice)
        legible = readable(path)
        began_s = time.monotonic()
        line.agent.start()
        await_growth(line.agent)
        slowest_s = max(slowest_s, time.monotonic() - began_s)
        if told_of_journals_set_aside(path, before):
            still_there = {places[key] for key in places.keys() & legible}
            journals = {fact.identity.journal for fact in before}
            reported |= {each for each in stage.history.promised if each.journal in journals} - still_there
        taken_over = _follow(stage, places, path)
        if taken_over:
            line.wire.up()
            await_delivery(line.agent)
        saved += taken_over
        assert line.agent.stop() == 0
    stage.note = f"{saved} taken over by another journal; sampling again within {slowest_s:.1f} s"
    line.wire.up()
    line.agent.start()
    return stage.conclude(line, lambda: reported | reported_damaged(path))


def _follow(stage: Stage, places: dict[Key, Identity], path: Path) -> int:
    """Expect under its new name what another journal has taken over. Returns how many those are."""
    now = whereabouts(path)
    moved = [key for key in places.keys() & now.keys() if places[key] != now[key]]
    for key in moved:
        if places[key] in stage.history.promised:
            stage.history.moved(places[key], now[key])
    return len(moved)


def _cut_short(path: Path, dice: Random) -> None:
    _without_wal(path)
    path.write_bytes(path.read_bytes()[: dice.randrange(1, path.stat().st_size)])


def _emptied(path: Path, _dice: Random) -> None:
    _without_wal(path)
    path.write_bytes(b"")


def _garbage(path: Path, dice: Random) -> None:
    _without_wal(path)
    path.write_bytes(dice.randbytes(50_000))


def _holed(path: Path, dice: Random) -> None:
    """The card returns zeros for a stretch."""
    _without_wal(path)
    data = bytearray(path.read_bytes())
    at = dice.randrange(0, len(data), 512)
    data[at : at + 4096] = bytes(len(data[at : at + 4096]))
    path.write_bytes(data)


def _without_wal(path: Path) -> None:
    """Into the one file, as after a clean stop; what is spoilt then is all that there is."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for part in ("-wal", "-shm"):
        path.with_name(path.name + part).unlink(missing_ok=True)


_SPOILERS: tuple[Callable[[Path, Random], None], ...] = (_cut_short, _holed, _garbage, _emptied)

SPOILT = Scene("F15", "journal cut short, emptied, overwritten", _spoilt, short=2, long=40)
SCENES = [SPOILT]
