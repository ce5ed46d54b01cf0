"""The wires of a mine and what hangs on them: each in a mood that the weather gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import BadAnswerError, BusError, Doubt, Later, NoAnswerError, Reading, RefusedError
from tests.world.probe.channels import SPECS

if TYPE_CHECKING:
    from random import Random

    from tests.world.power import Power
    from tests.world.times import Time
    from tests.world.truth import Truth

WIRE_MOODS = ("well", "absent", "stuck", "noisy")
MOODS = ("well", "silent", "damaged", "refusing", "slow", "later", "unable")
_DEADLINE_S = 0.5


class Instruments:
    """All of them, by name, with the moods of wires and instruments. Numbers every reading."""

    def __init__(self, time: Time, random: Random, truth: Truth, power: Power) -> None:
        self.moods: dict[str, str] = {}
        self.wire_moods: dict[str, str] = {}
        self._time = time
        self._random = random
        self._truth = truth
        self._power = power
        self._is_measuring: set[str] = set()

    def open(self, bus: str) -> Wire:
        """Raises BusError."""
        if self.wire_moods.get(bus) == "absent":
            raise BusError(f"{bus} is not there", "plug it in")
        return Wire(self, bus)

    def ask(self, bus: str, name: str) -> tuple[Reading, ...] | Later:
        """One question and what comes of it. Raises DriverError."""
        self._time.passes(self._random.uniform(0.01, 0.2))
        self._power.may_go("read")
        self._judge_wire(self.wire_moods.get(bus, "well"))
        mood = self.moods.get(name, "well")
        if mood == "later" and name not in self._is_measuring:
            self._is_measuring.add(name)
            return Later(self._random.uniform(1, 40))
        self._is_measuring.discard(name)
        return self._answer(mood)

    def forget(self) -> None:
        """Their power was off as well."""
        self._is_measuring.clear()

    def _judge_wire(self, mood: str) -> None:
        if mood in {"stuck", "absent"}:
            self._time.passes(_DEADLINE_S)
            raise BusError("the line is stuck", "look at it")
        if mood == "noisy" and self._random.random() < 0.5:
            raise BadAnswerError("checksum wrong", "the shield")

    def _answer(self, mood: str) -> tuple[Reading, ...]:
        if mood == "silent":
            self._time.passes(_DEADLINE_S)
            raise NoAnswerError("silence", "is it powered?")
        if mood == "damaged":
            raise BadAnswerError("checksum wrong", "the shield")
        if mood == "refusing":
            raise RefusedError("it knows no such register", "the profile")
        if mood == "slow":
            self._time.passes(self._random.uniform(0.5, 8))
        if mood == "unable":
            return tuple(Reading(spec.quantity, None, Doubt.INVALID) for spec in SPECS)
        first = self._truth.measured(len(SPECS))
        return tuple(Reading(spec.quantity, float(first + i)) for i, spec in enumerate(SPECS))


class Wire:
    """One opened bus."""

    def __init__(self, instruments: Instruments, name: str) -> None:
        self._instruments = instruments
        self._name = name
        self._is_closed = False

    def ask(self, name: str) -> tuple[Reading, ...] | Later:
        """See `Instruments`."""
        assert not self._is_closed, "a closed bus is asked"
        return self._instruments.ask(self._name, name)

    def close(self) -> None:
        """Let go."""
        self._is_closed = True
