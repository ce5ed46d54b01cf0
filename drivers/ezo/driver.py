"""One EZO circuit, asked the same way over UART and I2C.

A conversation is a generator of commands that is sent their answers. `read` takes it one step further at a
time, and the bus is free for others in between; `probe` runs it through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from drivers.bus.serial import SerialLine
from drivers.contract import BadAnswerError, DriverError, Later, Reading, RefusedError
from drivers.ezo import answer, onboard
from drivers.ezo.channels import channels
from drivers.ezo.circuits import CIRCUITS
from drivers.ezo.command import CONTINUOUS, HUSH, INFO, OUTPUTS, SCALE, STATUS, reading
from drivers.ezo.i2c import I2cLink
from drivers.ezo.uart import UartLink

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from drivers.bus.i2c import I2cBus
    from drivers.ezo.command import Command
    from drivers.ezo.link import Link
    from drivers.ezo.settings import EzoCompensatedSettings, EzoSettings
    from drivers.onboard import Onboard, Point

    T = TypeVar("T")
    Talk = Generator[Command, str, T]

_POLL_S = 0.1
_PROBE_POLL_S = 0.02


def make(bus: SerialLine | I2cBus, model: str, settings: EzoSettings) -> EzoDriver:
    """The circuit `model` on a line of its own, or at its address."""
    circuit = CIRCUITS[model]
    link: Link
    if isinstance(bus, SerialLine):
        link = UartLink(bus, settings.response_timeout_s)
    else:
        link = I2cLink(bus, settings.address or circuit.address, settings.response_timeout_s)
    driver = EzoDriver(link, model, settings)
    if circuit.is_compensated:
        driver.take_temperature(cast("EzoCompensatedSettings", settings).temperature_c)
    return driver


class EzoDriver:
    """One circuit."""

    def __init__(self, link: Link, model: str, settings: EzoSettings) -> None:
        self._link = link
        self._circuit = CIRCUITS[model]
        self._model = model
        self._talk: Talk[tuple[Reading, ...]] | None = None
        self._is_taken = False
        self._is_ready = False
        self._fields, self._field = 1, 0
        self._temperature_c: float | None = None
        self._owed_c: float | None = None  # what a calibration that failed has to tell it again
        self.channels = channels(model, settings)

    def take_temperature(self, celsius: float | None) -> None:
        """Of the sample; the circuit is told with the next reading. None leaves it to the circuit."""
        self._temperature_c = celsius

    def probe(self) -> str:
        """Ask which circuit it is and why it started last, which changes nothing. Raises DriverError."""
        self._talk = None
        return self._run_through(self._introduction())

    def read(self) -> tuple[Reading, ...] | Later:
        """One step towards a reading. Raises DriverError, and begins anew then."""
        if self._is_taken:
            return Later(_POLL_S)
        try:
            return self._step()
        except DriverError:
            self._talk, self._is_ready = None, False
            raise

    @property
    def points(self) -> tuple[Point, ...]:
        """What the circuit takes of a calibration."""
        return onboard.points(self._model)

    def recall(self) -> Iterator[Onboard | None]:
        """Steps that ask what it holds. See `drivers.onboard`."""
        return self._converse(onboard.recalled(self._circuit))

    def take(
        self, point: str, numbers: Mapping[str, float], temperature_c: float | None = None
    ) -> Iterator[Onboard | None]:
        """Steps that let it take a point. See `drivers.onboard`."""
        taking = onboard.Taking(
            self._model, self._circuit, self._link.where, lambda text: self._reading(text).raw, self._owe
        )
        return self._converse(taking.talk(point, numbers, temperature_c))

    def forget(self) -> Iterator[Onboard | None]:
        """Steps that clear it. See `drivers.onboard`."""
        return self._converse(onboard.forgotten(self._circuit, self._link.where))

    def _converse(self, talk: Talk[Onboard]) -> Iterator[Onboard | None]:
        """A conversation that has the circuit to itself; between its steps the bus is free for others."""
        self._talk, self._is_taken = None, True
        is_whole = False
        try:
            yield from self._steps(self._prepared(talk))
            is_whole = True
        finally:  # also when nobody waits for its end any more
            self._is_taken = False
            self._is_ready = self._is_ready and is_whole

    def _owe(self, celsius: float | None) -> None:
        self._owed_c = celsius

    def _prepared(self, talk: Talk[T]) -> Talk[T]:
        if not self._is_ready or self._link.has_restarted():
            yield from self._prepare()
            self._is_ready = True
        return (yield from talk)

    def _steps(self, talk: Talk[T]) -> Iterator[T | None]:
        """Bounded: every question has a deadline of its own."""
        command = next(talk)
        while True:
            self._link.start(command)
            while (heard := self._link.collect()) is None:
                self._link.pause(_PROBE_POLL_S)
                yield None
            try:
                command = talk.send(heard)
            except StopIteration as end:
                yield cast("T", end.value)
                return

    def _step(self) -> tuple[Reading, ...] | Later:
        if self._talk is None:
            self._talk = self._prepared(self._measurement())
            return self._ask(next(self._talk))
        heard = self._link.collect()
        if heard is None:
            return Later(_POLL_S)
        try:
            return self._ask(self._talk.send(heard))
        except StopIteration as end:
            self._talk = None
            return cast("tuple[Reading, ...]", end.value)

    def _ask(self, command: Command) -> Later:
        self._link.start(command)
        return Later(command.takes_s)

    def _run_through(self, talk: Talk[T]) -> T:
        """All of a conversation at once."""
        *_, found = self._steps(talk)
        return cast("T", found)

    def _introduction(self) -> Talk[str]:
        who = yield from self._identify()
        status = answer.status((yield STATUS))
        return (
            f"an EZO {who.name}, firmware {who.firmware}, answers {self._link.where}; "
            f"last started by {status.cause}, supply {status.supply_v:g} V"
        )

    def _measurement(self) -> Talk[tuple[Reading, ...]]:
        if not self._is_ready or self._link.has_restarted():
            yield from self._prepare()
            self._is_ready = True
        text = yield reading(self._circuit.reading_s, self._temperature_c)
        return (self._reading(text),)

    def _prepare(self) -> Talk[None]:
        """Make sure once that an answer will mean what we take it for."""
        if self._link.may_chatter:
            yield from self._hush()
        yield from self._identify()
        if self._circuit.outputs:
            enabled = answer.body((yield OUTPUTS), OUTPUTS)
            self._fields, self._field = self._place(enabled)
        if self._circuit.has_scale:
            self._check_scale(answer.body((yield SCALE), SCALE))
        if self._owed_c is not None:
            yield from onboard.restored(self._owed_c)
            self._owed_c = None

    def _hush(self) -> Talk[None]:
        """End continuous mode, else a reading that nobody asked for passes for the one that we want."""
        if answer.body((yield CONTINUOUS), CONTINUOUS) == "0":
            return
        yield HUSH
        if answer.body((yield CONTINUOUS), CONTINUOUS) != "0":
            raise BadAnswerError(
                f"the EZO circuit {self._link.where} does not leave its continuous mode",
                "is it locked (`Plock,1`), or does it not hear us: check the wire to its RX",
            )

    def _identify(self) -> Talk[answer.Info]:
        who = answer.info((yield INFO))
        if who.name.replace(".", "").casefold() != self._circuit.name.casefold():
            raise RefusedError(
                f"an EZO {who.name} answers {self._link.where}, not an EZO {self._circuit.name}",
                "change `model` in the configuration, or the circuit",
            )
        return who

    def _place(self, enabled: str) -> tuple[int, int]:
        """How many numbers a reading will hold, and which of them is ours."""
        order = self._circuit.outputs
        names = [name.casefold() for name in enabled.split(",")]
        known = [name for name in order if name.casefold() in names]
        if order[0] not in known or len(known) != len(names):
            raise RefusedError(
                f"the EZO circuit {self._link.where} is set to give {enabled or 'nothing'}, "
                f"which does not tell where its {order[0]} is",
                f"send it O,{order[0]},1 and for each other output NAME: O,NAME,0",
            )
        return len(names), known.index(order[0])

    def _check_scale(self, scale: str) -> None:
        if scale.upper() != "C":
            raise RefusedError(
                f"the EZO circuit {self._link.where} gives kelvin or Fahrenheit (its scale is {scale})",
                "send it S,c once: it keeps that",
            )

    def _reading(self, text: str) -> Reading:
        numbers = text.split(",")
        if len(numbers) != self._fields:
            raise BadAnswerError(
                f"the EZO circuit {self._link.where} gave {len(numbers)} numbers instead of {self._fields}: "
                f"{text}",
                "somebody changed its outputs (`O,?` tells), or its answer arrived damaged",
            )
        return Reading(self._circuit.quantity, float(numbers[self._field]))
