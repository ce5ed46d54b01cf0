"""The poller: one thread's work for one physical bus, and the only owner of that bus.

    slots that have come ─▶ read ─▶ convert ─▶ judge ─┐
                     └────▶ no reading ─▶ why ────────┴─▶ one batch ─▶ append ─▶ latest

Every slot of every sensor becomes exactly one observation per channel, whatever happens on the wire. A slot
that cannot be read says why: the instrument (silent, damaged), the bus (down), or we (backing off, too late).
"""

from __future__ import annotations

import threading
from itertools import count
from typing import TYPE_CHECKING

from agent.acquire.fault import Fault, Subject
from agent.acquire.line import Line
from agent.acquire.schedule import instant_of
from agent.acquire.sensor import SensorTask
from agent.clock import NS
from agent.model import Event, Observation, Severity, Why
from drivers.contract import BadAnswerError, BusError, DriverError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from structlog.typing import FilteringBoundLogger

    from agent.acquire.latest import Latest
    from agent.acquire.sensor import PolledSensor
    from agent.clock import Clock
    from agent.model import Instant, Record
    from drivers.contract import Bus

# A step that takes longer commits what it has and comes back for the rest, so that a bus full of dead
# instruments holds back neither its neighbours' values nor the thread's beat.
LONGEST_STEP_S = 5
# Slots that passed while the bus was blocked or the machine asleep are recorded one by one up to this many;
# a longer gap is one event, else an hour of sleep would write more than an hour of work.
MISSED_ON_RECORD = 100


class Poller:
    """Reads the sensors of one bus, each at its own period."""

    def __init__(
        self,
        name: str,
        open_bus: Callable[[], Bus],
        sensors: Sequence[PolledSensor],
        append: Callable[[Sequence[Record]], None],
        *,
        latest: Latest,
        clock: Clock,
        log: FilteringBoundLogger,
    ) -> None:
        self.name = name
        self.wake = threading.Event()
        log = log.bind(bus=name)
        self._line = Line(open_bus)
        self._fault = Fault(Subject(name, "bus_fault", "bus"), log)
        self._tasks = [SensorTask(sensor, log) for sensor in sensors]
        self._append = append
        self._latest = latest
        self._clock = clock
        self._turns = count(1)
        self._started = False

    def step(self, now: Instant) -> float:
        """Serve every slot that has come. Returns the seconds until the next one."""
        if not self._started:
            self._start(now)
        records: list[Record] = []
        try:
            self._serve_due(now, records)
        finally:
            # What has been read is kept even when a driver breaks its contract in the middle of the cycle.
            self._deliver(records)
        next_ns = min(task.slots.next_ns for task in self._tasks)
        return max(0.0, (next_ns - self._clock.now().mono_ns) / NS)

    def status(self) -> dict[str, object]:
        """Of the bus and each sensor on it: does it work, since when not, the last error and what to do."""
        sensors = [task.status() for task in self._tasks]
        is_open = self._line.bus is not None
        return {"bus": self.name, "open": is_open, **self._fault.status(), "sensors": sensors}

    def close(self) -> None:
        """Let go of the bus."""
        self._unplug()
        self._line.close()

    def _start(self, now: Instant) -> None:
        """Let all schedules begin now."""
        for task in self._tasks:
            task.slots.start(now.mono_ns)
        self._started = True

    def _serve_due(self, now: Instant, records: list[Record]) -> None:
        """One turn for each sensor that is due, the longest waiting first."""
        end_ns = now.mono_ns + LONGEST_STEP_S * NS
        due = [task for task in self._tasks if task.slots.next_ns <= now.mono_ns]
        for task in sorted(due, key=self._precedence):
            now = self._serve(task, now, records)
            if now.mono_ns >= end_ns:
                break

    def _precedence(self, task: SensorTask) -> tuple[int, int, int]:
        """Who goes first, smallest first.

        On a bus that works, those who answer go before those who may keep it busy. On one that does not,
        everyone is tried in turn: one of them may be what breaks it.
        """
        failing = task.fault.in_a_row if self._fault.in_a_row == 0 else 0
        return task.slots.next_ns, failing, task.last_turn

    def _serve(self, task: SensorTask, now: Instant, records: list[Record]) -> Instant:
        """Account for all slots of one sensor that have come; the last of them may still be read."""
        slots = task.slots.take(now.mono_ns)
        self._record_missed(task, slots[:-1], now, records)
        due_ns = slots[-1]
        if not task.rested(due_ns):
            records += task.missing(Why.NOT_ASKED, instant_of(due_ns, now))
            return now
        if self._line.may_open(now):
            self._open(records)
        if self._line.bus is None:
            records += task.missing(Why.BUS_DOWN, instant_of(due_ns, now))
            return self._clock.now()
        return self._ask(task, self._line.bus, due_ns, records)

    def _record_missed(self, task: SensorTask, slots: range, now: Instant, records: list[Record]) -> None:
        """The slots that passed unread, each with its reason; too many of them become one gap."""
        told = slots[-MISSED_ON_RECORD:]
        untold = slots[: len(slots) - len(told)]
        if untold:
            records += _gap(task.id, untold, now)
        for due_ns in told:
            why = Why.OVERRUN if task.rested(due_ns) else Why.NOT_ASKED
            records += task.missing(why, instant_of(due_ns, now))

    def _ask(self, task: SensorTask, bus: Bus, due_ns: int, records: list[Record]) -> Instant:
        """Read one sensor. Returns the moment after, which is the time of the reading."""
        task.last_turn = next(self._turns)
        try:
            readings = task.read(bus)
        except BusError as error:
            at = self._clock.now()
            # On a bus that worked until now the one who was asked is the suspect. If it goes on like this,
            # its own breaker keeps it from taking the bus away from its neighbours.
            blamed = task.failed(error, due_ns, at) if self._fault.in_a_row == 0 else []
            records += [*task.missing(Why.BUS_DOWN, at), *blamed, *self._bus_failed(error, at)]
        except DriverError as error:
            at = self._clock.now()
            why = Why.BAD_ANSWER if isinstance(error, BadAnswerError) else Why.NO_ANSWER
            records += [*task.missing(why, at), *self._bus_worked(at), *task.failed(error, due_ns, at)]
        else:
            at = self._clock.now()
            records += [*task.observe(readings, at), *self._bus_worked(at), *task.worked(at)]
        return at

    def _open(self, records: list[Record]) -> None:
        """Try to open the bus."""
        try:
            self._line.open()
        except BusError as error:
            # What cannot be opened is not there: a person at the terminal should hear of it at once.
            records += self._bus_failed(error, self._clock.now(), certain=True)

    def _bus_failed(self, error: BusError, at: Instant, *, certain: bool = False) -> list[Event]:
        """Nobody on this bus can be read until it is open again."""
        self._unplug()
        self._line.drop(at)
        return self._fault.failed(error, at, certain=certain)

    def _bus_worked(self, at: Instant) -> list[Event]:
        """The wire carried a question, and either an answer or silence."""
        self._line.worked()
        return self._fault.worked(at)

    def _unplug(self) -> None:
        """No driver outlives its bus."""
        for task in self._tasks:
            task.unplug()

    def _deliver(self, records: list[Record]) -> None:
        """Hand the cycle over as one batch; memory learns of it only then."""
        if records:
            self._append(records)
            self._latest.put(record for record in records if isinstance(record, Observation))


def _gap(sensor: str, slots: range, now: Instant) -> list[Event]:
    """A stretch of slots that nobody could serve, over by the time that it is seen."""
    begin, end = instant_of(slots[0], now), instant_of(slots[-1], now)
    event = Event(
        id=f"{sensor}/gap/{begin.wall_ns}",
        kind="gap",
        subject=sensor,
        phase="raised",
        severity=Severity.INFO,
        at=begin,
        title=f"sensor {sensor} was not read",
        text=f"{len(slots)} readings were not taken: the bus was blocked or the machine asleep.",
    )
    return [event, event._replace(phase="cleared", at=end)]
