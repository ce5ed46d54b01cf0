"""A bus with scripted instruments, a clock that moves by hand, and the poller between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from structlog.testing import LogCapture

from agent.acquire.convert.build import converter
from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.acquire.maintenance import Maintenance
from agent.acquire.measure import Measure
from agent.acquire.poller import Poller
from agent.acquire.sensor import PolledSensor
from agent.clock import NS
from agent.model import Channel, Event, Instant, Observation, Trust
from drivers.contract import BusError, ChannelSpec, DriverError, Later, NoAnswerError, Reading

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence

    from agent.model import Record

START_S = 5000
WALL_NS = 1_785_000_000 * NS
SPECS = (ChannelSpec("ph", "pH", 0.0, 14.0), ChannelSpec("temperature", "degC", -10.0, 60.0))
Line = DriverError | Later | float
ANSWER = (Reading("ph", 6.5), Reading("temperature", 11.25))


class HandClock:
    """Both clocks, moved by hand."""

    boot_id = "boot"

    def __init__(self) -> None:
        self.mono_ns = START_S * NS
        self.wall_ns = WALL_NS
        self.trust = Trust.NTP

    def now(self) -> Instant:
        """The time as set."""
        return Instant(self.wall_ns, self.mono_ns, self.trust)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.mono_ns += round(seconds * NS)
        self.wall_ns += round(seconds * NS)

    def seconds(self, wire_s: float) -> float:
        """The wire lives by the same hand."""
        return wire_s

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        """Nobody waits by hand."""
        raise NotImplementedError


class Wire:
    """One opened bus."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        """Let go."""
        assert not self.closed, "closed twice"
        self.closed = True


class Instrument:
    """What hangs on the wire under one name: answers with the next of its script, and with ANSWER for ever.

    A script holds errors to raise, numbers of seconds that an answer takes, and `Later`. Silence takes
    `deadline_s`.
    """

    def __init__(self, name: str, clock: HandClock, period_s: float, script: Sequence[Line]) -> None:
        self.name = name
        self.period_s = period_s
        self.deadline_s = 0.0
        self.asked_s: list[float] = []
        self.drivers = 0  # made for it so far
        self._clock = clock
        self._script: Iterator[Line] = iter(script)

    def answer(self) -> tuple[Reading, ...] | Later:
        """The next line of the script."""
        self.asked_s.append((self._clock.mono_ns - START_S * NS) / NS)
        line = next(self._script, 0.0)
        if isinstance(line, Later):
            return line
        if isinstance(line, DriverError):
            self._clock.advance(self.deadline_s if isinstance(line, NoAnswerError) else 0.0)
            raise line
        self._clock.advance(line)
        return ANSWER


class InstrumentDriver:
    """The driver of one scripted instrument, bound to the wire that it was made for."""

    channels = SPECS

    def __init__(self, wire: Wire, instrument: Instrument) -> None:
        self._wire = wire
        self._instrument = instrument

    def probe(self) -> str:
        """Name the instrument."""
        return self._instrument.name

    def read(self) -> tuple[Reading, ...] | Later:
        """Ask the instrument, over a wire that must be open."""
        assert not self._wire.closed, "read on a closed bus"
        return self._instrument.answer()


def measures(sensor: str) -> tuple[Measure, ...]:
    """The two channels of every scripted instrument, without limits."""
    found = []
    for spec in SPECS:
        law = converter(None, spec)
        found.append(Measure(Channel(sensor, spec.quantity, law.unit, spec.raw_unit), spec, law, None))
    return tuple(found)


class Rig:
    """Instruments, bus, poller, and everything that came out of it."""

    def __init__(self, *, open_errors: int = 0) -> None:
        self.clock = HandClock()
        self.latest = Latest()
        self.maintenance = Maintenance((), self.clock, self._append)
        self.judging = Judging((), self.latest)
        self.batches: list[list[Record]] = []
        self.logged = LogCapture()
        self.wires: list[Wire] = []
        self.open_tries_s: list[float] = []
        self.open_errors = open_errors
        self.left_open: tuple[Event, ...] | None = ()  # by the last run; None while nobody knows
        self._instruments: list[Instrument] = []
        self._poller: Poller | None = None

    def add(self, name: str, period_s: float, *script: Line) -> Instrument:
        """Put an instrument on the bus."""
        self._instruments.append(Instrument(name, self.clock, period_s, script))
        return self._instruments[-1]

    @property
    def poller(self) -> Poller:
        """The poller under test, made at first use."""
        if self._poller is None:
            sensors = [self._polled(instrument) for instrument in self._instruments]
            log = structlog.wrap_logger(
                None, processors=[self.logged], wrapper_class=structlog.make_filtering_bound_logger(0)
            )
            self._poller = Poller(
                "rs485",
                self._open,
                sensors,
                self._append,
                latest=self.latest,
                maintenance=self.maintenance,
                judging=self.judging,
                clock=self.clock,
                log=log,
                left_open=lambda: self.left_open,
            )
        return self._poller

    def step(self) -> float:
        """One step at the present time."""
        return self.poller.step(self.clock.now())

    def run(self, seconds: float, *, late_s: float = 0.0) -> None:
        """Step as the supervisor would, every wake-up a little late, until `seconds` after the start."""
        end_ns = round((START_S + seconds) * NS)
        for _ in range(100_000):
            wait_s = self.step()
            if self.clock.mono_ns + round(wait_s * NS) > end_ns:
                return
            self.clock.advance(wait_s + late_s)
        raise AssertionError("the poller never waits")

    def observations(self, sensor: str, quantity: str = "ph") -> list[Observation]:
        """All observations of a channel in the order of the journal."""
        records = [record for batch in self.batches for record in batch]
        return [r for r in records if isinstance(r, Observation) and str(r.channel) == f"{sensor}/{quantity}"]

    def events(self, kind: str) -> list[Event]:
        """All events of a kind in the order of the journal."""
        return [r for batch in self.batches for r in batch if isinstance(r, Event) and r.kind == kind]

    def logs(self) -> list[str]:
        """The log lines, without their keys."""
        return [entry["event"] for entry in self.logged.entries]

    def _polled(self, instrument: Instrument) -> PolledSensor:
        def make(bus: object) -> InstrumentDriver:
            assert isinstance(bus, Wire)
            instrument.drivers += 1
            return InstrumentDriver(bus, instrument)

        return PolledSensor(instrument.name, instrument.period_s, make, measures(instrument.name))

    def _append(self, records: Sequence[Record]) -> None:
        assert records, "an empty batch costs a commit"
        self.batches.append(list(records))

    def _open(self) -> Wire:
        self.open_tries_s.append((self.clock.mono_ns - START_S * NS) / NS)
        if self.open_errors > 0:
            self.open_errors -= 1
            raise BusError("/dev/ttyUSB0 is gone", "plug the adapter in")
        self.wires.append(Wire())
        return self.wires[-1]


def times(count: int, make: Callable[[], DriverError]) -> list[DriverError]:
    """The same trouble several times."""
    return [make() for _ in range(count)]
