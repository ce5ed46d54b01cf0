"""Any SDI-12 instrument that a profile describes."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from drivers.contract import BadAnswerError, Doubt, DriverError, Later, NoAnswerError, Reading
from drivers.sdi12 import codec
from drivers.sdi12.profile import for_sensor
from drivers.sdi12.turns import Measurement, turns_of
from drivers.sdi12.wire import Wire

if TYPE_CHECKING:
    from drivers.bus.serial import SerialLine
    from drivers.contract import ChannelSpec
    from drivers.sdi12.profile import Place, Profile
    from drivers.sdi12.settings import Sdi12Settings

# Most sensors are ready long before the whole second that they announce, and say so. Listening for this long
# gets their values at once; a slower one is left alone until its time is over.
_LISTEN_S = 0.3
# A sensor counts its seconds by its own clock.
_CLOCK_MARGIN_S = 0.1
_START_LENGTH = len("atttnn\r\n")
_LONGEST_AFTER_M = len("a") + 35 + len("crc\r\n")


def make(bus: SerialLine, model: str, settings: Sdi12Settings) -> Sdi12Driver:
    """The instrument at this address, described by the profile `model`."""
    return Sdi12Driver(bus, for_sensor(model, settings), settings)


class Sdi12Driver:
    """One instrument on a line, or one input of one."""

    def __init__(self, line: SerialLine, profile: Profile, settings: Sdi12Settings) -> None:
        self._port = line.port
        self._profile = profile
        self._address = settings.address
        self._turns = turns_of(line)
        self._wire = Wire(
            line,
            settings.address,
            response_timeout_s=settings.response_timeout_s,
            retries=settings.retries,
        )
        self._joined: Measurement | None = None

    @property
    def channels(self) -> tuple[ChannelSpec, ...]:
        """The profile's channels."""
        return self._profile.channels

    def probe(self) -> str:
        """Ask who it is. A measurement on the line is not disturbed. Raises DriverError."""
        wait_s = self._turns.wait_s(self._address, time.monotonic())
        if wait_s > 0:
            raise BadAnswerError(
                f"{self._who()} cannot be asked now: a measurement is under way on the line",
                f"ask again in {wait_s:.0f} s",
            )
        identity = self._wire.ask("I", self._identity, codec.LONGEST_IDENTITY)
        return (
            f"{self._who()} is {identity.vendor} {identity.model}, firmware {identity.firmware}, "
            f"serial number {identity.serial or 'not told'}; set up as {self._profile.title}"
        )

    def read(self) -> tuple[Reading, ...] | Later:
        """One reading per channel, or when to come back for them. Raises DriverError."""
        if self._profile.command.startswith("R"):
            return self._read_continuous()
        self._joined = self._ours()
        if self._joined is None:
            wait_s = self._make_way()
            if wait_s > 0:
                return Later(wait_s)
            self._joined = self._start()
        wait_s = self._wait_s(self._joined)
        return Later(wait_s) if wait_s > 0 else self._readings(self._finish(self._joined))

    def _read_continuous(self) -> tuple[Reading, ...] | Later:
        """R: the sensor measures all the time and answers at once."""
        wait_s = self._make_way()
        if wait_s > 0:
            return Later(wait_s)
        command = self._profile.command
        return self._readings(self._wire.ask(command, partial(self._values, command)))

    def _ours(self) -> Measurement | None:
        """The one that we joined, if it is over; else what stands in the sensor, if it is of our kind."""
        now = time.monotonic()
        if self._joined is not None and self._joined.outcome is not None and self._joined.is_fresh(now):
            return self._joined
        standing = self._turns.standing(self._address, now)
        return standing if standing is not None and standing.command == self._profile.command else None

    def _make_way(self) -> float:
        """How long the sensor must not be told to measure yet.

        What stands in it for others is fetched for them: a new measurement would erase it. Damage is theirs
        to hear of, but silence is ours too. Raises DriverError.
        """
        now = time.monotonic()
        wait_s = self._turns.wait_s(self._address, now)
        standing = self._turns.standing(self._address, now)
        if wait_s <= 0 and standing is not None:
            outcome = self._settle(standing)
            if isinstance(outcome, NoAnswerError):
                raise outcome
        return wait_s

    def _start(self) -> Measurement:
        command = self._profile.command
        begun = self._wire.ask(command, self._begun, _START_LENGTH)
        # A sensor that is ready at once says so with 000, and needs no margin.
        wait_s = begun.wait_s + _CLOCK_MARGIN_S if begun.wait_s else 0.0
        measurement = Measurement(self._address, command, begun.value_count, time.monotonic() + wait_s)
        self._turns.began(measurement)
        return measurement

    def _wait_s(self, measurement: Measurement) -> float:
        """How long until its values can be had. The sensor may say so before its time: listens a moment."""
        if measurement.outcome is not None:
            return 0.0
        now = time.monotonic()
        if now < measurement.ready_at and measurement.command.startswith("M"):
            request = self._wire.hear(min(measurement.ready_at, now + _LISTEN_S))
            if request == self._address.encode("ascii") + codec.END:
                measurement.ready_at = time.monotonic()
        # Ours may be ready while another sensor's M lasts, which our question would abort.
        return self._turns.wait_s(self._address, time.monotonic())

    def _finish(self, measurement: Measurement) -> tuple[float, ...]:
        """The values, fetched by whoever comes first. Raises DriverError: to all who joined the same."""
        self._joined = None
        outcome = self._settle(measurement) if measurement.outcome is None else measurement.outcome
        if isinstance(outcome, DriverError):
            raise outcome
        return outcome

    def _settle(self, measurement: Measurement) -> tuple[float, ...] | DriverError:
        """Ask for the values of the measurement that stands in the sensor, for all who joined it.

        From now on nobody joins. Raises BusError.
        """
        self._turns.ended(measurement)
        try:
            measurement.outcome = self._fetch(measurement)
        except (BadAnswerError, NoAnswerError) as error:
            measurement.outcome = error
        return measurement.outcome

    def _fetch(self, measurement: Measurement) -> tuple[float, ...]:
        longest = _LONGEST_AFTER_M if measurement.command.startswith("M") else codec.LONGEST_ANSWER
        found: tuple[float, ...] = ()
        for page in range(codec.MOST_PAGES):
            if len(found) >= measurement.count:
                break
            more = self._wire.ask(f"D{page}", partial(self._values, measurement.command), longest)
            if not more:
                break
            found += more
        if len(found) != measurement.count:
            raise self._miscounted(len(found), measurement.count)
        return found

    def _readings(self, values: tuple[float, ...]) -> tuple[Reading, ...]:
        if len(values) < self._profile.fewest_values:
            raise BadAnswerError(
                f"{self._who()} gives {len(values)} values, and a {self._profile.title} has "
                f"{self._profile.fewest_values}",
                f"is it another instrument, or set to give fewer? `{self._address}I!` tells who it is",
            )
        return tuple(_reading(place, values[place.value - 1]) for place in self._profile.places)

    def _identity(self, line: bytes) -> codec.Identity:
        return codec.identity(codec.body(line, self._address), self._address)

    def _begun(self, line: bytes) -> codec.Start:
        return codec.start(codec.body(line, self._address), self._profile.command)

    def _values(self, command: str, line: bytes) -> tuple[float, ...]:
        """What `line` holds, as an answer to R or to the D after this `command`. Raises BadAnswerError."""
        said = (codec.checked if codec.has_checksum(command) else codec.body)(line, self._address)
        return codec.values(said)

    def _miscounted(self, came: int, announced: int) -> BadAnswerError:
        if came == 0:
            return BadAnswerError(
                f"{self._who()} has no values: its measurement was aborted",
                "something else woke the line meanwhile: another recorder, or a dip of its 12 V supply",
            )
        return BadAnswerError(
            f"{self._who()} announced {announced} values and gave {came}",
            "check its supply; two sensors with one address look like this too",
        )

    def _who(self) -> str:
        return f"SDI-12 address {self._address} on {self._port}"


def _reading(place: Place, number: float) -> Reading:
    doubt = place.doubt(number)
    return Reading(place.quantity, number if doubt is Doubt.NONE else None, doubt)
