"""One sensor as the poller sees it: what to read and how often, and how it has been behaving."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.answer import observations
from agent.acquire.fault import FAILURES_TO_RAISE, Fault, Subject
from agent.acquire.schedule import Slots
from agent.acquire.turn import Turn
from agent.clock import NS
from drivers.contract import BadAnswerError, DriverError, Later, RefusedError, TakesTemperature

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import FilteringBoundLogger

    from agent.acquire.convert.contract import Companion
    from agent.acquire.latest import Latest
    from agent.acquire.measure import Measure
    from agent.clock import Clock
    from agent.model import Event, Input, Instant, Observation, Why
    from drivers.contract import Bus, Driver, Reading

# A dead instrument costs its neighbours one deadline each time it is asked. Ten minutes between two questions
# make that nothing, and a technician who has just fixed it waits no longer than that.
ASK_FIRST_S = 1.0
ASK_LONGEST_S = 600.0


class PolledSensor(NamedTuple):
    """What the poller must know of a sensor.

    `measures` stand in the order of the driver's channels, derived ones behind them. `temperature` is what an
    instrument that compensates itself is told before each measurement.
    """

    id: str
    period_s: float
    make_driver: Callable[[Bus], Driver]
    measures: tuple[Measure, ...]
    temperature: Companion | None = None

    @property
    def needs_others(self) -> bool:
        """Whether a channel of another sensor corrects any of its own."""
        named = {each.channel for measure in self.measures for each in measure.converter.companions}
        return any(channel.partition("/")[0] != self.id for channel in named)


class SensorTask:
    """A sensor, its slots, its driver while the bus is open, and its circuit breaker."""

    def __init__(
        self,
        sensor: PolledSensor,
        log: FilteringBoundLogger,
        latest: Latest,
        is_worked_on: Callable[[], bool] = lambda: False,
    ) -> None:
        self.id = sensor.id
        self.slots = Slots(sensor.period_s)
        subject = Subject(sensor.id, "sensor_fault", "sensor")
        self.fault = Fault(subject, log.bind(sensor=sensor.id), is_worked_on)
        self.last_turn = 0  # the number of its last turn on the wire
        self.turn: Turn | None = None  # the measurement under way
        self._sensor = sensor
        self._latest = latest
        self._told: dict[Companion, Input] = {}  # what the instrument was told for this measurement
        self._driver: Driver | None = None
        self._ask_from_ns = 0
        self._reads = 0
        self._failures = 0

    def rested(self, due_ns: int) -> bool:
        """Whether this slot may be asked for; false while backing off."""
        return due_ns >= self._ask_from_ns

    @property
    def is_probed(self) -> bool:
        """Whether it seems dead, so that asking it only finds out if it is back."""
        return self._tripped and self._rest_s() > self._sensor.period_s

    @property
    def next_ns(self) -> int:
        """When it wants the bus: for its next slot, or for the measurement that is under way."""
        due_ns = self.slots.next_ns
        return due_ns if self.turn is None else min(due_ns, self.turn.again_ns)

    @property
    def needs_others(self) -> bool:
        """Whether what another sensor says corrects what this one says."""
        return self._sensor.needs_others

    def begin(self, slot_ns: int | None, now: Instant) -> None:
        """A measurement begins, for a slot or only because a person wants to know."""
        self.turn = Turn(slot_ns, now.mono_ns)
        self._reads += 1

    def driver(self, bus: Bus) -> Driver:
        """The one that talks to it for as long as the bus is open."""
        if self._driver is None:
            self._driver = self._sensor.make_driver(bus)
        return self._driver

    def ask(self, bus: Bus, clock: Clock) -> tuple[Reading, ...] | None:
        """One question of the turn: a reading per channel, or None when it needs time. Raises DriverError."""
        assert self.turn is not None, "a turn begins before its first question"
        try:
            if not self.turn.is_continued:
                self._tell(bus, clock.now())
            answer = self._read(bus, self.turn)
            if not isinstance(answer, Later):
                return answer
            self.turn.put_off(answer, clock)
        except DriverError:
            if self.turn.is_continued:
                # It may be anywhere in its dialogue; one made anew begins at the beginning.
                self._driver = None
            raise
        return None

    def end(self) -> int | None:
        """The turn is over. Returns the slot that waited for it, if one did."""
        turn, self.turn = self.turn, None
        return None if turn is None else turn.slot_ns

    def unplug(self) -> bool:
        """Its bus is closed: forget the driver and the turn. Returns whether a slot waited for it."""
        self._driver = None
        return self.end() is not None

    def observe(self, readings: tuple[Reading, ...], at: Instant) -> list[Observation]:
        """What a good read gives."""

        def look_up(companion: Companion) -> Input:
            told = self._told.get(companion)
            return companion.taken(self._latest.good(companion.channel, at)) if told is None else told

        return observations(self._sensor.measures, readings, at, look_up)

    def recalibrate(self, measures: tuple[Measure, ...]) -> dict[str, str]:
        """Convert by these from now on. Gives the ids of what converts, by quantity."""
        self._sensor = self._sensor._replace(measures=measures)
        return {each.channel.quantity: each.converter.calibration.id for each in self._sensor.measures}

    def missing(self, why: Why, at: Instant) -> list[Observation]:
        """What a slot without a reading gives: one record per channel."""
        return [measure.missing(why, at) for measure in self._sensor.measures]

    def failed(self, error: DriverError, due_ns: int, at: Instant) -> list[Event]:
        """The slot at `due_ns` failed by the sensor's fault. From the third in a row on, ask less often."""
        self._failures += 1
        events = self.fault.failed(error, at)
        if self._tripped:
            self._ask_from_ns = due_ns + round(self._rest_s() * NS)
        return events

    def worked(self, at: Instant) -> list[Event]:
        """The sensor gave a reading: whoever asked for it, it is left alone no longer."""
        self._ask_from_ns = 0
        return self.fault.worked(at)

    def status(self) -> dict[str, object]:
        """For people and JSON."""
        return {"id": self.id, **self.fault.status(), "reads": self._reads, "failures": self._failures}

    def _read(self, bus: Bus, turn: Turn) -> tuple[Reading, ...] | Later:
        """A damaged answer is asked for once more, at once: noise hits single frames, and no refusals.

        Once in a turn: an instrument that needs time measures again, which must not go on for ever.
        """
        driver = self.driver(bus)
        try:
            return driver.read()
        except RefusedError:
            raise
        except BadAnswerError:
            if turn.has_retried:
                raise
            turn.has_retried = True
            return driver.read()

    def _tell(self, bus: Bus, now: Instant) -> None:
        """Before a measurement: the temperature, to an instrument that wants to know it."""
        companion = self._sensor.temperature
        if companion is None:
            return
        driver = self.driver(bus)
        assert isinstance(driver, TakesTemperature), "a key that its driver does not have is no setting"
        found = companion.taken(self._latest.good(companion.channel, now))
        self._told = {companion: found}
        driver.take_temperature(found.value)

    @property
    def _tripped(self) -> bool:
        return self.fault.in_a_row >= FAILURES_TO_RAISE

    def _rest_s(self) -> float:
        """Twice as long with every failure. A longer period needs no rest: its slots are far enough apart."""
        period_s = self._sensor.period_s
        # The exponent is bounded: a sensor may be away for years.
        doublings = min(self.fault.in_a_row - FAILURES_TO_RAISE + 1, 16)
        return min(max(period_s, ASK_FIRST_S) * float(2**doublings), ASK_LONGEST_S)
