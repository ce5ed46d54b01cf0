"""What the instruments of the reference station would have said at any time, without wires and waiting.

The same physics, registers, volts, profiles and steps of the converter as on the wires; only the bytes in
between are left out, so that weeks take a second. Nothing is in a vessel and no wire is faulty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.ads1115.channels import FULL_SCALE_V
from drivers.contract import Reading
from drivers.modbus.decode import decode
from drivers.modbus.fit import fitted
from drivers.simulated.instruments import input_v, instruments
from drivers.simulated.physics import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drivers.ads1115.settings import Ads1115Settings
    from drivers.modbus.settings import ModbusSettings
    from drivers.simulated.scenario import Scenario

    Say = Callable[[], tuple[Reading, ...]]

_CODES = 0x8000  # of one half of the converter's scale


class Past:
    """One site before its scenario begins.

    Args:
        seed: of the site.
        scenario: its episodes before the start, rain above all, happen here.
        start_s: Unix seconds at which the scenario begins.
        on_line: id, model and settings of the Modbus instruments.
        on_chip: id and settings of the inputs of the ADS1115.
    """

    def __init__(
        self,
        seed: int,
        scenario: Scenario,
        start_s: float,
        on_line: Iterable[tuple[str, str, ModbusSettings]],
        on_chip: Iterable[tuple[str, Ads1115Settings]],
    ) -> None:
        self._site = Site(seed, scenario, start_s)
        self._state = self._site.at(start_s)
        self._says = [
            *((sensor, self._modbus(model, settings)) for sensor, model, settings in on_line),
            *((sensor, self._converter(settings)) for sensor, settings in on_chip),
        ]

    def readings(self, t_s: float) -> Sequence[tuple[str, tuple[Reading, ...]]]:
        """What all of them say at this time, by id."""
        self._state = self._site.at(t_s)
        return [(sensor, say()) for sensor, say in self._says]

    def _modbus(self, model: str, settings: ModbusSettings) -> Say:
        instrument = instruments(lambda _unit: self._state)[settings.unit]
        channels = fitted(model, settings).channel

        def say() -> tuple[Reading, ...]:
            held = instrument.registers()
            answers = (b"".join(held[at].to_bytes(2, "big") for at in each.registers) for each in channels)
            return tuple(
                Reading(each.spec.quantity, *decode(answer, each.form))
                for each, answer in zip(channels, answers, strict=True)
            )

        return say

    def _converter(self, settings: Ads1115Settings) -> Say:
        step_v = FULL_SCALE_V[settings.gain] / _CODES
        pin = int(settings.input.removeprefix("A"))

        def say() -> tuple[Reading, ...]:
            return (Reading(settings.quantity, round(input_v(self._state, pin) / step_v) * step_v),)

        return say
