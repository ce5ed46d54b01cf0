"""The demo's weeks before its first day: the same site and instruments, stored as a station would have.

The detectors compare a site with its own life, so a demo needs one. Readings come from the simulated site
without its wires; conversion, quality control, what that has learned, and the journal are the station's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent import paths
from agent.acquire.answer import observations
from agent.acquire.courses import courses
from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.acquire.memory import Memory
from agent.acquire.wiring import polled_sensor
from agent.clock import NS
from agent.journal.journal import Journal
from agent.journal.writer import JournalWriter
from agent.model import Instant, Trust
from drivers.simulated.past import Past
from drivers.simulated.scenario import SCENARIOS

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from structlog.typing import FilteringBoundLogger

    from agent.acquire.convert.contract import Companion
    from agent.acquire.sensor import PolledSensor
    from agent.config.schema import Config
    from agent.model import Input, Observation
    from drivers.contract import Reading

PERIOD_S = 900.0
_DAY_S = 86_400.0
_SLOTS_A_COMMIT = 192


class _Hand:
    """A clock of a boot before the demo's, moved by hand."""

    boot_id = "before-the-demo"

    def __init__(self, wall_ns: int) -> None:
        self._began_ns = wall_ns
        self._wall_ns = wall_ns

    def pass_on(self, seconds: float) -> None:
        """It is so much later."""
        self._wall_ns += round(seconds * NS)

    def now(self) -> Instant:
        return Instant(self._wall_ns, self._wall_ns - self._began_ns, Trust.NTP)

    def seconds(self, wire_s: float) -> float:
        return wire_s

    def wait(self, wake: threading.Event, timeout_s: float) -> None:
        """Nobody waits for a hand."""


def make(
    config: Config,
    scenario: str,
    seed: int,
    until_ns: int,
    days: int,
    log: FilteringBoundLogger,
    is_stopped: Callable[[], bool] = lambda: False,
) -> int | None:
    """Fill the journal of the station that `config` describes with its days up to `until_ns`.

    Its last readings are of that very moment, so that a run that begins then leaves no gap.

    Args:
        config: of the simulated station.
        scenario: what happens from `until_ns` on.
        seed: of the site.
        until_ns: when the run begins, Unix time.
        days: whole ones.
        log: of the journal.
        is_stopped: asked between two commits; then what is made so far is left, and that is all.

    Returns:
        The last seq of the journal then, 0 without any days; None when it was stopped.
    """
    if not days:
        return 0
    slots = round(days * _DAY_S / PERIOD_S)
    clock = _Hand(until_ns - round((slots - 1) * PERIOD_S * NS))
    state = paths.state_dir(config.station.state_dir)
    journal = Journal(state / paths.JOURNAL_NAME)
    writer = JournalWriter(journal, clock, log)
    latest = Latest()
    judging = Judging(courses(config), latest)
    sensors = {sensor.id: polled_sensor(sensor, config.station.elevation_m) for sensor in config.sensor}
    past = Past(seed, SCENARIOS[scenario], until_ns / NS, *wired(config.sensor))
    writer.open(clock.now())
    stopped = False
    for slot in range(slots):
        now = clock.now()
        for batch in _batches(past.readings(now.wall_ns / NS), sensors):
            found = [each for sensor, said in batch for each in _observed(sensor, said, now, latest)]
            judged = judging.judged(found)
            journal.append(judged)
            latest.put(judged)
        if slot % _SLOTS_A_COMMIT == 0:
            writer.step(now)
            stopped = is_stopped()
        if stopped:
            break
        clock.pass_on(PERIOD_S)
    writer.close()
    if stopped:
        return None
    Memory(state, judging, clock, log).close()
    return journal.head


def wired(sensors: Sequence[Any]) -> tuple[list[tuple[str, str, Any]], list[tuple[str, Any]]]:
    """Who hangs on the line, and who on the converter."""
    chip = [(sensor.id, sensor) for sensor in sensors if sensor.model == "ads1115"]
    return [(sensor.id, sensor.model, sensor) for sensor in sensors if sensor.model != "ads1115"], chip


def _batches(
    readings: Sequence[tuple[str, tuple[Reading, ...]]], sensors: Mapping[str, PolledSensor]
) -> Iterator[list[tuple[PolledSensor, tuple[Reading, ...]]]]:
    """As a poller hands them over: who is corrected by others comes after them."""
    said = [(sensors[sensor], reading) for sensor, reading in readings]
    for needs_others in (False, True):
        yield [each for each in said if each[0].needs_others is needs_others]


def _observed(
    sensor: PolledSensor, readings: tuple[Reading, ...], at: Instant, latest: Latest
) -> list[Observation]:
    def look_up(companion: Companion) -> Input:
        return companion.taken(latest.good(companion.channel, at))

    return observations(sensor.measures, readings, at, look_up)
