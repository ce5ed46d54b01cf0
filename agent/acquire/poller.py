"""The poller: one thread's work for one physical bus, and the only owner of that bus.

    slots that have come ─▶ read ─▶ convert ─▶ judge ─┐
                     └────▶ no reading ─▶ why ────────┴─▶ one batch ─▶ append ─▶ latest

Every slot of every sensor becomes exactly one observation per channel, whatever happens on the wire. A slot
that cannot be read says why: the instrument (silent, damaged), the bus (down), or we (backing off, too late).
An instrument that needs time for a measurement gives the bus back meanwhile. What a person asks of the bus is
done between slots, one question at a time.
"""

from __future__ import annotations

import threading
from collections import deque
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from agent.acquire.fault import Fault, Subject
from agent.acquire.gap import gap_events
from agent.acquire.line import Line
from agent.acquire.request import Desk, Look, LookRequest, Promise, RequestError, SearchRequest
from agent.acquire.schedule import instant_of
from agent.acquire.sensor import SensorTask
from agent.clock import NS
from agent.model import Event, Observation, Why
from drivers.contract import BadAnswerError, BusError, DriverError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from structlog.typing import FilteringBoundLogger

    from agent.acquire.judging import Judging
    from agent.acquire.latest import Latest
    from agent.acquire.maintenance import Maintenance
    from agent.acquire.measure import Measure
    from agent.acquire.sensor import PolledSensor
    from agent.acquire.turn import Turn
    from agent.clock import Clock
    from agent.model import Instant, Record
    from drivers.contract import Bus, Driver

T = TypeVar("T")

# A step that takes longer commits what it has and comes back for the rest, so that a bus full of dead
# instruments holds back neither its neighbours' values nor the thread's beat.
LONGEST_STEP_S = 2
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
        maintenance: Maintenance,
        judging: Judging,
        clock: Clock,
        log: FilteringBoundLogger,
        left_open: Callable[[], Sequence[Event] | None] = tuple,
    ) -> None:
        self.name = name
        self.wake = threading.Event()
        log = log.bind(bus=name)
        self._line = Line(open_bus)
        on_it = tuple(sensor.id for sensor in sensors)
        # Who works on one instrument has the wire of all in his hands.
        self._fault = Fault(Subject(name, "bus_fault", "bus"), log, partial(maintenance.covers, on_it))
        self._tasks = [
            SensorTask(each, log, latest, partial(maintenance.covers, (each.id,))) for each in sensors
        ]
        self._append = append
        self._latest = latest
        self._maintenance = maintenance
        self._judging = judging
        self._clock = clock
        self._desk = Desk(name, clock)
        self._swaps: deque[tuple[SensorTask, tuple[Measure, ...], Promise[Mapping[str, str]]]] = deque()
        self._turns = count(1)
        self._started = False
        self._left_open: Callable[[], Sequence[Event] | None] | None = left_open
        self._has_probed = False  # in this step
        self._probe_turn = 0  # the number of the turn at which one that seems dead was asked last

    def step(self, now: Instant) -> float:
        """Serve every slot that has come. Returns the seconds until the next one."""
        if not self._started:
            self._start(now)
        self._swap()
        records: list[Record] = [*self._adopted(now)]
        records += [event for fault in self._faults() for event in fault.due(now)]
        try:
            self._serve_due(now, records)
            self._serve_desk(records)
        finally:
            # What has been read is kept even when a driver breaks its contract in the middle of the cycle.
            self._deliver(records)
        return max(0.0, (self._next_ns() - self._clock.now().mono_ns) / NS)

    @property
    def sensors(self) -> tuple[str, ...]:
        """The ids of those on this bus."""
        return tuple(task.id for task in self._tasks)

    def look(self, sensor: str, timeout_s: float) -> Promise[Look]:
        """Let one of `sensors` be read now. Nothing of it is stored. Any thread. Raises RequestError.

        Args:
            sensor: it is read even while it is left alone as dead; an answer ends that.
            timeout_s: of the wire's time, after which the promise is broken.
        """
        request = LookRequest(self._task(sensor))
        self._desk.hand_in(request, timeout_s)
        self.wake.set()
        return request.promise

    def search(self, work: Callable[[Bus], Iterator[T]], timeout_s: float) -> Promise[list[T]]:
        """Let `work` have the bus, step by step, between slots. Any thread. Raises RequestError.

        Args:
            work: yields after each question; one step is how long a slot may have to wait for it.
            timeout_s: of the wire's time, after which the promise is broken.

        Returns:
            All that it yielded, once it has ended; or what went wrong: RequestError, DriverError.
        """
        request = SearchRequest(work)
        self._desk.hand_in(request, timeout_s)
        self.wake.set()
        return request.promise

    def converse(
        self, sensor: str, work: Callable[[Driver], Iterator[T]], timeout_s: float
    ) -> Promise[list[T]]:
        """Let `work` have one of `sensors`, as `search` does: the very driver that reads it. Any thread."""
        task = self._task(sensor)
        return self.search(lambda bus: work(task.driver(bus)), timeout_s)

    def recalibrate(self, sensor: str, measures: tuple[Measure, ...]) -> Promise[Mapping[str, str]]:
        """Let one of `sensors` be converted by these, from its next reading on. Any thread.

        The promise is kept with the ids of what converts, by quantity, as soon as it does.
        """
        promise: Promise[Mapping[str, str]] = Promise()
        self._swaps.append((self._task(sensor), measures, promise))
        self.wake.set()
        return promise

    def status(self) -> dict[str, object]:
        """Of the bus and each sensor on it: does it work, since when not, the last error and what to do."""
        sensors = [task.status() for task in self._tasks]
        is_open = self._line.bus is not None
        return {"bus": self.name, "open": is_open, **self._fault.status(), "sensors": sensors}

    def close(self) -> None:
        """Let go of the bus. A measurement under way is given up, and its slot says so."""
        now = self._clock.now()
        waited = [task for task in self._tasks if task.unplug()]
        self._deliver([missing for task in waited for missing in task.missing(Why.NOT_ASKED, now)])
        gone = RequestError(f"bus {self.name} is being closed", "the station stops; start it again")
        self._desk.fail(gone)
        for _, _, promise in self._swaps:
            promise.fail(gone)
        self._line.close()

    def _task(self, sensor: str) -> SensorTask:
        return next(task for task in self._tasks if task.id == sensor)

    def _swap(self) -> None:
        """Between two readings: what was calibrated is converted anew from now on."""
        while self._swaps:
            task, measures, promise = self._swaps.popleft()
            promise.keep(task.recalibrate(measures))

    def _next_ns(self) -> int:
        """When anybody wants the bus next."""
        next_ns = min(task.next_ns for task in self._tasks)
        desk_ns = self._desk.next_ns()
        return next_ns if desk_ns is None else min(next_ns, desk_ns)

    def _start(self, now: Instant) -> None:
        """Let all schedules begin now."""
        for task in self._tasks:
            task.slots.start(now.mono_ns)
        self._started = True

    def _adopted(self, now: Instant) -> list[Event]:
        """Once, when the journal is open: faults that the last run left open go on in this one."""
        events = self._left_open() if self._left_open else None
        if events is None:
            return []
        self._left_open = None
        faults = {fault.subject: fault for fault in self._faults()}
        mine = [event for event in events if (event.subject, event.kind) in faults]
        # The newest goes on; older ones were left by agents that knew nothing of the runs before them.
        return [
            end for event in reversed(mine) for end in faults[event.subject, event.kind].adopt(event, now)
        ]

    def _faults(self) -> list[Fault]:
        """Of the bus and of each sensor on it."""
        return [self._fault, *(task.fault for task in self._tasks)]

    def _serve_due(self, now: Instant, records: list[Record]) -> None:
        """One turn for each sensor that is due, the longest waiting first."""
        end_ns = now.mono_ns + LONGEST_STEP_S * NS
        self._has_probed = False
        due = [task for task in self._tasks if task.next_ns <= now.mono_ns]
        for task in sorted(due, key=self._precedence):
            # A measurement that was due may have ended with the bus a moment ago.
            if task.next_ns <= now.mono_ns:
                if task.fault.in_a_row or task.needs_others:
                    # It may well cost a deadline again, for which what its neighbours said must not wait; or
                    # it is corrected by what they said a moment ago.
                    self._deliver(records)
                    records.clear()
                now = self._serve(task, now, records)
            if now.mono_ns >= end_ns:
                break

    def _precedence(self, task: SensorTask) -> tuple[int, int, bool, int]:
        """Who goes first, smallest first; who is corrected by others goes after them.

        On a bus that works, those who answer go before those who may keep it busy. On one that does not,
        everyone is tried in turn: one of them may be what breaks it.
        """
        failing = task.fault.in_a_row if self._fault.in_a_row == 0 else 0
        return task.next_ns, failing, task.needs_others, task.last_turn

    def _serve(self, task: SensorTask, now: Instant, records: list[Record]) -> Instant:
        """Account for all slots of one sensor that have come; the last of them may still be read."""
        if task.turn is not None:
            return self._go_on(task, task.turn, now, records)
        slots = task.slots.take(now.mono_ns)
        self._record_missed(task, slots[:-1], now, records)
        due_ns = slots[-1]
        # Of several that seem dead one is asked at a time, so that they cost a cycle one deadline altogether.
        if not task.rested(due_ns) or (task.is_probed and not self._may_probe(now)):
            records += task.missing(Why.NOT_ASKED, instant_of(due_ns, now))
            return now
        if self._line.may_open(now):
            self._open(records)
        if self._line.bus is None:
            records += task.missing(Why.BUS_DOWN, instant_of(due_ns, now))
            return self._clock.now()
        if task.is_probed:
            self._has_probed, self._probe_turn = True, next(self._turns)
        task.begin(due_ns, now)
        return self._ask(task, self._line.bus, records)

    def _may_probe(self, now: Instant) -> bool:
        """Whether everybody who waits for the bus has had it since the last of the dead was asked."""
        waiting = (task for task in self._tasks if task.next_ns <= now.mono_ns and not task.is_probed)
        return not self._has_probed and all(task.last_turn > self._probe_turn for task in waiting)

    def _go_on(self, task: SensorTask, turn: Turn, now: Instant, records: list[Record]) -> Instant:
        """A measurement is under way: ask again at its time. Slots that come meanwhile are lost."""
        if turn.again_ns > now.mono_ns:
            left = turn.adopt(task.slots.take(now.mono_ns))
            self._record_missed(task, left, now, records)
            return now
        assert self._line.bus is not None, "no turn outlives its bus"
        return self._ask(task, self._line.bus, records)

    def _record_missed(self, task: SensorTask, slots: range, now: Instant, records: list[Record]) -> None:
        """The slots that passed unread, each with its reason; too many of them become one gap."""
        told = slots[-MISSED_ON_RECORD:]
        untold = slots[: len(slots) - len(told)]
        if untold:
            records += gap_events(task.id, untold, now)
        for due_ns in told:
            why = Why.OVERRUN if task.rested(due_ns) else Why.NOT_ASKED
            records += task.missing(why, instant_of(due_ns, now))

    def _ask(self, task: SensorTask, bus: Bus, records: list[Record]) -> Instant:
        """One question of a sensor's turn. Returns the moment after, which is the time of the reading."""
        task.last_turn = next(self._turns)
        try:
            readings = task.ask(bus, self._clock)
        except BusError as error:
            at = self._clock.now()
            records += [*self._blame(task, error, at), *self._bus_failed(error, at)]
        except DriverError as error:
            at = self._clock.now()
            why = Why.BAD_ANSWER if isinstance(error, BadAnswerError) else Why.NO_ANSWER
            records += self._settle(task, task.missing(why, at), error, at)
        else:
            at = self._clock.now()
            if readings is None:
                records += self._bus_worked(at)
            else:
                records += self._settle(task, task.observe(readings, at), None, at)
        return at

    def _settle(
        self, task: SensorTask, observations: list[Observation], error: DriverError | None, at: Instant
    ) -> list[Record]:
        """A turn is over. A slot that waited for it gets the observations, and so does a person who asked."""
        slot_ns = task.end()
        self._desk.tell(
            task, lambda: Look(self._judging.looked(self._maintenance.marked(observations)), error)
        )
        records: list[Record] = [] if slot_ns is None else [*observations]
        records += self._bus_worked(at)
        if error is None:
            return [*records, *task.worked(at)]
        # Only slots count: a person who asks ten times must not make a sensor look dead.
        return records if slot_ns is None else [*records, *task.failed(error, slot_ns, at)]

    def _blame(self, task: SensorTask, error: BusError, at: Instant) -> list[Event]:
        """On a bus that worked until now the one who was asked is the suspect.

        If it goes on like this, its own breaker keeps it from taking the bus away from its neighbours.
        """
        if task.turn is None or task.turn.slot_ns is None or self._fault.in_a_row:
            return []
        return task.failed(error, task.turn.slot_ns, at)

    def _open(self, records: list[Record]) -> None:
        """Try to open the bus."""
        try:
            self._line.open()
        except BusError as error:
            # What cannot be opened is not there: a person at the terminal should hear of it at once.
            records += self._bus_failed(error, self._clock.now(), certain=True)

    def _bus_failed(self, error: BusError, at: Instant, *, certain: bool = False) -> list[Record]:
        """Nobody on this bus can be read until it is open again; no driver and no measurement outlives it."""
        lost = [task for task in self._tasks if task.unplug()]
        self._line.drop(at)
        self._desk.fail(error)
        missing = [observation for task in lost for observation in task.missing(Why.BUS_DOWN, at)]
        return [*missing, *self._fault.failed(error, at, certain=certain)]

    def _bus_worked(self, at: Instant) -> list[Event]:
        """The wire carried a question, and either an answer or silence."""
        self._line.worked()
        return self._fault.worked(at)

    def _serve_desk(self, records: list[Record]) -> None:
        """What a person asked for: one question in any case, and more while no slot waits."""
        end_ns = self._clock.now().mono_ns + LONGEST_STEP_S * NS
        request = self._desk.current(self._clock.now())
        while request is not None:
            bus = self._line.bus or self._opened(records)
            if bus is None:
                return
            if isinstance(request, LookRequest):
                self._look(request.task, bus, records)
                return
            self._search(request, bus, records)
            now = self._clock.now()
            if now.mono_ns >= min(end_ns, *(task.next_ns for task in self._tasks)):
                return
            request = self._desk.current(now)

    def _opened(self, records: list[Record]) -> Bus | None:
        """The bus if it can be opened now; else the request has failed."""
        if self._line.may_open(self._clock.now()):
            self._open(records)
        if self._line.bus is None:
            self._desk.fail(RequestError(f"bus {self.name} is down: {self._fault.error}", self._fault.hint))
        return self._line.bus

    def _look(self, task: SensorTask, bus: Bus, records: list[Record]) -> None:
        """Begin a measurement, unless one is under way: its end will serve."""
        if task.turn is None:
            task.begin(None, self._clock.now())
            self._ask(task, bus, records)

    def _search(self, request: SearchRequest[Any], bus: Bus, records: list[Record]) -> None:
        """One step of somebody's work."""
        try:
            request.advance(bus)
        except BusError as error:
            records += self._bus_failed(error, self._clock.now())
        except DriverError as error:
            self._desk.fail(error)

    def _deliver(self, records: list[Record]) -> None:
        """Hand the cycle over as one batch; memory learns of it only then."""
        if records:
            judged = self._judging.judged(self._maintenance.marked(records))
            self._append(judged)
            self._latest.put(judged)
