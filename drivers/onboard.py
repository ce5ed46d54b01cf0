"""Instruments that calibrate inside themselves: what they can be told, and what they say that they hold.

A driver that can do it has, beside what every driver has, `points`, `recall`, `take` and `forget`. The last
three give an iterator of steps. Each step puts at most one question on the wire, and holds it no longer than
a reading does; what it yields is None while the work goes on, and at the very end, once, the calibration as
it was **read back from the instrument**. An iterator that ends without one, or raises DriverError, is no
success: what the instrument holds is then unknown until `recall` has told. Every wait inside has a deadline,
so the steps end by themselves.

The bus's thread makes the steps, between the slots of other instruments (`Poller.converse`). They have to
come from the very driver that reads the instrument, which lets its readings wait meanwhile (`Later`);
whoever gives up closes the iterator.

    work = lambda driver: onboard(driver).take("mid", {"reference": 7.04}, temperature_c=15.0)
    promise = poller.converse("ph-3", work, timeout_s=30.0)
    ...
    calibration = promise.result()[-1]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from drivers.contract import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Driver


class Number(NamedTuple):
    """Something that a point has to be told: its name, unit, and what can be believed of it."""

    name: str
    unit: str
    low: float
    high: float


class Point(NamedTuple):
    """One thing that an instrument takes over for good while its probe stands in something known.

    Attributes:
        name: in the instrument's own word: `mid`, `dry`, `line`.
        title: what the probe has to stand in, for people.
        numbers: what it must be told; empty where the point says it all, like air.
        after: points of which the instrument must hold one before.
        wipes: it makes the instrument forget all others.
        times: how often it must be taken, each time in another reference, before the instrument holds any.
    """

    name: str
    title: str
    numbers: tuple[Number, ...] = ()
    after: tuple[str, ...] = ()
    wipes: bool = False
    times: int = 1


class Onboard(NamedTuple):
    """A calibration as the instrument tells it.

    Attributes:
        points: how many it says that it holds; None when it does not say.
        figures: its numbers, the unit last in each name: `acid_slope_percent`, `zero_mv`, `factor`.
        told: its answers word for word, for the record.
        trouble: what it says against its own calibration, in words; empty when nothing.
    """

    points: int | None
    figures: dict[str, float]
    told: tuple[str, ...]
    trouble: str = ""


@runtime_checkable
class Calibrates(Protocol):
    """What the driver of an instrument has that may calibrate inside itself."""

    @property
    def points(self) -> tuple[Point, ...]:
        """What this one takes, in the order in which it is best done; empty when it takes nothing."""
        ...

    def recall(self) -> Iterator[Onboard | None]:
        """Steps that ask what it holds, and change nothing."""
        ...

    def take(
        self, point: str, numbers: Mapping[str, float], temperature_c: float | None = None
    ) -> Iterator[Onboard | None]:
        """Steps that let it take one of `points` now, and read it back.

        Args:
            point: the name of one of `points`.
            numbers: by the names that the point has.
            temperature_c: of what the probe stands in, where the instrument has no thermometer of its own.

        The steps raise RefusedError before anything is written when the numbers cannot be.
        """
        ...

    def forget(self) -> Iterator[Onboard | None]:
        """Steps that bring it back to what the factory gave it. RefusedError where it cannot."""
        ...


def onboard(driver: Driver) -> Calibrates:
    """The driver as one that calibrates inside its instrument. Raises RefusedError when this one cannot."""
    if isinstance(driver, Calibrates) and driver.points:
        return driver
    raise RefusedError(
        "this instrument keeps no calibration that could be set from here",
        "calibrate it with its maker's tool, and record what was done",
    )


def asked(points: tuple[Point, ...], name: str, numbers: Mapping[str, float]) -> Point:
    """The point of this name, once its numbers are there and can be believed. Raises RefusedError."""
    point = next((each for each in points if each.name == name), None)
    if point is None:
        known = ", ".join(each.name for each in points) or "none"
        raise RefusedError(f"the instrument takes no point {name!r}", f"it takes: {known}")
    wanted = {each.name for each in point.numbers}
    if wanted != set(numbers):
        raise RefusedError(
            f"point {name} was given {', '.join(numbers) or 'nothing'}",
            f"it has to be told {', '.join(sorted(wanted)) or 'nothing'}",
        )
    for each in point.numbers:
        # Not-a-number is not between them either.
        if not each.low <= numbers[each.name] <= each.high:
            raise RefusedError(
                f"point {name} cannot be at {numbers[each.name]:g} {each.unit}",
                f"its {each.name} lies between {each.low:g} and {each.high:g} {each.unit}",
            )
    return point
