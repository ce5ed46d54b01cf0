"""What the kernel knows about a process: memory, CPU time, bytes to the disk (proc(5))."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_KIB_PER_MIB = 1024
_UTIME, _STIME = 11, 12  # of the fields behind the name in parentheses


class Memory(NamedTuple):
    """Resident: all pages in RAM. Proportional: pages shared with others count by share."""

    resident_mib: float
    proportional_mib: float


def memory(pid: int) -> Memory:
    """From /proc/PID/smaps_rollup."""
    sizes = _fields(pid, "smaps_rollup")
    return Memory(sizes["Rss"] / _KIB_PER_MIB, sizes["Pss"] / _KIB_PER_MIB)


def peak_resident_mib(pid: int) -> float:
    """The most that was ever resident, from /proc/PID/status."""
    return _fields(pid, "status")["VmHWM"] / _KIB_PER_MIB


def cpu_s(pid: int) -> float:
    """User and system time of all its threads, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS_PER_S


def written_bytes(pid: int | str) -> int:
    """Bytes that it made the kernel send towards the disk, in whole pages, from /proc/PID/io."""
    return _fields(pid, "io")["write_bytes"]


def _fields(pid: int | str, name: str) -> dict[str, int]:
    """The `Name: number unit` lines of a file; lines that hold words are left out."""
    lines = Path(f"/proc/{pid}/{name}").read_text().splitlines()
    pairs = ((key, rest.split()) for key, _, rest in (line.partition(":") for line in lines))
    return {key: int(words[0]) for key, words in pairs if words and words[0].isdecimal()}
