"""What a search yields: how far it is, and whom it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from drivers.scan.sensor_toml import sensor_toml

if TYPE_CHECKING:
    from collections.abc import Mapping


class Progress(NamedTuple):
    """One more question asked, about `place`; nobody new is known."""

    place: int | str


class Found(NamedTuple):
    """Somebody answers.

    Attributes:
        key: what its place is called in a `[[sensor]]` table.
        place: its Modbus unit, its I2C address, or its SDI-12 address.
        who: what it said, for people.
        models: what it may be, the best guess first; empty when nothing known fits.
        sure: whether it identified itself, so that the first model is no guess.
        late: it was heard only after its time: ask it once more, with patience, to learn who it is.
    """

    key: Literal["unit", "address"]
    place: int | str
    who: str
    models: tuple[str, ...] = ()
    sure: bool = False
    late: bool = False

    @property
    def where(self) -> str:
        """Its place in words."""
        return where(self.key, self.place)

    def toml(self, bus: str) -> str:
        """A `[[sensor]]` table for the configuration, of the best guess; empty when there is none."""
        return sensor_toml(self.models, bus, self.key, self.place) if self.models else ""

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Found:
        """What `_asdict` gave, after a travel through JSON."""
        return cls(**{**found, "models": tuple(found["models"])})


Step = Progress | Found


def where(key: str, place: int | str) -> str:
    """A place in words: `unit 3`, `address 0x48`, `address a`."""
    shown = f"0x{place:02X}" if key == "address" and isinstance(place, int) else place
    return f"{key} {shown}"
