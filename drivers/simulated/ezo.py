"""An EZO circuit as its data sheet has it (Atlas Scientific): commands in, replies out, whatever the wire.

Written from the data sheets and without a look at `drivers/ezo`: a mistake there shows here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRMWARE = "2.16"
_POWER_ON_C = 25.0
_OUTPUTS = {"EC": ("EC", "TDS", "S", "SG"), "DO": ("%", "mg")}
_COMPENSATED = {"pH", "EC", "DO"}
_ENABLED = {"EC": {"EC"}, "DO": {"mg"}}


class RefusedError(Exception):
    """The circuit does not know this command, or not with these parameters."""


class Ezo:
    """One circuit. The public attributes are what can be set, or goes wrong, in it.

    Args:
        name: what it measures, as it says itself: pH, EC, ORP, RTD, DO; older firmware writes D.O.
        look: the text of one reading when the circuit believes this temperature of the sample, in degC.

    Attributes:
        continuous: it reports by itself once a second (UART only); so it leaves the factory.
        codes: it says `*OK` after each command (UART only).
        outputs: which numbers a reading holds, where there is a choice.
        scale: of an RTD: c, k or f.
        supply_v: at its pins.
        temperature_c: of the sample, as it was told.
        knows_rt: firmware that knows `RT`.
        heard: the commands, oldest first.
    """

    def __init__(self, name: str, look: Callable[[float], str]) -> None:
        self.name = name
        self._look = look
        self.continuous = True
        self.codes = True
        self._kind = name.replace(".", "")
        self.outputs = set(_ENABLED.get(self._kind, ()))
        self.scale = "c"
        self.supply_v = 5.038
        self.knows_rt = True
        self.heard: list[str] = []
        self.restart("P")

    def restart(self, cause: str) -> None:
        """Start again: P power, S software, B brown-out, W watchdog. The temperature is forgotten."""
        self._cause = cause
        self.temperature_c = _POWER_ON_C

    def reading(self) -> str:
        """What it measures now."""
        return self._look(self.temperature_c)

    def command(self, text: str) -> str:
        """Obey. Gives the data of the reply, empty when there are none. Raises RefusedError."""
        self.heard.append(text)
        word, *rest = text.upper().split(",")
        if text.upper() == "R":
            return self.reading()
        if word == "RT" and self.knows_rt and self._kind in _COMPENSATED:
            self.temperature_c = number(rest)
            return self.reading()
        if word == "T" and rest and self._kind in _COMPENSATED:
            return self._temperature(rest)
        if word == "C" and rest:
            return self._continuous(rest)
        return self._query(text.upper())

    def _temperature(self, rest: list[str]) -> str:
        if rest == ["?"]:
            return f"?T,{self.temperature_c:g}"
        self.temperature_c = number(rest)
        return ""

    def _continuous(self, rest: list[str]) -> str:
        if rest == ["?"]:
            return f"?C,{int(self.continuous)}"
        self.continuous = number(rest) > 0
        return ""

    def _query(self, text: str) -> str:
        if text == "I":
            return f"?i,{self.name},{_FIRMWARE}"
        if text == "STATUS":
            return f"?Status,{self._cause},{self.supply_v:.3f}"
        if text == "O,?" and self._kind in _OUTPUTS:
            return ",".join(["?,O", *(name for name in _OUTPUTS[self._kind] if name in self.outputs)])
        if text == "S,?" and self.name == "RTD":
            return f"?S,{self.scale}"
        raise RefusedError(text)


def number(parameters: list[str]) -> float:
    """The one number that a command carries. Raises RefusedError."""
    if len(parameters) != 1 or not re.fullmatch(r"-?\d{1,6}(\.\d{1,3})?", parameters[0], re.ASCII):
        raise RefusedError(",".join(parameters))
    return float(parameters[0])
