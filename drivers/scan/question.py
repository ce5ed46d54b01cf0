"""A search as a value: it travels to a running station, or is carried out here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from drivers.bus.i2c import USABLE_ADDRESSES, I2cBus
from drivers.bus.serial import SerialLine
from drivers.contract import RefusedError
from drivers.scan import i2c, modbus, sdi12

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.bus.serial import LineSettings
    from drivers.contract import Bus
    from drivers.scan.found import Step

Protocol = Literal["i2c", "modbus", "sdi12"]
Place = int | str

PLACES: dict[str, tuple[Place, ...]] = {
    "i2c": tuple(USABLE_ADDRESSES),
    "modbus": tuple(modbus.UNITS),
    "sdi12": sdi12.PLACES,
}
# So many at a time are done well within the minute that a station takes for a request, even if each of them
# answers and then is silent to every further question.
_PART = {"i2c": 128, "modbus": 8, "sdi12": 16}
_LONG_PART = 1  # of those that are waited for
_I2C_S = 0.002


class Question(NamedTuple):
    """Who is there at these places?

    Attributes:
        protocol: in which language.
        places: whom to ask: units or addresses.
        thorough: Modbus: ask more, and wait longer, before a unit is taken for absent.
        patient: Modbus: these were late before: wait for them.
    """

    protocol: Protocol
    places: tuple[Place, ...]
    thorough: bool = False
    patient: bool = False

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Question:
        """From the arguments of a request. Raises ValueError that says what is wrong."""
        protocol, places = told.get("protocol"), told.get("places")
        if not isinstance(protocol, str) or protocol not in PLACES:
            raise ValueError(f"protocol is {protocol!r}, and can be {', '.join(PLACES)}")
        known = PLACES[protocol]
        if not isinstance(places, list) or len(places) > len(known) or not all(p in known for p in places):
            raise ValueError(f"places are not a list of what {protocol} has: {known[0]} to {known[-1]}")
        # JSON may say 3.0 where we mean 3.
        same = tuple(known[known.index(place)] for place in places)
        thorough, patient = bool(told.get("thorough", False)), bool(told.get("patient", False))
        return cls(cast("Protocol", protocol), same, thorough, patient)

    def parts(self) -> list[Question]:
        """The same in pieces, each short enough to be waited for."""
        is_long = self.protocol == "modbus" and (self.thorough or self.patient)
        size = _LONG_PART if is_long else _PART[self.protocol]
        pieces = range(0, len(self.places), size)
        return [self._replace(places=self.places[at : at + size]) for at in pieces]

    def duration_s(self, settings: LineSettings | None) -> float:
        """How long it takes when nobody is there. A line's settings are needed for Modbus."""
        if self.protocol == "modbus":
            assert settings is not None, "Modbus runs on a line"
            each_s = modbus.silent_unit_s(settings, thorough=self.thorough)
            return each_s * len(self.places) + modbus.listening_s(thorough=self.thorough)
        return (sdi12.SILENT_S if self.protocol == "sdi12" else _I2C_S) * len(self.places)

    def search(self, bus: Bus) -> Iterator[Step]:
        """Carry it out, one question per step. Raises DriverError."""
        places = cast("Any", self.places)
        if self.protocol == "i2c" and isinstance(bus, I2cBus):
            return i2c.search(bus, places)
        if self.protocol == "modbus" and isinstance(bus, SerialLine):
            return modbus.search(bus, places, thorough=self.thorough, patient=self.patient)
        if self.protocol == "sdi12" and isinstance(bus, SerialLine):
            return sdi12.search(bus, places)
        raise RefusedError(f"{self.protocol} is not spoken on this kind of bus", "name another bus")
