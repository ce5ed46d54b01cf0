"""What a driver is, and what may go wrong.

A driver is given an opened bus and its own validated settings, of which it may use the attributes only. It
opens nothing, retries nothing, starts no thread, and sleeps only through the bus. The poller owns schedules,
retries and time.

    DriverError
    |-- BusError         the wire: adapter unplugged, no permission, line stuck. It affects every sensor on it
    |-- NoAnswerError    the instrument is silent: power, address, cable
    `-- BadAnswerError   it answered, but damaged, refused or foreign: termination, shield, profile
        `-- RefusedError     intact, and it will say the same again: profile, firmware

Each message says what is wrong, with numbers; `hint` says what to do about it.

An instrument that calibrates inside itself has a second contract beside this one: `drivers/onboard.py`.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol, runtime_checkable


class DriverError(Exception):
    """Something between us and a value. Raised only as one of those below."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class BusError(DriverError):
    """The wire itself is in trouble: close the bus and open it again."""


class NoAnswerError(DriverError):
    """Silence until the deadline."""


class BadAnswerError(DriverError):
    """An answer that is not a value: damaged, refused by the instrument, or from somebody else."""


class RefusedError(BadAnswerError):
    """It understood and does not know such a thing: asking again at once brings the same."""


class Doubt(Enum):
    """What the instrument itself says against a reading that it gave."""

    NONE = "none"
    OVER_RANGE = "over_range"  # saturated: the number is a limit, not a measurement
    WARMING_UP = "warming_up"
    INVALID = "invalid"  # the instrument's own code for "no value"; `raw` is None


class ChannelSpec(NamedTuple):
    """One quantity that a driver delivers: its name, the instrument's unit, and what it can measure in it."""

    quantity: str
    raw_unit: str
    low: float
    high: float


class Reading(NamedTuple):
    """What the instrument said, in its own unit. `raw` is None when it gave no number; `doubt` says why."""

    quantity: str
    raw: float | None
    doubt: Doubt = Doubt.NONE


class Later(NamedTuple):
    """A measurement is under way in the instrument: `read` again after so many seconds of the wire's time.

    The bus is free for others in between. A driver that is made anew has forgotten it.
    """

    after_s: float


class Driver(Protocol):
    """One instrument on an opened bus."""

    @property
    def channels(self) -> tuple[ChannelSpec, ...]:
        """What `read` delivers, in this order."""
        ...

    def probe(self) -> str:
        """Ask for a sign of life, changing nothing; says in words who answered. Raises DriverError."""
        ...

    def read(self) -> tuple[Reading, ...] | Later:
        """One reading per channel, in the order of `channels`: all of them, or raises DriverError.

        An instrument that needs time first (a warm-up, an optic that settles, a conversion) is started, and
        `Later` says when to call again; it never sleeps here for more than a fraction of a second.
        """
        ...


@runtime_checkable
class TakesTemperature(Protocol):
    """A driver whose instrument compensates by itself, and is to be told the temperature of the sample."""

    def take_temperature(self, celsius: float | None) -> None:
        """From the next measurement on; None when nobody knows it: the instrument goes by its own."""
        ...


class Bus(Protocol):
    """One opened physical wire. Only the thread that opened it touches it."""

    def close(self) -> None:
        """Let go of the wire. Never raises."""
        ...
