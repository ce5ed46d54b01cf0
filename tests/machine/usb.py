"""A USB adapter is pulled out in the middle of an answer and comes back under another name.

The instruments answer on this side of the adapter's line. A program on the machine keeps the old device open,
so the adapter comes back as ttyUSB1, as it does on a station that is slow to notice.
"""

from __future__ import annotations

import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from agent.clock import NS
from agent.model import Flag, Observation, Why
from agent.paths import CONFIG, JOURNAL_NAME, STATE
from drivers.simulated.site import SERIAL_NAME, SimulatedSite
from tests.machine import site
from tests.machine.bridge import Bridge
from tests.machine.errors import MachineError
from tests.machine.image import prepare
from tests.machine.judge import read_all
from tests.machine.report import say, versions
from tests.machine.systemd_faults import uptime_s
from tests.machine.vm import VM, Hardware

if TYPE_CHECKING:
    import argparse

    from agent.model import Entry
    from tests.machine.shell import Shell

_PERIOD_S = 2.0
_BACK_WITHIN_S = 15.0
_FIRST_S = 60.0
_HOLD = "import os, time; os.open('/dev/ttyUSB0', os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK); time.sleep(1e6)"
_COPY = f"""\
import sqlite3
sqlite3.connect('file:{site.JOURNAL}?mode=ro', uri=True).execute("VACUUM INTO '/run/copy.db'")
"""
_STATION = """\
[station]
site = "demo-mine"
id = "st-1"
state_dir = "{state}"
[[bus]]
id = "rs485-0"
kind = "serial"
port = "{port}"
[[sensor]]
id = "soil-1"
model = "jxbs-3001"
bus = "rs485-0"
unit = 1
period_s = {period_s}
[[sensor]]
id = "ph-3"
model = "sup-ph8001"
bus = "rs485-0"
unit = 3
period_s = {period_s}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How long it is gone."""
    parser.add_argument("--gone", type=float, default=90, help="seconds that it is away the second time")


def run(args: argparse.Namespace) -> bool:
    """Pull it out twice, for a moment and for longer. True when each time it is read again soon."""
    with (
        tempfile.TemporaryDirectory(prefix="skyground-usb.") as place,
        SimulatedSite(Path(place), time.time, seed=1, scenario="calm"),
        VM(prepare(), Hardware(usb_serial=True)) as vm,
    ):
        say(f"booted in {vm.boot():.0f} s; {versions(vm.shell)}")
        with Bridge(vm.line, Path(place, SERIAL_NAME)) as bridge:
            port = _set_up(vm.shell)
            say(f"{port} is read")
            fine = [_pull(vm, bridge, gone_s) for gone_s in (5.0, args.gone)]
            return _is_accounted_for(vm.shell) and all(fine)


def _set_up(shell: Shell) -> str:
    """The station reads the adapter by its lasting name, which is returned."""
    port = shell.run("modprobe ftdi_sio; udevadm settle; ls /dev/serial/by-id/*").strip()
    # The old device stays open, so its number is not free when the adapter comes back.
    shell.write("/opt/machine/hold.py", _HOLD)
    shell.run(
        "systemd-run -q --unit holder python3 /opt/machine/hold.py; sleep 1; systemctl is-active holder"
    )
    shell.write(str(CONFIG), _STATION.format(state=STATE, port=port, period_s=_PERIOD_S))
    shell.run("chown -R skyground: /etc/skyground; systemctl start skyground")
    _wait_good(shell, 0.0, _FIRST_S)
    return port


def _pull(vm: VM, bridge: Bridge, gone_s: float) -> bool:
    """Pull it out in the middle of an answer, put it back. Whether it is read again in time."""
    half = threading.Event()
    bridge.stop_after(3, half)
    if not half.wait(_FIRST_S):
        raise MachineError("the station asked nothing")
    vm.unplug()
    time.sleep(gone_s)  # how long it is gone is what is tried
    bridge.go_on()
    vm.plug()
    plugged_s = uptime_s(vm.shell)
    back_s = _wait_good(vm.shell, plugged_s, 10 * _BACK_WITHIN_S)
    names = vm.shell.run("ls /dev/ttyUSB*; readlink /dev/serial/by-id/*").split()
    say(f"gone for {gone_s:g} s, back as {names}, read again {back_s:.1f} s after it was put in")
    return back_s <= _BACK_WITHIN_S and "/dev/ttyUSB1" in names


def _wait_good(shell: Shell, after_s: float, longest_s: float) -> float:
    """The seconds from `after_s` of the machine's time to the first good observation. Raises MachineError."""
    while True:
        good = [each.record.at.mono_ns / NS - after_s for each in _observations(shell) if _is_good(each)]
        later = [wait_s for wait_s in good if wait_s > 0]
        if later:
            return later[0]
        if uptime_s(shell) > after_s + longest_s:
            raise MachineError(f"no good observation for {longest_s:g} s")
        time.sleep(1)  # asking costs the machine more than waiting


def _observations(shell: Shell) -> list[Entry]:
    """What the journal holds by now, copied while the station writes it."""
    shell.run("rm -f /run/copy.db; python3 -", given=_COPY.encode())
    with tempfile.TemporaryDirectory(prefix="skyground-usb.") as place:
        journal = Path(place, JOURNAL_NAME)
        journal.write_bytes(shell.fetch("/run/copy.db"))
        return [entry for entry in read_all(journal)[0] if isinstance(entry.record, Observation)]


def _is_good(entry: Entry) -> bool:
    return isinstance(entry.record, Observation) and entry.record.flag is not Flag.MISSING


def _is_accounted_for(shell: Shell) -> bool:
    """Every slot has its record: a value, or that the bus was gone."""
    seen = _observations(shell)
    times: dict[str, list[int]] = {}
    whys: dict[str, int] = {}
    for entry in seen:
        assert isinstance(entry.record, Observation)
        times.setdefault(str(entry.record.channel), []).append(entry.record.at.mono_ns)
        if entry.record.why:
            name = str(Why(entry.record.why).name)
            whys[name] = whys.get(name, 0) + 1
    longest_s = max((b - a) / NS for each in times.values() for a, b in pairwise(each))
    say(f"{len(seen)} observations, not measured: {whys}; at most {longest_s:.1f} s between two of a channel")
    return longest_s < 2 * _PERIOD_S and "BUS_DOWN" in whys
