"""How long a full line takes to read: sixteen units of four registers at 9600 baud, well and in trouble.

A cycle is the time between two values of the same channel while the line is never idle. The limit is that of
the wire for the units that answer (MODBUS over Serial Line V1.02), for N registers and characters of c s:

    t = 8 c + t3.5 + (5 + 2 N) c + t3.5

An answer that is spoilt takes the wire once more: at a share q of them a cycle is 1 + q times as long.
"""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import ExitStack
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from agent.journal.reader import JournalReader
from agent.model import Flag, Observation, Why
from benchmarks.paced_line import limit_per_s
from benchmarks.result import Result, percentile
from benchmarks.station import JOURNAL, Agent, start_wire
from benchmarks.wire import CHANNELS

if TYPE_CHECKING:
    from pathlib import Path

_BAUD = 9600
_UNITS = 16
_PERIOD_S = 0.25  # less than the wire needs for twelve units: it is never idle
# Three cycles with four deadlines each go by before all of the dead are known to be dead.
_SETTLE_S = 10.0
_PAGE = 5000
_NS = 1e9
# An overrun is no loss here: the line is asked for more than it can carry on purpose.
_LOST = Why.NO_ANSWER | Why.BAD_ANSWER | Why.BUS_DOWN | Why.NOT_ASKED


class Case(NamedTuple):
    """A line and its trouble: how many units are dead, and which share of the answers arrives spoilt."""

    name: str
    dead: int = 0
    corrupt: float = 0.0

    @property
    def limit_s(self) -> float:
        """A cycle of the living, as fast as the wire allows."""
        turn_s = CHANNELS / limit_per_s()
        return (_UNITS - self.dead) * turn_s * (1 + self.corrupt)


CASES = (
    Case("all alive"),
    Case("one dead", dead=1),
    Case("four dead", dead=4),
    Case("5 % corrupt", corrupt=0.05),
)


class Cycles(NamedTuple):
    """What a run gave: the cycles of all living units, s, and the share of their slots with a value."""

    cycles_s: list[float]
    values: int
    missing: int


def measure(folder: Path, seconds: float) -> list[Result]:
    """One row for each case: the usual cycle beside the wire's limit, and the worst."""
    return [_result(case, _run(folder / f"case-{n}", case, seconds)) for n, case in enumerate(CASES)]


def _result(case: Case, run: Cycles) -> Result:
    usual_s = percentile(run.cycles_s, 50)
    how = (
        f"wire {case.limit_s:.3f} s ({100 * case.limit_s / usual_s:.0f} %),"
        f" p99 {percentile(run.cycles_s, 99):.3f} s, worst {max(run.cycles_s):.3f} s,"
        f" {run.missing} of {run.values + run.missing} answers lost"
    )
    return Result(f"cycle of {_UNITS} units, {case.name}", usual_s, "s", how)


def _run(folder: Path, case: Case, seconds: float) -> Cycles:
    folder.mkdir()
    with ExitStack() as stack:
        wire = start_wire(stack, folder, _UNITS, _BAUD, dead=case.dead, corrupt=case.corrupt)
        agent = stack.enter_context(Agent(folder, _UNITS, period_s=_PERIOD_S))
        agent.wait_until(agent.values, "the first values are committed")
        time.sleep(_SETTLE_S)
        begin_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        time.sleep(seconds)
        agent.stop()
        wire.stop()
    return _cycles(folder / JOURNAL, begin_ns, {f"soil-{n}/ph" for n in range(case.dead + 1, _UNITS + 1)})


def _cycles(journal: Path, begin_ns: int, living: set[str]) -> Cycles:
    """The times between two values of each living unit, and its answers that did not come to a value."""
    values_ns: dict[str, list[int]] = defaultdict(list)
    missing = 0
    reader = JournalReader(journal, lambda _seq: None)
    seq = 0
    while entries := reader.read_after(seq, _PAGE):
        seq = entries[-1].seq
        for each in (entry.record for entry in entries if isinstance(entry.record, Observation)):
            if str(each.channel) in living and each.at.mono_ns >= begin_ns:
                if each.flag is Flag.MISSING:
                    missing += each.why & _LOST != 0
                else:
                    values_ns[str(each.channel)].append(each.at.mono_ns)
    reader.close()
    cycles_s = [(b - a) / _NS for at_ns in values_ns.values() for a, b in pairwise(at_ns)]
    return Cycles(cycles_s, sum(map(len, values_ns.values())), missing)
