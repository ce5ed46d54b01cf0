"""Who may use an SDI-12 line, and which measurements are under way on it.

After M the recorder has to stay off the line until the sensor is ready: a break aborts the measurement. After
C others may be asked, but not the sensor itself. All drivers on a line share its `Turns`: each asks before it
speaks, and several that want the same measurement of an instrument (the inputs of a multi-channel reader)
join it instead of starting another. A sensor that is told to measure forgets what it had, so whoever wants
something else of it first fetches what stands there for those who wait.

One thread owns a line, so nothing here is locked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from drivers.bus.serial import SerialLine
    from drivers.contract import DriverError

# Who joined a measurement and did not come for its values by now gets a new one: these are no longer fresh.
_FRESH_S = 30.0
_ANYBODY = "?"


@dataclass
class Measurement:
    """One measurement in an instrument.

    Attributes:
        address: of the instrument.
        command: what started it: M, C, CC1 ...
        count: how many values it will give.
        ready_at: when at the latest, of `time.monotonic`.
        outcome: once somebody has asked for it, for all who joined: the values, or why there are none.
    """

    address: str
    command: str
    count: int
    ready_at: float
    outcome: tuple[float, ...] | DriverError | None = None

    def is_fresh(self, now: float) -> bool:
        """Whether what came of it is still worth having."""
        return now < self.ready_at + _FRESH_S

    def holds(self, address: str) -> bool:
        """Whether `address` must not be asked while it lasts: any after M, its own alone after C.

        The question to anybody is one to this sensor too.
        """
        return self.command.startswith("M") or address in (self.address, _ANYBODY)


class Turns:
    """The measurements of one line whose values nobody has fetched yet."""

    def __init__(self) -> None:
        self._under_way: dict[str, Measurement] = {}

    def wait_s(self, address: str, now: float) -> float:
        """How long `address` must not be asked yet."""
        waits_s = (each.ready_at - now for each in self._under_way.values() if each.holds(address))
        return max(waits_s, default=0.0)

    def standing(self, address: str, now: float) -> Measurement | None:
        """What `address` measures, or has measured and nobody has fetched while it was fresh."""
        found = self._under_way.get(address)
        return found if found and found.is_fresh(now) else None

    def began(self, measurement: Measurement) -> None:
        """A sensor does one thing at a time: what it did before is forgotten."""
        self._under_way[measurement.address] = measurement

    def ended(self, measurement: Measurement) -> None:
        """The one that stands at its address is being fetched: nobody else can join."""
        del self._under_way[measurement.address]


_TURNS: WeakKeyDictionary[SerialLine, Turns] = WeakKeyDictionary()


def turns_of(line: SerialLine) -> Turns:
    """The one `Turns` of an open line; it ends with the line."""
    return _TURNS.setdefault(line, Turns())
