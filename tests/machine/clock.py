"""A machine without a clock chip: three hours of observations in the wrong year, then the network answers.

Four boots, each at the clock chip's 1970. The truth of each is its time since boot plus a constant that the
trial knows: a server on the machine tells it over NTP to systemd-timesyncd, when the trial lets it. Idle time
passes in seconds, so the hours are real hours for the machine and its station.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.model import Event
from agent.paths import JOURNAL_NAME, STATE
from agent.publish.stamp import iso_ms
from tests.machine import site
from tests.machine.image import prepare
from tests.machine.judge import read_all
from tests.machine.report import say, versions
from tests.machine.times import account
from tests.machine.vm import VM, Hardware

if TYPE_CHECKING:
    import argparse

    from agent.model import Entry
    from tests.machine.shell import Shell

_CHIP = "1970-01-01T00:00:00"
_HOUR_S = 3600.0
_WITHOUT_POWER_S = 1800.0
_PERIOD_S = 60.0
_BACK_AND_FORTH = 2
_SYNCED = "/run/systemd/timesync/synchronized"

# While the machine waits for its disk, its time leaps from one timer to the next: a slow start is no hang.
_PATIENT = "[Service]\nTimeoutStartSec=infinity\nWatchdogSec=0\n"


class Boot(NamedTuple):
    """One life of the machine: hours before the network tells the time, and after; a step of the clock."""

    title: str
    unset_h: float
    set_h: float
    step: str = ""


BOOTS = [
    Boot("told the time at once", 0.0, 0.5),
    Boot("never told the time", 1.5, 0.0),
    Boot("told the time after three hours", 3.0, 0.5),
    Boot("stepped a day back and forth by hand", 0.0, 0.5, step="-1 day"),
]


class Life(NamedTuple):
    """What happened in a boot: true Unix time = time since boot + `offset_ns`."""

    boot: Boot
    boot_id: str
    offset_ns: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""
    parser.add_argument("--hours", type=float, default=1.0, help="this times the usual hours (%(default)g)")


def run(args: argparse.Namespace) -> bool:
    """Four boots, then the times in the journal against the truth. True when they are as they should be."""
    with VM(prepare(), Hardware(rtc=_CHIP, leap=True)) as vm:
        lives: list[Life] = []
        begin_s = time.time()
        for boot in BOOTS:
            took_s = vm.boot()
            if not lives:
                say(versions(vm.shell))
                _set_up(vm.shell)
            life = _live(vm.shell, boot, begin_s, args.hours)
            end_s = begin_s + _uptime_s(vm.shell)
            hours = (end_s - begin_s) / _HOUR_S
            say(f"booted in {took_s:.0f} s, on for {hours:.2f} h, {site.head(vm.shell)} records by now")
            lives.append(life)
            begin_s = end_s + _WITHOUT_POWER_S
            if boot is not BOOTS[-1]:
                vm.cut()
        return _report(_entries(vm.shell), lives)


def _set_up(shell: Shell) -> None:
    site.lay_out(shell, _PERIOD_S)
    site.put_program(shell, "time_server.py")
    shell.write("/etc/systemd/timesyncd.conf.d/machine.conf", "[Time]\nNTP=127.0.0.1\nFallbackNTP=\n")
    shell.write("/etc/systemd/system/skyground.service.d/machine.conf", _PATIENT)
    shell.run("systemctl daemon-reload; systemctl -q enable skyground && sync")


def _live(shell: Shell, boot: Boot, begin_s: float, share: float) -> Life:
    """Let the station work through one boot."""
    life = Life(boot, shell.run("cat /proc/sys/kernel/random/boot_id").strip(), int(begin_s * NS))
    shell.run("systemctl start skyground")
    clock = shell.run("date -u +%FT%TZ").strip()
    say(f"{boot.title}: the machine's clock says {clock}, it is {iso_ms(life.offset_ns)}")
    _sleep(shell, boot.unset_h * share)
    if boot.set_h:
        _tell_the_time(shell, begin_s)
    if boot.step:
        _sleep(shell, boot.set_h * share / 3)
        shell.run(f"systemctl stop systemd-timesyncd && date -s '{boot.step}'")
        _sleep(shell, boot.set_h * share / 3)
        shell.run("systemctl start systemd-timesyncd")
    _sleep(shell, boot.set_h * share)
    shell.run("sync")
    return life


def _tell_the_time(shell: Shell, begin_s: float) -> None:
    """The network comes up; wait until systemd-timesyncd has set the clock."""
    server = "/opt/skyground/bin/python /opt/machine/time_server.py"
    shell.run(f"systemd-run -q --unit time-server {server} {begin_s:.6f}")
    shell.run(f"systemctl start systemd-timesyncd; while [ ! -e {_SYNCED} ]; do sleep 0.2; done; date -u")


def _sleep(shell: Shell, hours: float) -> None:
    shell.run(f"sleep {hours * _HOUR_S:.0f}", timeout_s=900)


def _uptime_s(shell: Shell) -> float:
    return float(shell.run("cat /proc/uptime").split()[0])


def _entries(shell: Shell) -> list[Entry]:
    """The journal, fetched from the machine after a clean stop."""
    shell.run("systemctl stop skyground")
    with tempfile.TemporaryDirectory(prefix="skyground-clock.") as place:
        journal = Path(place, JOURNAL_NAME)
        journal.write_bytes(shell.fetch(f"{STATE}/{JOURNAL_NAME}"))
        entries, damaged = read_all(journal)
    assert not damaged
    return entries


def _report(entries: list[Entry], lives: list[Life]) -> bool:
    """Every boot's times. True when all are settled, none is further off than stated, steps on record."""
    fine = True
    for life in lives:
        mine = [entry for entry in entries if entry.boot == life.boot_id]
        found = account(mine, life.offset_ns)
        if found is None:
            say(f"{life.boot.title}: NOTHING OBSERVED")
            return False
        steps = sum(isinstance(entry.record, Event) and entry.record.kind == "clock_step" for entry in mine)
        say(f"{life.boot.title}: {steps} clock_step on record\n{found.text()}")
        # Whom the station trusts it believes (docs/time.md): times of a wrong step stay, but it is on record.
        true = steps >= _BACK_AND_FORTH if life.boot.step else not found.untrue
        fine = fine and true and not found.unsettled and found.spacing_s[1] < 2 * _PERIOD_S
    return fine
