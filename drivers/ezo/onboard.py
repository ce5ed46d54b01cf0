"""The calibration that an EZO circuit keeps inside itself: its points, how it is told and asked.

Every function that talks is a conversation like those of `driver`: commands out, answers in.
Source: the Atlas Scientific data sheets of EZO-pH, EZO-EC, EZO-ORP, EZO-DO: chapters Calibration and Slope.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from drivers.contract import BadAnswerError, RefusedError
from drivers.ezo import answer
from drivers.ezo.command import CALIBRATED, CELL, SLOPE, TEMPERATURE, order, reading
from drivers.onboard import Number, Onboard, Point, asked

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from typing import TypeVar

    from drivers.ezo.circuits import Circuit
    from drivers.ezo.command import Command

    T = TypeVar("T")
    Talk = Generator[Command, str, T]

# By the data sheets; readings of some firmware took twice as long as printed, and so may this.
_CALIBRATING_S = 1.8
_SAME_C = 0.01
_LOWEST_C, _HIGHEST_C = 0.0, 50.0  # of a standard that anybody would calibrate in


class _Told(NamedTuple):
    """How a point is said, and what proves that it was heard.

    `holds` is how many points the circuit must say afterwards that it holds, at least and at most. It must
    then read the reference to within `off` and `off_percent` of it; None where its reading says nothing.
    """

    point: Point
    text: str
    holds: tuple[int, int]
    off: float | None = None
    off_percent: float = 0.0
    reads: float | None = None  # instead of the reference, where none is told


def _reference(unit: str, low: float, high: float) -> tuple[Number, ...]:
    return (Number("reference", unit, low, high),)


_TOLD: dict[str, tuple[_Told, ...]] = {
    "ezo-ph": (
        _Told(
            Point("mid", "a buffer near pH 7", _reference("pH", 6.0, 8.0), wipes=True),
            "Cal,mid,{:.2f}",
            (1, 1),
            off=0.1,
        ),
        _Told(
            Point("low", "a buffer below pH 6", _reference("pH", 1.0, 5.99), after=("mid",)),
            "Cal,low,{:.2f}",
            (2, 3),
            off=0.1,
        ),
        _Told(
            Point("high", "a buffer above pH 8", _reference("pH", 8.01, 13.0), after=("mid",)),
            "Cal,high,{:.2f}",
            (2, 3),
            off=0.1,
        ),
    ),
    "ezo-ec": (
        _Told(Point("dry", "nothing: the probe is dry, in air"), "Cal,dry", (0, 2), off=1.0, reads=0.0),
        _Told(
            Point("single", "the one standard that there is", _reference("uS/cm", 5.0, 200_000.0)),
            "Cal,{:.10g}",
            (1, 2),
            off=2.0,
            off_percent=3.0,
        ),
        # The lower of two counts only once the higher is there: until then nothing can be read of it.
        _Told(
            Point("low", "the lower of two standards", _reference("uS/cm", 5.0, 200_000.0)),
            "Cal,low,{:.10g}",
            (0, 2),
        ),
        _Told(
            Point(
                "high", "the higher of two standards, after the lower", _reference("uS/cm", 10.0, 200_000.0)
            ),
            "Cal,high,{:.10g}",
            (1, 2),
            off=2.0,
            off_percent=3.0,
        ),
    ),
    "ezo-orp": (
        _Told(
            Point("single", "a redox standard", _reference("mV", -1000.0, 1000.0)),
            "Cal,{:.10g}",
            (1, 1),
            off=5.0,
        ),
    ),
    # What it must read in air depends on pressure and salinity, which are set in the circuit.
    "ezo-do": (
        _Told(Point("air", "air, or water saturated with it"), "Cal", (1, 2)),
        _Told(Point("zero", "a zero-oxygen solution"), "Cal,0", (1, 2), off=0.5, reads=0.0),
    ),
}


def points(model: str) -> tuple[Point, ...]:
    """What the circuit `model` takes."""
    return tuple(each.point for each in _TOLD.get(model, ()))


def recalled(circuit: Circuit) -> Talk[Onboard]:
    """Ask what it holds."""
    told = [(yield CALIBRATED)]
    held = int(answer.body(told[0], CALIBRATED))
    figures: dict[str, float] = {}
    trouble = ""
    if circuit.is_compensated:
        told.append((yield TEMPERATURE))
        figures["temperature_c"] = float(answer.body(told[-1], TEMPERATURE))
    if circuit.quantity == "ph":
        told.append((yield SLOPE))
        slope = answer.slope(told[-1])
        figures |= {"acid_slope_percent": slope.acid_percent, "base_slope_percent": slope.base_percent}
        figures |= {} if slope.zero_mv is None else {"zero_mv": slope.zero_mv}
        trouble = "" if slope.is_fit else _spent(slope)
    if circuit.quantity == "conductivity":
        told.append((yield CELL))
        figures["cell_constant_per_cm"] = float(answer.body(told[-1], CELL))
    return Onboard(held, figures, tuple(told), trouble)


def _spent(slope: answer.Slope) -> str:
    return (
        f"slopes of {slope.acid_percent:g} % (acid) and {slope.base_percent:g} % (base) are not those of a "
        "usable electrode: 85 to 105 %"
    )


class Taking(NamedTuple):
    """A point that a circuit is to take.

    `value` finds the channel's number in the text of a reading; `where` is the circuit's place, for messages.
    `owe` keeps the temperature that the circuit must be told again, whatever comes of this; None once it was.
    """

    model: str
    circuit: Circuit
    where: str
    value: Callable[[str], float | None]
    owe: Callable[[float | None], None]

    def talk(self, point: str, numbers: Mapping[str, float], temperature_c: float | None) -> Talk[Onboard]:
        """Tell it, and prove that it heard. Raises DriverError."""
        asked(points(self.model), point, numbers)
        told = next(each for each in _TOLD[self.model] if each.point.name == point)
        before = yield from recalled(self.circuit)
        self._check_order(told.point, before)
        if self.circuit.is_compensated and temperature_c is not None:
            self.owe(before.figures["temperature_c"])
            yield from _warmed(temperature_c)
        yield order(told.text.format(*numbers.values()), _CALIBRATING_S)
        after = yield from recalled(self.circuit)
        self._check_held(told, after, temperature_c)
        after.figures.update((yield from self._proved(told, numbers)))
        if self.circuit.is_compensated and temperature_c is not None:
            yield from restored(before.figures["temperature_c"])
            self.owe(None)
        return after

    def _check_order(self, point: Point, before: Onboard) -> None:
        if point.after and not before.points:
            raise RefusedError(
                f"the EZO circuit {self.where} holds no point yet, and {point.name} needs one before it",
                f"begin with {' or '.join(point.after)}",
            )

    def _check_held(self, told: _Told, after: Onboard, temperature_c: float | None) -> None:
        least, most = told.holds
        assert after.points is not None
        if not least <= after.points <= most:
            raise BadAnswerError(
                f"the EZO circuit {self.where} was told {told.point.name}, and says that it holds "
                f"{after.points} points: it did not take it",
                "look whether it is locked (`Plock,?`), and take the point again",
            )
        believed_c = after.figures.get("temperature_c")
        if temperature_c is not None and believed_c is not None and abs(believed_c - temperature_c) > _SAME_C:
            raise BadAnswerError(
                f"the EZO circuit {self.where} took {told.point.name} for a sample of {believed_c:g} degC, "
                f"not of {temperature_c:g}: it restarted in between",
                "look at its supply, and take the point again",
            )

    def _proved(self, told: _Told, numbers: Mapping[str, float]) -> Talk[dict[str, float]]:
        """What it reads now in the reference that it was just told."""
        value = self.value((yield reading(self.circuit.reading_s, None)))
        reference = next(iter(numbers.values()), told.reads)
        if value is None or told.off is None or reference is None:
            return {}
        if abs(value - reference) > told.off + told.off_percent / 100 * abs(reference):
            raise BadAnswerError(
                f"the EZO circuit {self.where} reads {value:g} {self.circuit.raw_unit} "
                f"where it was just told {reference:g}",
                "wait until the probe has settled and the reading stands, and take the point again",
            )
        return {"reads": value}


def forgotten(circuit: Circuit, where: str) -> Talk[Onboard]:
    """Clear it, and prove that it is. Raises DriverError."""
    yield order("Cal,clear", _CALIBRATING_S)
    after = yield from recalled(circuit)
    if after.points:
        raise BadAnswerError(
            f"the EZO circuit {where} was told to forget its calibration, and still holds "
            f"{after.points} points",
            "look whether it is locked (`Plock,?`)",
        )
    return after


def restored(temperature_c: float) -> Talk[None]:
    """Tell it the temperature of before a calibration, by which it corrects what it measures."""
    yield order(f"T,{temperature_c:g}")


def _warmed(temperature_c: float) -> Talk[None]:
    """Tell it how warm the sample is. It is read back together with the calibration."""
    if not _LOWEST_C <= temperature_c <= _HIGHEST_C:
        raise RefusedError(
            f"a standard of {temperature_c:g} degC is nothing to calibrate in",
            f"let it come to between {_LOWEST_C:g} and {_HIGHEST_C:g} degC",
        )
    yield order(f"T,{round(temperature_c, 2):g}")
