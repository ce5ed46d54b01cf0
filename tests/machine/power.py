"""Power cuts of the whole station: a machine works, its disk is rebuilt as thousands of cuts would leave it.

The installed station runs under its unit, with its journal on a disk whose every write is logged. What any
reader has seen committed is promised in that log (guest/promise.py). Every rebuilt disk is mounted, its
journal read and checked record by record, and then written on by the next start of the station.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from agent.paths import JOURNAL_NAME, STATE
from tests.machine import site
from tests.machine.blocklog import Cut, cuts, whole, writes
from tests.machine.errors import MachineError
from tests.machine.image import mounted, prepare
from tests.machine.judge import Truth, Verdict, judge, read_all, truth
from tests.machine.report import say, versions
from tests.machine.vm import VM, Hardware

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from tests.machine.shell import Shell

_DISK_MB = 97
_FILE_SYSTEM_MB = 96
_PERIOD_S = 0.5
_PROGRESS_CUTS = 200
_CARELESS = """\
[Service]
ExecStart=
ExecStart=/opt/skyground/bin/python /opt/machine/careless.py run --config /etc/skyground/skyground.toml
"""


class Run(NamedTuple):
    """What one machine left: the log of its disk, and where in it the station began."""

    log: Path
    disk_bytes: int
    first: int
    last: int


class Tally:
    """What came of many cuts."""

    def __init__(self) -> None:
        self.cuts = self.losing = self.worst = self.unmountable = self.unflushed = self.torn = 0
        self.wrong: Counter[str] = Counter()

    def add(self, cut: Cut, verdict: Verdict | None) -> None:
        """One more; no verdict means that the file system did not mount."""
        self.cuts += 1
        self.unflushed += cut.unflushed > 0
        self.torn += cut.torn > 0
        if verdict is None:
            self.unmountable += 1
            return
        self.losing += verdict.lost > 0
        self.worst = max(self.worst, verdict.lost)
        self.wrong.update(verdict.wrong[:1])

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing wrong."""
        return not (self.losing or self.unmountable or self.wrong)

    def text(self) -> str:
        """One line for people."""
        wrong = f": {dict(self.wrong.most_common(5))}" if self.wrong else ""
        return (
            f"{self.cuts} cuts ({self.unflushed} with unflushed writes, {self.torn} with torn ones):"
            f" promised records lost in {self.losing} (at worst {self.worst}),"
            f" wrong {sum(self.wrong.values())}{wrong}, unmountable {self.unmountable}"
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many cuts of how long a life."""
    parser.add_argument("--cuts", type=int, default=2000, help="power cuts (%(default)s)")
    parser.add_argument("--seconds", type=float, default=240, help="of the machine at work (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="same log, same seed, same cuts (%(default)s)")
    parser.add_argument("--no-control", action="store_true", help="leave out the journal that does not flush")


def run(args: argparse.Namespace) -> bool:
    """Cut the station as it is, then a careless one, which must lose. True when both do as they should."""
    say(f"power: {args.cuts} cuts, {args.seconds:g} s at work, seed {args.seed}")
    fine = _try(args.cuts, args.seconds, args.seed, careless=False).is_clean
    if args.no_control:
        return fine
    say("control: the same station with synchronous=OFF, which must lose promised records")
    control = _try(max(50, args.cuts // 10), args.seconds / 3, args.seed, careless=True)
    if not control.losing:
        say("THE CONTROL LOST NOTHING: these cuts prove nothing")
    return fine and control.losing > 0


def _try(count: int, seconds: float, seed: int, *, careless: bool) -> Tally:
    with VM(prepare(), Hardware(data_mb=_DISK_MB)) as vm:
        say(f"booted in {vm.boot():.0f} s")
        say(versions(vm.shell))
        work = _work(vm, seconds, careless=careless)
        return _cut_all(work, count, seed)


def _work(vm: VM, seconds: float, *, careless: bool) -> Run:
    """Let the station work, killed once and restarted once on its way, then pull the plug."""
    shell = vm.shell
    _make_disk(shell)
    site.lay_out(shell, _PERIOD_S)
    if careless:
        site.put_program(shell, "careless.py")
        shell.write("/etc/systemd/system/skyground.service.d/careless.conf", _CARELESS)
        shell.run("systemctl daemon-reload")
    promise = site.put_program(shell, "promise.py")
    first = sum(1 for _ in writes(vm.data_log))
    shell.run(f"systemd-run -q --unit promise /opt/skyground/bin/python {promise} {site.JOURNAL} /dev/vdb")
    shell.run("systemctl start skyground")
    for event in (
        "systemctl kill -s KILL skyground",
        "systemctl restart skyground",
        "systemctl is-active promise",
    ):
        time.sleep(seconds / 3)  # the time at work is what is asked for
        say(f"{site.head(shell)} records; now: {event}")
        shell.run(event)
    vm.cut()
    return Run(vm.data_log, vm.data.stat().st_size, first, sum(1 for _ in writes(vm.data_log)))


def _make_disk(shell: Shell) -> None:
    """ext4 as on a card, but not to the end of the disk: promises stand there."""
    shell.run(f"mkfs.ext4 -q -b 4096 -E lazy_itable_init=0,lazy_journal_init=0 /dev/vdb {_FILE_SYSTEM_MB}M")
    shell.run(f"mkdir -p {STATE} && mount -o noatime,errors=remount-ro /dev/vdb {STATE} && sync")


def _cut_all(work: Run, count: int, seed: int) -> Tally:
    """Every cut judged. The random moments and what the card kept follow from the seed."""
    chance = random.Random(seed)
    written = _written(work)
    moments = sorted(chance.choices(range(work.first, work.last), k=count))
    say(f"{work.last - work.first} disk operations, {len(written)} records; cutting")
    tally = Tally()
    with cuts(work.log, work.disk_bytes, moments, chance) as each:
        for cut in each:
            tally.add(cut, _judged(cut, written))
            if tally.cuts % _PROGRESS_CUTS == 0:
                say(tally.text())
    say(tally.text())
    return tally


def _written(work: Run) -> Truth:
    """Every record that the station wrote: the disk with nothing lost."""
    with whole(work.log, work.disk_bytes) as image, mounted(image) as disk:
        return truth(read_all(disk / JOURNAL_NAME)[0])


def _judged(cut: Cut, written: Truth) -> Verdict | None:
    try:
        with mounted(cut.image) as disk:
            verdict = judge(disk / JOURNAL_NAME, cut.promised, written)
    except MachineError:
        return None
    if verdict.lost or verdict.wrong:
        say(f"after {cut.moment} operations, {cut.kept} of {cut.unflushed} kept: {verdict}")
    return verdict
