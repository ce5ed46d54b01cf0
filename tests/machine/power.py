"""Power cuts of the whole station: a machine works, its disk is rebuilt as thousands of cuts would leave it.

The installed station runs under its unit, with its journal on a disk whose every write is logged. What any
reader has seen committed is promised in that log (guest/promise.py). Every rebuilt disk is mounted, its
journal read and checked record by record, and then written on by the next start of the station.
"""

from __future__ import annotations

import random
import tempfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from agent.paths import JOURNAL_NAME
from tests.machine.blocklog import Cut, cuts, unflushed, whole
from tests.machine.errors import MachineError
from tests.machine.full import MAX_MB, fill
from tests.machine.image import ROOT, mounted, prepare
from tests.machine.judge import Truth, Verdict, judge, read_all, truth
from tests.machine.report import say, versions
from tests.machine.tally import Tally
from tests.machine.vm import VM, Hardware
from tests.machine.work import DISK_MB, Life, Run, work

if TYPE_CHECKING:
    import argparse

_PROGRESS_CUTS = 500
_TOLD = 5
# The first writes and flushes of a start that upgrades its journal: the upgrade, and a little after it.
_UPGRADE = 80
_OLD_JOURNAL = ROOT / "tests/journal/files/schema-1-killed.db"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many cuts of how long a life."""
    parser.add_argument("--cuts", type=int, default=2000, help="power cuts (%(default)s)")
    parser.add_argument("--seconds", type=float, default=240, help="of the station at work (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="same log, same seed, same cuts (%(default)s)")


def run(args: argparse.Namespace) -> bool:
    """Cut a new station, one whose journal is full, one that upgrades its journal, and a careless one.

    Returns:
        Whether the first three lost nothing and the last one did.
    """
    say(f"power: {args.cuts} cuts, {args.seconds:g} s at work, seed {args.seed}")
    few = max(100, args.cuts // 10)
    new = _try(Life("a new journal", args.seconds), args.cuts, args.seed)
    with tempfile.TemporaryDirectory(prefix="skyground-full.") as place:
        fill(Path(place, JOURNAL_NAME))
        full = _try(_full(Path(place, JOURNAL_NAME)), few, args.seed)
    old = _try(Life("a journal of schema 1, upgraded", 15, _OLD_JOURNAL, operations=_UPGRADE), few, args.seed)
    careless = _try(Life("control: synchronous=OFF, must lose", 60, careless=True), few, args.seed)
    if not careless.losing:
        say("THE CONTROL LOST NOTHING: these cuts prove nothing")
    return new.is_clean and full.is_clean and old.is_clean and careless.losing > 0


def _try(life: Life, count: int, seed: int) -> Tally:
    with VM(prepare(), Hardware(data_mb=DISK_MB)) as vm:
        say(f"{life.title}: booted in {vm.boot():.0f} s; {versions(vm.shell)}")
        before = truth(read_all(life.journal)[0]) if life.journal else {}
        tally = _cut_all(work(vm, life), count, seed, before)
        say(f"{life.title}: {tally.text()}")
        return tally


def _full(journal: Path) -> Life:
    return Life("a full journal, pruned", 150, journal, config=f"\n[journal]\nmax_mb = {MAX_MB}\n")


def _cut_all(run: Run, count: int, seed: int, before: Truth) -> Tally:
    """Every cut judged. The random moments and what the card kept follow from the seed."""
    chance = random.Random(seed)
    end = _written(run)
    written = before | end
    pruned = f", {len(written) - len(end)} of them pruned" if len(written) > len(end) else ""
    say(f"cutting among {run.last - run.first} disk operations; {len(written)} records{pruned}")
    tally = Tally()
    with cuts(run.log, run.disk_bytes, _moments(run, count, chance), chance) as each:
        for cut in each:
            verdict = _judged(cut, written)
            tally.add(cut, verdict)
            if verdict and (verdict.lost or verdict.wrong) and tally.losing + tally.wrong.total() <= _TOLD:
                say(f"after {cut.moment} operations, {cut.kept} of {cut.unflushed} kept: {verdict}")
            if tally.cuts % _PROGRESS_CUTS == 0:
                say(tally.text())
    return tally


def _moments(run: Run, count: int, chance: random.Random) -> list[int]:
    """When to cut: at any moment, the likelier the more there is to lose."""
    weights = [1 + each for each in islice(unflushed(run.log), run.first, run.last)]
    return sorted(chance.choices(range(run.first + 1, run.last + 1), weights, k=count))


def _written(run: Run) -> Truth:
    """Every record that the station wrote: the disk with nothing lost."""
    with whole(run.log, run.disk_bytes) as image, mounted(image) as disk:
        return truth(read_all(disk / JOURNAL_NAME)[0])


def _judged(cut: Cut, written: Truth) -> Verdict | None:
    try:
        with mounted(cut.image) as disk:
            return judge(disk / JOURNAL_NAME, cut.promised, written)
    except MachineError:
        return None
