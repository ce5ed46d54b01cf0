"""The wiring: the only module that knows every room.

    config ─▶ journal + writer ─▶ pollers, heartbeat ─▶ (records) ─▶ shippers
                         control socket, watchdog, status ─┘

Start: lock, journal, threads, READY. Stop, in bounded time: pollers first, then the shippers, the writer
last, so that the last values and the bookmarks are on the disk.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from agent import __version__, answers, leftovers, paths
from agent.acquire.calibration.reminder import Reminder
from agent.acquire.calibration.store import Calibrations
from agent.acquire.courses import courses
from agent.acquire.drift import Drifts
from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.acquire.maintenance import Maintenance
from agent.acquire.memory import Memory
from agent.acquire.recalibration import Recalibration
from agent.acquire.wiring import channels, pollers
from agent.alarms import Alarms
from agent.calibrations import CalibrationRequests
from agent.clock import NS, SystemClock
from agent.control import Control
from agent.drills import Drills
from agent.guided.wiring import guide
from agent.heartbeat import Heartbeat
from agent.journal.journal import Journal
from agent.journal.room.retention import Limits
from agent.journal.room.space import Space
from agent.journal.writer import JournalWriter
from agent.ledger.worker import Ledger
from agent.lock import Lock
from agent.model import Flag
from agent.notify.wiring import notifiers
from agent.outside import machine
from agent.publish.kept import kept
from agent.publish.stamp import iso_ms
from agent.publish.wiring import shippers
from agent.requests import Requests
from agent.resends import Resends
from agent.signals import StopSignals
from agent.systemd import Notifier
from agent.time_service import TimeService
from agent.upkeep import Upkeep
from agent.visit_spool import VisitSpool
from agent.visits import Place, Visits
from agent.watch.live import wiring as watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from structlog.typing import FilteringBoundLogger

    from agent.clock import Clock
    from agent.config.schema import Config
    from agent.model import Channel, Event, Instant
    from agent.outside import Outside
    from agent.worker import Worker

STOP_S = 12.0
_WATCH_S = 5.0
# A writer that has not ended its step by then is stuck in the kernel: a commit on a slow card takes seconds.
_WRITER_STUCK_S = 45.0
# A bus thread may lawfully sit in one step for a few response timeouts of a minute each.
_POLLER_STUCK_S = 300.0


class RestartError(Exception):
    """The journal was damaged and a new one has begun: who reads it must begin anew, too."""


class Station:
    """One station: everything between its buses and its sinks."""

    def __init__(
        self, config: Config, clock: Clock, log: FilteringBoundLogger, outside: Outside | None = None
    ) -> None:
        """`clock` is the one that it samples by; `outside` is the machine that it runs on."""
        self.latest = Latest()
        self._config = config
        self._clock = clock
        self._outside = outside or machine(log)
        self._log = log
        self._state = paths.state_dir(config.station.state_dir)
        self._journal = Journal(self._state / paths.JOURNAL_NAME)
        self._writer = JournalWriter(
            self._journal,
            clock,
            log,
            clock_wait_h=config.station.clock_wait_h,
            ends=self._ends,
            space=self._space(),
        )
        self._time_service: TimeService | None = None
        self._notifier = Notifier.from_environment()
        self._supervisor = self._outside.runner
        self._channels: list[Channel] = channels(config)
        self._watched = watch.watched(config, self._channels)
        self._periods_s = {sensor.id: sensor.period_s for sensor in config.sensor}
        self._started = clock.now()

    def run(self) -> None:
        """Start, serve until SIGTERM or SIGINT, stop. Raises LockedError, RestartError."""
        with StopSignals() as signals, self:
            self._serve(signals)

    def __enter__(self) -> Self:
        self._lock = Lock(self._state / paths.LOCK_NAME)
        self._started = self._clock.now()
        self._writer.open(self._started)
        self._wire()
        self._supervisor.start()
        self._notifier.ready(f"{self._trouble()}sampling {len(self._channels)} channels")
        self._log.info("station started", version=__version__, channels=len(self._channels))
        return self

    def __exit__(self, *_: object) -> None:
        self._notifier.stopping()
        clean = self._supervisor.stop(STOP_S)
        self._log.info("station stopped", clean=clean, head=self._journal.head)
        self._lock.close()

    def _serve(self, signals: StopSignals) -> None:
        """Feed the watchdog while the station is healthy, until told to stop."""
        beat_s = min(_WATCH_S, (self._notifier.watchdog_s or 2 * _WATCH_S) / 3)
        while not signals.wait(beat_s):
            if self.healthy():
                self._notifier.feed()
            self._notifier.status(self._summary())
            if self._writer.wants_restart:
                raise RestartError

    def healthy(self) -> bool:
        """The writer keeps its promise, and so does at least one bus.

        A writer that is stuck in a commit does not; one whose disk says no does. It tells so everywhere, and
        tries again: a restart cannot free a disk, and would lose what waits in memory.
        """
        overdue_s = self._supervisor.overdue_s()
        buses = [overdue_s[poller.name] < _POLLER_STUCK_S for poller in self._pollers]
        return overdue_s[self._writer.name] < _WRITER_STUCK_S and any(buses)

    def status(self) -> dict[str, Any]:
        """Everything that `skyground status` shows, as JSON values."""
        now = self._clock.now()
        station = self._config.station
        return {
            "running": True,
            "station": {"site": station.site, "id": station.id, "title": station.title},
            "version": __version__,
            "uptime_s": (now.mono_ns - self._started.mono_ns) / NS,
            "clock": {
                "wall": iso_ms(now.wall_ns),
                "mono_ns": now.mono_ns,
                "trust": now.trust.name.lower(),
                "settled": self._journal.unsettled_from is None,
                "nobody_knows": self._time_service is not None and self._time_service.nobody_knows,
            },
            "channels": self.channels(now),
            "buses": [poller.status() for poller in self._pollers],
            "maintenance": self._maintenance.status()["in_force"],
            "calibrations": self._calibrations.due(),
            "calibrating": self._guide.status()["sessions"],
            "completeness": self._ledger.status(),
            "watch": self._watch.status(),
            "sinks": [shipper.status() for shipper in self._shippers],
            "notifiers": [notifier.status() for notifier in self._notifiers],
            "journal": self._writer.status(),
            "overdue_s": self._supervisor.overdue_s(),
            "faults": self._supervisor.faults(),
        }

    def channels(self, now: Instant) -> list[dict[str, Any]]:
        """By channel: the last observation, its quality in words, its age."""
        newest = {name: each.last for name, each in self.latest.snapshot().items()}
        return [answers.of_channel(channel, newest.get(str(channel)), now) for channel in self._channels]

    @property
    def journal_path(self) -> Path:
        """The journal's file, for read-only readers."""
        return self._journal.path

    def _wire(self) -> None:
        """Make the workers, and give them to who gives them their turns."""
        judging = Judging(courses(self._config), self.latest)
        recalibration = Recalibration(self._config, Calibrations(self._state), judging.calibrated)
        sampling = self._wire_sampling(judging, recalibration)
        readers = self._wire_readers(recalibration)
        visits = self._visits()
        people = self._wire_people(recalibration, visits)
        control = Control(paths.socket_path(self._state), self._handlers(visits))
        memory = Memory(self._state, judging, self._clock, self._log)
        self._supervisor.add_room([self._writer], self._outside.wire_clock)
        self._supervisor.add_room([*self._shippers, *self._notifiers, control], self._outside.wire_clock)
        self._supervisor.add_room([*sampling, *readers, *people, memory, *self._clocks()], self._clock)

    def _wire_sampling(self, judging: Judging, recalibration: Recalibration) -> list[Worker]:
        """Who asks the instruments, and who knows on which of them somebody works."""
        append = self._journal.append
        self._maintenance = Maintenance(tuple(self._periods_s), self._clock, append, self._left_open)
        self._pollers = pollers(
            self._config,
            self._clock,
            append,
            self.latest,
            self._maintenance,
            judging,
            self._left_open,
            self._outside.open_bus,
            law=recalibration.measured,
        )
        recalibration.attach(self._pollers)
        heartbeat = Heartbeat(self._config.station.heartbeat_s, self._numbers, self._journal.leave)
        return [*self._pollers, heartbeat, self._maintenance]

    def _wire_readers(self, recalibration: Recalibration) -> list[Worker]:
        """Who reads the journal; returned without those that tell others, who have a room of their own."""
        append = self._journal.append
        self._ledger = Ledger(self._journal, self._periods_s, append)
        self._watch = watch.reader(self._config, self._journal, self._watched, append)
        self._shippers = shippers(
            self._config,
            self._channels,
            self._journal,
            self._outside.wire_clock,
            lambda: str(self._writer.status()["error"]),
            self._outside.make_sink,
            recalibration.standings.facts,
        )
        self._notifiers = notifiers(self._config, self._journal, self._clock)
        readers: list[Worker] = [*self._shippers, *self._notifiers, self._watch]
        for reader in readers:
            self._journal.notify(reader.wake)
        return [self._ledger, self._watch]

    def _wire_people(self, recalibration: Recalibration, visits: Visits) -> list[Worker]:
        """Who leads people on the site, reminds them, and keeps what they say."""
        append, standings = self._journal.append, recalibration.standings
        reminder = Reminder(standings, self._clock, append, self._log, self._left_open)
        self._calibrations = CalibrationRequests(recalibration, self._clock, visits.append, reminder.wake)
        self._guide = guide(
            self._config,
            self._clock,
            self._pollers,
            self._maintenance,
            recalibration,
            self._calibrations,
            state=self._state,
            append=visits.append,
        )
        spool = VisitSpool(self._state, self._journal, visits.kept, self._log)
        return [reminder, spool, self._guide]

    def _clocks(self) -> list[Worker]:
        """Who asks whether the network has set the machine's clock; nobody where another clock is given."""
        if not isinstance(self._clock, SystemClock):
            return []
        self._time_service = TimeService(self._clock, self._log)
        return [self._time_service]

    def _handlers(self, visits: Visits) -> dict[str, Callable[[Mapping[str, Any]], object]]:
        """What may be asked on the control socket."""
        requests = Requests(self._pollers, self._clock)
        names = [str(channel) for channel in self._channels]
        return {
            "status": lambda _arguments: self.status(),
            "read": requests.read,
            "scan": requests.scan,
            **Upkeep(self._maintenance).handlers(),
            **self._calibrations.handlers(),
            **visits.handlers(),
            **Alarms(self._clock, self._journal).handlers(),
            **self._guide.handlers(),
            **Resends(self._shippers, self._journal, names).handlers(),
            **Drills(self._notifiers).handlers(),
        }

    def _visits(self) -> Visits:
        """What people do and see here, and how far probes are from what they measure by hand."""
        place, drifts = Place(self._channels, self._periods_s), Drifts(self._left_open)
        return Visits(place, self._clock, self._journal, self._maintenance, self.latest, drifts)

    def _left_open(self) -> Sequence[Event] | None:
        """The events that the last run left open; None until the journal's file is open."""
        return self._journal.open_events if self._journal.is_open else None

    def _numbers(self) -> dict[str, float]:
        """What the heartbeat tells: names with their unit last, as in the `station` measurement."""
        now = self._clock.now()
        newest = self.latest.snapshot()
        good = {item.last.channel.sensor for item in newest.values() if item.last.flag is not Flag.MISSING}
        numbers = {
            "uptime_s": (now.mono_ns - self._started.mono_ns) / NS,
            "sensors_ok": float(len(good)),
            "sensors_all": float(len(self._config.sensor)),
            "queue_n": float(self._backlog()),
        }
        with suppress(OSError):  # a card that fails must not end the station
            numbers["disk_mb"] = shutil.disk_usage(self._state).free / 1e6
        numbers |= self._writer.numbers()
        return {name: round(number, 1) for name, number in numbers.items()}

    def _backlog(self) -> int:
        """Records that the furthest-behind sink has still to send."""
        return max((shipper.waiting for shipper in self._shippers), default=0)

    def _trouble(self) -> str:
        """What must be said first: the station's own disk says no."""
        journal = self._writer.status()
        if not journal["error"]:
            return ""
        return f"JOURNAL CANNOT BE {'WRITTEN' if journal['open'] else 'OPENED'}: {journal['error']}; "

    def _space(self) -> Space:
        """What the journal may take of the card; only destinations that are configured hold records back."""
        limits = Limits(self._config.journal.max_mb, self._config.journal.card_tb)
        sinks = [sink.id for sink in self._config.publish]
        return Space(self._journal, limits, partial(kept, self._journal, sinks), self._clock, self._log)

    def _ends(self, left_open: Sequence[Event], now: Instant) -> list[Event]:
        """The ends of events of the last run that nobody goes on with in this one."""
        return leftovers.ended(left_open, self._config, self._watched, now)

    def _summary(self) -> str:
        numbers = self._numbers()
        return (
            self._trouble()
            + self._watch.headline()
            + (
                f"{numbers['sensors_ok']:.0f} of {numbers['sensors_all']:.0f} sensors answer,"
                f" {self._journal.head} records, {numbers['queue_n']:.0f} to send"
            )
        )
