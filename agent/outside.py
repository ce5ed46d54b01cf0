"""What a station touches outside the house: wires, destinations, and who gives its workers their turns.

The machine's own, unless somebody brings another world: a simulated one has its own time and no threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from agent.acquire.wiring import opened
from agent.clock import SystemClock
from agent.publish.wiring import made
from agent.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from structlog.typing import FilteringBoundLogger

    from agent.clock import Clock
    from agent.config.schema import AnyBus, AnySink
    from agent.model import StationId
    from agent.publish.contract import Sink
    from agent.worker import Worker
    from drivers.contract import Bus


class Runner(Protocol):
    """Gives workers their turns. See `Supervisor`."""

    def add_room(self, workers: Iterable[Worker], clock: Clock) -> None:
        """Workers that start and stop together, living by one clock."""
        ...

    def start(self) -> None:
        """From now on they step."""
        ...

    def stop(self, timeout_s: float) -> bool:
        """Let them close, room by room, the last added first. False when one is stuck."""
        ...

    def overdue_s(self) -> dict[str, float]:
        """By worker: the seconds it is past its promise."""
        ...

    def faults(self) -> dict[str, int]:
        """By worker that ever failed: how often."""
        ...


class Outside(NamedTuple):
    """One world around the station.

    `wire_clock` is the time of what goes on outside: of deadlines and of destinations. `open_bus` raises
    BusError, `make_sink` SecretError.
    """

    runner: Runner
    wire_clock: Clock
    open_bus: Callable[[AnyBus], Bus]
    make_sink: Callable[[AnySink, StationId, Callable[[], Mapping[str, object]], Callable[[], str]], Sink]


def machine(log: FilteringBoundLogger) -> Outside:
    """The one that we live in."""
    return Outside(Supervisor(log), SystemClock(), opened, made)
