"""A station at work on a machine whose disk is logged, until the plug is pulled."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from agent.paths import CONFIG, STATE
from tests.machine import site
from tests.machine.blocklog import writes
from tests.machine.report import say

if TYPE_CHECKING:
    from pathlib import Path

    from tests.machine.shell import Shell
    from tests.machine.vm import VM

DISK_MB = 97
_FILE_SYSTEM_MB = 96
_PERIOD_S = 0.5
_EVENTS = ("systemctl kill -s KILL skyground", "systemctl restart skyground", "systemctl is-active promise")
_CARELESS = f"""\
[Service]
ExecStart=
ExecStart=/opt/skyground/bin/python /opt/machine/careless.py run --config {CONFIG}
"""


class Life(NamedTuple):
    """One station: what its journal is at the start, and whether it waits for the disk.

    Attributes:
        seconds: how long it works, killed after a third of it and restarted after another.
        journal: the file that it finds, with its WAL; None to make its own.
        config: TOML appended to its configuration.
        operations: only the first so many operations of the disk are cut: the start.
    """

    title: str
    seconds: float
    journal: Path | None = None
    config: str = ""
    operations: int = 1 << 30
    careless: bool = False


class Run(NamedTuple):
    """What one machine left: the log of its disk, and between which entries to cut."""

    log: Path
    disk_bytes: int
    first: int
    last: int


def work(vm: VM, life: Life) -> Run:
    """Let the station live its life, then pull the plug."""
    shell = vm.shell
    make_disk(shell)
    site.lay_out(shell, _PERIOD_S, life.config)
    if life.careless:
        site.put_program(shell, "careless.py")
        shell.write("/etc/systemd/system/skyground.service.d/careless.conf", _CARELESS)
        shell.run("systemctl daemon-reload")
    promise = site.put_program(shell, "promise.py")
    if life.journal:
        _lay_down(shell, life.journal)
    first = _operations(vm)
    shell.run(f"systemd-run -q --unit promise /opt/skyground/bin/python {promise} {site.JOURNAL} /dev/vdb")
    shell.run("systemctl start skyground")
    for event in _EVENTS:
        time.sleep(life.seconds / len(_EVENTS))  # the time at work is what is asked for
        say(f"{site.head(shell)} records; now: {event}")
        shell.run(event)
    vm.cut()
    last = min(_operations(vm), first + life.operations)
    return Run(vm.data_log, vm.data.stat().st_size, first, last)


def make_disk(shell: Shell) -> None:
    """ext4 as on a card, but not to the end of the disk: promises stand there."""
    shell.run(f"mkfs.ext4 -q -b 4096 -E lazy_itable_init=0,lazy_journal_init=0 /dev/vdb {_FILE_SYSTEM_MB}M")
    shell.run(f"mkdir -p {STATE} && mount -o noatime,errors=remount-ro /dev/vdb {STATE} && sync")


def _lay_down(shell: Shell, journal: Path) -> None:
    """A journal from elsewhere, with the WAL that a killed station left beside it."""
    for part in sorted(journal.parent.glob(f"{journal.name}*")):
        name = site.JOURNAL + part.name.removeprefix(journal.name)
        shell.run(f"cat >{name}", given=part.read_bytes())
    shell.run(f"chown -R skyground: {STATE}; sync")


def _operations(vm: VM) -> int:
    return sum(1 for _ in writes(vm.data_log))
