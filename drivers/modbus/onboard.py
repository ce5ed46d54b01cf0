"""The calibration that a Modbus instrument keeps itself: told by `[calibrate]` of its profile, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from drivers.contract import BadAnswerError, RefusedError
from drivers.modbus.decode import decode, encoded
from drivers.modbus.kept import Line, Points
from drivers.modbus.profile import Block, load
from drivers.onboard import Number, Onboard, Point, asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.modbus.master import Master
    from drivers.modbus.profile import Channel, Profile

_FLOAT_REGISTERS = 2
_LEAST_FACTOR, _MOST_FACTOR = 0.1, 10.0
_MOST_OFFSET = 0.2  # of the range
_NEUTRAL = {"factor": 1.0, "offset": 0.0}


def points(model: str) -> tuple[Point, ...]:
    """What an instrument of this model takes."""
    return points_of(load(model))


def points_of(profile: Profile) -> tuple[Point, ...]:
    """What an instrument takes that is described like this."""
    match profile.calibrate:
        case Points() as kept:
            spec = _channel(profile, kept).spec
            number = Number("reference", spec.raw_unit, spec.low, spec.high)
            title = f"one of {kept.wants} standards, which it wants in all"
            return (Point("standard", title, (number,), times=kept.wants),)
        case Line() as kept:
            spec = _channel(profile, kept).spec
            most = _MOST_OFFSET * (spec.high - spec.low)
            return (
                Point(
                    "line",
                    "nothing: factor and offset were worked out from standards",
                    (
                        Number("factor", "1", _LEAST_FACTOR, _MOST_FACTOR),
                        Number("offset", spec.raw_unit, -most, most),
                    ),
                    wipes=True,
                ),
            )
    return ()


class Keeper(NamedTuple):
    """Tells one instrument, and reads it back; see `drivers.onboard` for the steps."""

    master: Master
    profile: Profile

    def recall(self) -> Iterator[Onboard | None]:
        """Ask what it holds."""
        match self.profile.calibrate:
            case Points() as kept:
                yield self._state(kept)
            case Line() as kept:
                yield self._line(kept)
            case None:
                raise self._keeps_none()

    def take(self, name: str, numbers: Mapping[str, float]) -> Iterator[Onboard | None]:
        """Tell it, and prove that it heard. Raises DriverError."""
        asked(points_of(self.profile), name, numbers)
        match self.profile.calibrate:
            case Points() as kept:
                yield from self._take_standard(kept, numbers["reference"])
            case Line() as kept:
                yield from self._take_line(kept, numbers)

    def forget(self) -> Iterator[Onboard | None]:
        """A factor of 1 and no offset, where it is a line."""
        match self.profile.calibrate:
            case Line() as kept:
                yield from self._take_line(kept, _NEUTRAL)
            case Points():
                raise RefusedError(
                    f"{self.master} has no command by which it forgets its calibration",
                    "calibrate it anew: that replaces the old one",
                )
            case None:
                raise self._keeps_none()

    def _take_standard(self, kept: Points, reference: float) -> Iterator[Onboard | None]:
        self.master.write(kept.address, encoded(reference, kept.order))
        yield None
        found = self._state(kept)
        if found.trouble and found.figures["status"] != kept.more:
            raise BadAnswerError(
                f"{self.master} was told a standard of {reference:g} and refuses: {found.trouble}",
                "rinse, take fresh standards, and begin again with the first; look at the electrode's age",
            )
        yield None
        yield found if found.trouble else self._proved(kept, reference, found)

    def _proved(self, kept: Points, reference: float, found: Onboard) -> Onboard:
        """What it shows in the standard that completed its calibration."""
        channel = _channel(self.profile, kept)
        block = Block(3, channel.address, _FLOAT_REGISTERS)
        shown, _ = decode(self.master.read(block), channel.form)
        if shown is None or abs(shown - reference) > kept.off:
            raise BadAnswerError(
                f"{self.master} says that it is calibrated, and shows {shown} in a standard of {reference:g}",
                "wait until the reading stands in each standard, and begin again with the first",
            )
        return found._replace(figures=found.figures | {"reads": shown})

    def _state(self, kept: Points) -> Onboard:
        answer = self.master.read(Block(3, kept.status_address, 1))
        status = answer[0]
        trouble = (
            "" if status == kept.done else kept.refused.get(status, f"a state {status}, not in its manual")
        )
        if status == kept.more:
            trouble = f"it was told fewer than the {kept.wants} standards that it wants"
        held = kept.wants if status == kept.done else None
        return Onboard(held, {"status": float(status)}, (answer.hex(" "),), trouble)

    def _take_line(self, kept: Line, numbers: Mapping[str, float]) -> Iterator[Onboard | None]:
        wanted = b"".join(encoded(numbers[name], kept.order) for name in ("factor", "offset"))
        self.master.write(kept.address, wanted)
        yield None
        found = self._line(kept)
        if found.told != (wanted.hex(" "),):
            raise BadAnswerError(
                f"{self.master} was told factor {numbers['factor']:g} and offset {numbers['offset']:g}, "
                f"and holds {found.figures['factor']:g} and {found.figures['offset']:g}",
                "is it locked by its maker's tool? write it again, and look at it there",
            )
        yield found

    def _line(self, kept: Line) -> Onboard:
        answer = self.master.read(Block(3, kept.address, 2 * _FLOAT_REGISTERS))
        form = _channel(self.profile, kept).form
        half = len(answer) // 2
        factor, offset = (
            decode(part, form._replace(scale=1.0, offset=0.0, order=kept.order))[0]
            for part in (answer[:half], answer[half:])
        )
        if factor is None or offset is None:
            raise BadAnswerError(
                f"{self.master} holds no factor and offset (heard {answer.hex(' ')})",
                "is it really the instrument of this profile?",
            )
        return Onboard(None, {"factor": factor, "offset": offset}, (answer.hex(" "),))

    def _keeps_none(self) -> RefusedError:
        return RefusedError(
            f"the profile of {self.master} ({self.profile.title}) has no [calibrate]",
            "calibrate it with its maker's tool, and record what was done",
        )


def _channel(profile: Profile, kept: Points | Line) -> Channel:
    return next(each for each in profile.channel if each.spec.quantity == kept.quantity)
