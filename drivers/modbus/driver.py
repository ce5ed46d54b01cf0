"""Any Modbus RTU instrument that a profile describes.

    cold ─▶ warm up ─▶ wipe ─▶ start ─▶ settle ─▶ sample, sample, ... ─▶ stop ─▶ the median of the samples

Most instruments know none of these steps but the one sample. Between steps that take time the bus is free.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from drivers.contract import BadAnswerError, Later, NoAnswerError, Reading
from drivers.modbus import onboard
from drivers.modbus.decode import decode, shifted
from drivers.modbus.fit import fitted
from drivers.modbus.master import BusyError, Master
from drivers.modbus.median import median

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.bus.serial import SerialLine
    from drivers.contract import ChannelSpec
    from drivers.modbus.decode import Form
    from drivers.modbus.profile import Channel, Profile
    from drivers.modbus.settings import ModbusSettings
    from drivers.onboard import Onboard, Point

# Exceptions 5 and 6 ask for patience, within reason.
_BUSY_PAUSE_S = 1.0
_MOST_PAUSES = 3


def make(bus: SerialLine, model: str, settings: ModbusSettings) -> ModbusDriver:
    """The instrument with this unit number, described by the profile `model` or, generic, by its settings."""
    return ModbusDriver(bus, fitted(model, settings), settings)


class _Place(NamedTuple):
    """Where a channel's number lies: in which answer, and between which bytes of it."""

    quantity: str
    block: int
    span: slice
    form: Form
    decimals: slice | None


class ModbusDriver:
    """One instrument on a line: each `[[read]]` of its profile is one transaction.

    It counts on being called after the time that `Later` names. A step that failed by a damaged answer is
    taken again by the next call; after silence everything begins anew.
    """

    def __init__(self, line: SerialLine, profile: Profile, settings: ModbusSettings) -> None:
        self._profile = profile
        self._places = tuple(_place(profile, each) for each in profile.channel)
        self._master = Master(
            line, settings.unit, profile, settings.response_timeout_s or profile.response_timeout_s
        )
        self._between_s = settings.between_s
        self._samples = settings.samples
        commands = (profile.wipe if settings.wipe else None, profile.start)
        self._beginning = tuple(each for each in commands if each is not None)
        self._is_warm = profile.warm_up_s == 0
        self._begin_anew()

    @property
    def channels(self) -> tuple[ChannelSpec, ...]:
        """The profile's channels."""
        return self._profile.channels

    @property
    def points(self) -> tuple[Point, ...]:
        """What the instrument takes of a calibration that it keeps itself."""
        return onboard.points_of(self._profile)

    def recall(self) -> Iterator[Onboard | None]:
        """Steps that ask what it holds. See `drivers.onboard`."""
        return onboard.Keeper(self._master, self._profile).recall()

    def take(
        self,
        point: str,
        numbers: Mapping[str, float],
        temperature_c: float | None = None,  # noqa: ARG002  each of these has a thermometer
    ) -> Iterator[Onboard | None]:
        """Steps that let it take a point. See `drivers.onboard`."""
        return onboard.Keeper(self._master, self._profile).take(point, numbers)

    def forget(self) -> Iterator[Onboard | None]:
        """Steps back to a neutral calibration. See `drivers.onboard`."""
        return onboard.Keeper(self._master, self._profile).forget()

    def probe(self) -> str:
        """Read the first block: all reads of a profile are free of side effects. Raises DriverError."""
        self._master.read(self._profile.read[0])
        return f"{self._master} answers as a {self._profile.title} would"

    def read(self) -> tuple[Reading, ...] | Later:
        """One reading per channel, or how long until the next step. Raises DriverError."""
        try:
            return self._step()
        except BusyError:
            if self._pauses == _MOST_PAUSES:
                self._begin_anew()
                raise
            self._pauses += 1
            return Later(_BUSY_PAUSE_S)
        except NoAnswerError:
            self._is_warm = self._profile.warm_up_s == 0
            self._begin_anew()
            raise

    def _begin_anew(self) -> None:
        """The next reading starts with its first step."""
        self._to_say = list(self._beginning)
        self._taken: list[tuple[Reading, ...]] = []
        self._pauses = 0

    def _step(self) -> tuple[Reading, ...] | Later:
        if not self._is_warm:
            self._master.read(self._profile.read[0])  # a sign of life: from here on it warms up
            self._is_warm = True
            return Later(self._profile.warm_up_s)
        while self._to_say:
            self._master.say(self._to_say[0].body)
            wait_s = self._to_say.pop(0).wait_s
            if wait_s:
                return Later(wait_s)
        self._taken.append(self._sample())
        return Later(self._between_s) if len(self._taken) < self._samples else self._end()

    def _sample(self) -> tuple[Reading, ...]:
        """One value per channel; a block that fails fails all."""
        answers = [self._master.read(block) for block in self._profile.read]
        return tuple(_reading(each, answers[each.block]) for each in self._places)

    def _end(self) -> tuple[Reading, ...]:
        readings = median(self._taken)
        self._begin_anew()
        if self._profile.stop is not None:
            # The values are here and good; one that did not hear the stop is told again next time.
            with suppress(NoAnswerError, BadAnswerError):
                self._master.say(self._profile.stop.body)
        return readings


def _place(profile: Profile, channel: Channel) -> _Place:
    block = profile.block_of(channel)

    def span(address: int, registers: int) -> slice:
        at = 2 * (address - block.address)
        return slice(at, at + 2 * registers)

    decimals = None if channel.decimals_address is None else span(channel.decimals_address, 1)
    return _Place(
        channel.spec.quantity,
        profile.read.index(block),
        span(channel.address, channel.form.registers),
        channel.form,
        decimals,
    )


def _reading(place: _Place, answer: bytes) -> Reading:
    value, doubt = decode(answer[place.span], place.form)
    if place.decimals is not None:
        value = shifted(value, answer[place.decimals])
    return Reading(place.quantity, value, doubt)
