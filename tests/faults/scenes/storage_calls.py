"""F13: ENOSPC or EIO at the N-th storage call of a journal's life, for every N, once and from then on."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.faults.history import NOTHING, Fact, History, Identity
from tests.faults.scene import Scene
from tests.faults.shim.storage import build
from tests.faults.storage_program import BATCH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.history import Verdict
    from tests.faults.stage import Stage

_MARGIN = 12  # a life with a fault in it makes a few calls more
_KINDS = [(error, sticky) for error in (errno.ENOSPC, errno.EIO) for sticky in (0, 1)]


def _every_call(stage: Stage) -> Verdict:
    return _calls(stage, early=0)


def _promised_early(stage: Stage) -> Verdict:
    return _calls(stage, early=1)


def _calls(stage: Stage, early: int) -> Verdict:
    """`stage.rounds` calls are tried, spread over all that there are; or all of them."""
    library = build(stage.folder)
    (healthy,) = _lives(stage, str(library), early, ["0:0:0"])
    calls = healthy["calls"] + _MARGIN
    stride = max(1, calls // stage.rounds)
    cases = [
        f"{first + stage.dice.randrange(stride)}:{error}:{sticky}"
        for first in range(1, calls, stride)
        for error, sticky in _KINDS
    ]
    lives = _lives(stage, str(library), early, cases)
    assert len(lives) == len(cases)
    struck = {life["failed"] for life in lives if life["failed"]}
    refused = sum(bool(life["refused"]) for life in lives)
    stage.tried = len(lives)
    stage.note = f"{refused} refused to start; struck {', '.join(sorted(struck))}"
    return sum((_verdict(life) for life in lives), start=NOTHING)


def _lives(stage: Stage, library: str, early: int, cases: list[str]) -> list[dict[str, Any]]:
    home = stage.folder / f"lives-{len(cases)}"
    home.mkdir()
    program = [sys.executable, "-m", "tests.faults.storage_program", library, str(home), str(early), *cases]
    # What measures coverage keeps a database of its own, through the same SQLite and under the same shim.
    calm = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    run = subprocess.run(
        program,
        check=False,
        capture_output=True,
        text=True,
        env={**calm, "LD_PRELOAD": library, "FAULT_DIR": str(home)},
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == "", run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def _verdict(life: dict[str, Any]) -> Verdict:
    """Promised and found; a value that is there twice, or a batch that is there in part, is wrong."""
    assert life["code"] == 0, life
    history = History()
    history.promise(_facts(life["promised"]))
    found = life["found"]
    history.know(_facts(found))
    batches = [n // BATCH for n in found]
    spoilt = sum(batches.count(batch) != BATCH for batch in set(batches))
    return history.judge(list(_facts(found)))._replace(wrong=spoilt)


def _facts(numbers: Iterable[int]) -> Iterable[Fact]:
    return (Fact(Identity("", n), is_alert=False, content=("ph-3/ph", float(n))) for n in numbers)


EVERY_CALL = Scene("F13", "ENOSPC or EIO at the N-th storage call", _every_call, short=16, long=1000)
PROMISED_EARLY = Scene(
    "F13", "the same, promised before the commit", _promised_early, short=6, long=20, control=True
)
SCENES = [EVERY_CALL, PROMISED_EARLY]
