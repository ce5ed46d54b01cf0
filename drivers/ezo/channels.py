"""What an EZO circuit delivers: one quantity, in the range of its data sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import ChannelSpec
from drivers.ezo.circuits import CIRCUITS

if TYPE_CHECKING:
    from drivers.ezo.settings import EzoSettings


def channels(model: str, _settings: EzoSettings) -> tuple[ChannelSpec, ...]:
    """The one channel of the circuit `model`."""
    circuit = CIRCUITS[model]
    return (ChannelSpec(circuit.quantity, circuit.raw_unit, circuit.low, circuit.high),)
