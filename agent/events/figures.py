"""The numbers of a finding in words: `ph_below_lowest_days` 1.6 is "pH 1.6 below its lowest days". Pure.

A name is made of what was measured, where it was compared `above` or `below` of what, and the unit last.
`X_from` is the threshold that `X` was held against. A name that nobody thought of is still readable.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_THRESHOLD = "_from"
_UNITS = {
    "mm_per_d": "mm/day",
    "m_per_d": "m/day",
    "deg_per_d": "deg/day",
    "m3_m3": "m3/m3",
    "us_cm": "uS/cm",
    "mg_l": "mg/L",
    "pct": "%",
    "kpa": "kPa",
    "ntu": "NTU",
    "deg": "deg",
    "mv": "mV",
    "mm": "mm",
    "cm": "cm",
    "m": "m",
    "h": "h",
    "d": "days",
    "s": "s",
}
_WORDS = {"ph": "pH", "ec": "conductivity", "orp": "ORP", "temp": "temperature"}
_OTHER_SIDE = {"above": "below", "below": "above"}
_SINCE = {"": "the days before", "days": "its last days", "weeks": "its last weeks"}
# Where what was measured, and the number behind it, make no phrase: the number goes where the braces are.
_PHRASES = {
    "evidence_share": "evidence {} times what amber needs",
    "times": "{} times what it was",
    "amber": "amber for {}",
    "quiet": "quiet for {}",
    "over": "over the last {}",
    "explained": "{} explained by air and rain",
    "doubt": "{} in doubt",
    "growth_errors": "growth {} times its error",
    "recovery_share": "{} of the fall come back",
}
_RAIN = re.compile(r"rain_(\d+)(h|d)")
_SPAN = {"h": "h", "d": "days"}
_LAST = "evidence_share"
_PLAIN_FROM = 1000.0
"""From here on all digits before the point are shown, and none behind it."""
_DECIMALS = 4


class Figure(NamedTuple):
    """One number.

    Attributes:
        name: as in the evidence, without the unit.
        value: in `unit`.
        unit: as people write it; "" for pH, shares and counts.
        threshold: what `value` was held against, in the same unit; None when it only explains.
    """

    name: str
    value: float
    unit: str
    threshold: float | None

    @property
    def is_nothing(self) -> bool:
        """Whether it is zero, or a distance that lies on the other side than it was looked for."""
        return self.value == 0.0 or (self.value < 0.0 and bool(_parts(self.name)[1]))

    @property
    def label(self) -> str:
        """What it is, without the number: `pH below its lowest days`."""
        phrase = _phrase(self.name)
        words = phrase.replace("{}", "").split() if phrase else _parts(self.name)
        return " ".join(word for word in words if word)

    @property
    def amount(self) -> str:
        """The number with its unit."""
        return amount(self.value, self.unit)

    @property
    def limit(self) -> str:
        """The threshold with its unit; "" when there is none."""
        return "" if self.threshold is None else amount(self.threshold, self.unit)

    @property
    def words(self) -> str:
        """In one phrase: `pH 1.6 below its lowest days`, `rain 12 mm in 48 h`, `no rain in 48 h`."""
        if phrase := _phrase(self.name):
            is_dry = self.value == 0.0 and _RAIN.fullmatch(self.name)
            return f"no {self.label}" if is_dry else phrase.format(self.amount)
        what, side, of = _parts(self.name)
        if not side:
            return f"{what} {self.amount}"
        side = _OTHER_SIDE[side] if self.value < 0.0 else side
        return f"{what} {amount(abs(self.value), self.unit)} {side} {of}"


def figures(numbers: Mapping[str, object]) -> list[Figure]:
    """All numbers, first those that were held against a threshold; what is no number is left out.

    How much evidence there is comes last: it sums the others up.
    """
    return sorted(_figures(numbers), key=lambda each: (each.name == _LAST, each.threshold is None))


def amount(value: float, unit: str = "") -> str:
    """Three digits, more before the point, none behind the fourth decimal; with its unit."""
    number = f"{value:.0f}" if abs(value) >= _PLAIN_FROM else f"{round(value, _DECIMALS) + 0.0:.3g}"
    return f"{number} {unit}".rstrip()


def _figures(numbers: Mapping[str, object]) -> Iterator[Figure]:
    for full, value in numbers.items():
        of = full.removesuffix(_THRESHOLD)
        if not isinstance(value, int | float) or (of != full and of in numbers):
            continue
        threshold = numbers.get(full + _THRESHOLD)
        name, unit = _unit(full)
        yield Figure(name, value, unit, threshold if isinstance(threshold, int | float) else None)


def _unit(full: str) -> tuple[str, str]:
    """The name without its unit, and the unit."""
    for suffix, unit in _UNITS.items():
        if full.endswith(f"_{suffix}"):
            return full.removesuffix(f"_{suffix}"), unit
    return full, ""


def _phrase(name: str) -> str:
    """With braces for the number; "" where there is none of its own."""
    rain = _RAIN.fullmatch(name)
    return f"rain {{}} in {rain[1]} {_SPAN[rain[2]]}" if rain else _PHRASES.get(name, "")


def _parts(name: str) -> tuple[str, str, str]:
    """What, on which side, of what."""
    for side in _OTHER_SIDE:
        what, found, of = f"{name}_".partition(f"_{side}_")
        if found:
            of = of.removesuffix("_")
            return _plain(what), side, _SINCE.get(of, f"its {_plain(of)}")
    return _plain(name), "", ""


def _plain(name: str) -> str:
    return " ".join(_WORDS.get(word, word) for word in name.split("_"))
