"""The station under its unit file on a real systemd: hung, killed, leaking, frozen, misconfigured, and back.

Idle time passes in seconds, so watchdogs and restarts keep their real delays. After every fault the station
must run again by itself, and what was in the journal must still be there.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from agent.paths import JOURNAL_NAME, STATE
from tests.machine import site
from tests.machine.errors import MachineError
from tests.machine.image import prepare
from tests.machine.judge import read_all
from tests.machine.report import say, versions
from tests.machine.systemd_faults import FAULTS, Fault, back_after
from tests.machine.vm import VM, Hardware
from tests.machine.work import DISK_MB, make_disk

if TYPE_CHECKING:
    import argparse

    from tests.machine.shell import Shell

_PERIOD_S = 5.0
# A machine that lost its kernel comes back with everything: the disk of the journal, the site, the station.
_FSTAB = f"/dev/vdb {STATE} ext4 rw,noatime,errors=remount-ro 0 2\n"
_WATCHDOG = "[Manager]\nRuntimeWatchdogSec=15\nRebootWatchdogSec=15\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which faults."""
    parser.add_argument(
        "--only", action="append", metavar="WORD", help="faults with this word in their title"
    )


def run(args: argparse.Namespace) -> bool:
    """Every fault in turn. True when the station got over each of them and the journal is whole."""
    with VM(prepare(), Hardware(data_mb=DISK_MB, watchdog=True, leap=True)) as vm:
        say(f"booted in {vm.boot():.0f} s; {versions(vm.shell)}")
        _set_up(vm.shell)
        chosen = [each for each in FAULTS if not args.only or any(word in each.title for word in args.only)]
        fine = [_gets_over(vm, fault) for fault in chosen]
        return _is_whole(vm.shell) and all(fine)


def _set_up(shell: Shell) -> None:
    make_disk(shell)
    shell.run(f"echo '{_FSTAB.strip()}' >>/etc/fstab")
    site.lay_out(shell, _PERIOD_S)
    site.put_program(shell, "leaky.py")
    shell.write("/etc/systemd/system.conf.d/watchdog.conf", _WATCHDOG)
    shell.run("systemctl daemon-reexec; systemctl -q enable --now skyground")
    score = shell.run("systemd-analyze security --no-pager skyground | tail -1").strip()
    say(f"running: {shell.run('systemctl show -P StatusText skyground').strip()}; {score}")


def _gets_over(vm: VM, fault: Fault) -> bool:
    """Play one fault; then new records must come, after those that were there."""
    before = site.head(vm.shell)
    try:
        seen = fault.play(vm)
        back_s = back_after(vm.shell, before)
    except MachineError as error:
        log = vm.shell.attempt("systemctl status --no-pager -l skyground | tail -25")[1]
        say(f"FAILED {fault.title}: {error}\n{log}")
        return False
    say(f"{fault.title}: {seen}; records again {back_s:.0f} s later")
    return True


def _is_whole(shell: Shell) -> bool:
    """The journal of the whole trial: no record damaged, none missing."""
    shell.run("systemctl stop skyground")
    with tempfile.TemporaryDirectory(prefix="skyground-systemd.") as place:
        journal = Path(place, JOURNAL_NAME)
        journal.write_bytes(shell.fetch(site.JOURNAL))
        entries, damaged = read_all(journal)
    holes = [entry.seq for entry in entries] != list(range(1, len(entries) + 1))
    order = "HOLES in the order" if holes else "no hole"
    say(f"the journal at the end: {len(entries)} records, {len(damaged)} damaged, {order}")
    return not damaged and not holes
