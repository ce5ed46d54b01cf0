"""Who may use an SDI-12 line, and which measurements are under way on it.

After M the recorder has to stay off the line until the sensor is ready: a break aborts the measurement. After
C others may be asked, but not the sensor itself. All drivers on a line share its `Turns`: each asks before it
speaks, and several that want the same measurement of an instrument (the inputs of a multi-channel reader)
join it instead of starting another.

One thread owns a line, so nothing here is locked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from drivers.bus.serial import SerialLine

# Who joined a measurement and did not come for its values by now gets a new one: these are no longer fresh.
_FRESH_S = 30.0


@dataclass
class Measurement:
    """One measurement in an instrument.

    Attributes:
        address: of the instrument.
        command: what started it: M, C, CC1 ...
        count: how many values it will give.
        ready_at: when at the latest, of `time.monotonic`.
        values: what it gave, once somebody has fetched it.
    """

    address: str
    command: str
    count: int
    ready_at: float
    values: tuple[float, ...] | None = None

    def is_fresh(self, now: float) -> bool:
        """Whether its values are still worth having."""
        return now < self.ready_at + _FRESH_S

    def holds(self, address: str) -> bool:
        """Whether `address` must not be asked while it lasts: any after M, its own alone after C."""
        return self.command.startswith("M") or self.address == address


class Turns:
    """The measurements of one line whose values nobody has fetched yet."""

    def __init__(self) -> None:
        self._under_way: dict[str, Measurement] = {}

    def wait_s(self, address: str, now: float) -> float:
        """How long `address` must not be asked yet."""
        waits_s = (each.ready_at - now for each in self._under_way.values() if each.holds(address))
        return max(waits_s, default=0.0)

    def join(self, address: str, command: str, now: float) -> Measurement | None:
        """The measurement of this kind that is under way, if there is one."""
        found = self._under_way.get(address)
        return found if found and found.command == command and found.is_fresh(now) else None

    def began(self, measurement: Measurement) -> None:
        """A sensor does one thing at a time: what it did before is forgotten."""
        self._under_way[measurement.address] = measurement

    def ended(self, measurement: Measurement) -> None:
        """Its values are fetched, or it failed: nobody else can join."""
        if self._under_way.get(measurement.address) is measurement:
            del self._under_way[measurement.address]


_TURNS: WeakKeyDictionary[SerialLine, Turns] = WeakKeyDictionary()


def turns_of(line: SerialLine) -> Turns:
    """The one `Turns` of an open line; it ends with the line."""
    return _TURNS.setdefault(line, Turns())
