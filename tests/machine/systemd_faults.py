"""What goes wrong under systemd, one function each: it does it, waits for its end, and says what it saw."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from agent.paths import CONFIG, STATE
from tests.machine import site
from tests.machine.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.machine.shell import Shell
    from tests.machine.vm import VM

_KILLS = 20
_BACK_S = 600.0
_LOCKED_S = 400
_FROZEN_S = 300
_MOST_RESTARTS = 200
_DROP_IN = "/etc/systemd/system/skyground.service.d/machine.conf"
_LEAKY = f"""\
[Service]
ExecStart=
ExecStart=/opt/skyground/bin/python /opt/machine/leaky.py run --config {CONFIG}
"""
_ACTIVE = "while [ $(systemctl is-active skyground) != active ]; do sleep 0.5; done"


class Fault(NamedTuple):
    """One fault and how it is played. `play` raises MachineError."""

    title: str
    play: Callable[[VM], str]


def back_after(shell: Shell, head: int) -> float:
    """The machine's seconds until there are records behind `head`. Raises MachineError when none come."""
    began_s = uptime_s(shell)
    while site.head(shell) <= head:
        if uptime_s(shell) > began_s + _BACK_S:
            raise MachineError(f"no record for {_BACK_S:g} s after it")
        shell.run("sleep 1")
    return uptime_s(shell) - began_s


def uptime_s(shell: Shell) -> float:
    """The machine's seconds since boot."""
    return float(shell.run("cat /proc/uptime").split()[0])


def restarts(shell: Shell) -> int:
    """How often systemd has restarted the station by itself."""
    return int(shell.run("systemctl show -P NRestarts skyground"))


def _wait_restarted(shell: Shell, before: int, longest_s: int = 600) -> str:
    """Until systemd has restarted it once more than `before`; how long that took, in words."""
    began_s = uptime_s(shell)
    enough = f"[ $(systemctl show -P NRestarts skyground) -gt {before} ]"
    shell.run(f"for i in $(seq {longest_s}); do {enough} && exit 0; sleep 1; done; exit 1")
    shell.run(_ACTIVE)
    return f"restarted after {uptime_s(shell) - began_s:.0f} s"


def hang(vm: VM) -> str:
    """Every thread stands still: the watchdog must notice."""
    before = restarts(vm.shell)
    vm.shell.run("systemctl kill -s STOP skyground")
    took = _wait_restarted(vm.shell, before)
    log = vm.shell.run("journalctl -u skyground -o cat --no-pager")
    stacks = "most recent call first" in log
    if "Watchdog timeout" not in log or not stacks:
        raise MachineError(f"no watchdog in the log, or no stacks: {log[-1500:]}")
    return f"watchdog, stacks in the log, {took}"


def many_kills(vm: VM) -> str:
    """More crashes in a row than systemd forgives by default."""
    before = restarts(vm.shell)
    for count in range(_KILLS):
        vm.shell.run(f"systemctl kill -s KILL skyground; sleep 1; {_ACTIVE}")
        if restarts(vm.shell) <= before + count:
            raise MachineError(f"kill {count + 1} was not followed by a restart")
    return f"{restarts(vm.shell) - before} restarts after {_KILLS} kills in a row, never failed"


def cannot_start(vm: VM) -> str:
    """Another copy holds the lock: every start fails, for minutes."""
    before = restarts(vm.shell)
    lock = f"systemd-run -q --unit holder flock {STATE}/lock sleep {_LOCKED_S}"
    vm.shell.run(f"systemctl kill -s KILL skyground; {lock}; sleep {_LOCKED_S - 20}")
    state = vm.shell.run("systemctl is-failed skyground || true").strip()
    count = restarts(vm.shell) - before
    if state == "failed" or count < _KILLS:
        raise MachineError(f"{count} restarts, state {state}")
    vm.shell.run(f"sleep 20; {_ACTIVE}")
    return f"{count} starts refused by the lock in {_LOCKED_S - 20} s, never failed for good"


def leak(vm: VM) -> str:
    """Ten megabytes a second: the unit's limit ends it, the machine goes on."""
    vm.shell.write(_DROP_IN, _LEAKY)
    vm.shell.run("systemctl daemon-reload; systemctl restart skyground")  # which counts restarts from 0 again
    took = _wait_restarted(vm.shell, 0)
    vm.shell.run(f"rm {_DROP_IN}; systemctl daemon-reload; systemctl restart skyground")
    result = "journalctl -u skyground -o cat --no-pager | grep -o 'Failed with result.*' | tail -1"
    if vm.shell.run("systemctl is-active mine mosquitto").split() != ["active", "active"]:
        raise MachineError("the leak took its neighbours with it")
    return f"{vm.shell.run(result).strip()} {took}; its neighbours never noticed"


def freeze(vm: VM) -> str:
    """The disk takes no write for minutes: the writer is stuck in the kernel, where no signal reaches it."""
    before = restarts(vm.shell)
    vm.shell.run(f"fsfreeze -f {STATE}; sleep {_FROZEN_S}; fsfreeze -u {STATE}", timeout_s=600)
    copies = vm.shell.run("pgrep -c -f '^[^ ]*python3 [^ ]*skyground run' || true").strip()
    vm.shell.run(f"sleep 5; {_ACTIVE}", timeout_s=600)
    count = restarts(vm.shell) - before
    if count > _MOST_RESTARTS:
        raise MachineError(f"{count} restarts")
    return f"frozen for {_FROZEN_S} s, {copies} processes at its end, {count} restarts"


def wrong_configuration(vm: VM) -> str:
    """A person broke the file: 78, no restart, the reason in the log; mended, it starts again."""
    vm.shell.run(
        f"cp {CONFIG} /var/tmp/good.toml; echo 'colour = 1' >>{CONFIG}; systemctl restart skyground || true"
    )
    status = vm.shell.run(
        "sleep 30; systemctl show -p ExecMainStatus -p ActiveState --value skyground"
    ).split()
    log = vm.shell.run("journalctl -u skyground -o cat --no-pager -n 12")
    vm.shell.run(f"cp /var/tmp/good.toml {CONFIG}; systemctl restart skyground")
    if "78" not in status or "colour" not in log:
        raise MachineError(f"status {status}, log: {log}")
    return "ended with 78, not restarted, the log names the key"


def dead_kernel(vm: VM) -> str:
    """PID 1 is gone: the hardware watchdog resets the machine."""
    boot = vm.shell.run("cat /proc/sys/kernel/random/boot_id")
    vm.console.write_bytes(b"")
    vm.shell.attempt("sync; kill -SEGV 1; sleep 1", timeout_s=60)
    vm.shell.close()
    began_s = time.monotonic()
    vm.wait_booted()
    if vm.shell.run("cat /proc/sys/kernel/random/boot_id") == boot:
        raise MachineError("the machine was not reset")
    vm.shell.run(_ACTIVE)
    return f"reset by the watchdog and booted within {time.monotonic() - began_s:.0f} s of ours"


FAULTS = [
    Fault("hung (stopped process)", hang),
    Fault("killed again and again", many_kills),
    Fault("cannot start for minutes", cannot_start),
    Fault("memory leak", leak),
    Fault("frozen disk", freeze),
    Fault("wrong configuration", wrong_configuration),
    Fault("dead PID 1", dead_kernel),
]
