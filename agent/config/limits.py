"""What the numbers of a law may be: the schema's limits, for a station that holds no schema while it runs.

A law that a calibration brings is held to them as one that is configured is.
"""

from __future__ import annotations

from itertools import chain
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Bounds(NamedTuple):
    """Of a number, both belonging to it, but the lower one where it `is_open`."""

    low: float = -inf
    high: float = inf
    is_open: bool = False


class Length(NamedTuple):
    """How many a list holds; each of them a number, or a pair `[raw, value]`."""

    fewest: int
    most: int
    is_pairs: bool = False


_ANY = Bounds()
_SHARE = Bounds(0, 1, is_open=True)
_SLOPE_MV = Bounds(-100, -10)
_SAMPLE_C = Bounds(-5, 100)

# The same wherever a key of this name stands.
BOUNDS: Mapping[str, Bounds] = {
    "over_range_raw": _ANY,
    "ratio": _SHARE,
    "shunt_ohm": Bounds(0, 1000, is_open=True),
    "at_4ma": _ANY,
    "at_20ma": _ANY,
    "lead_ohm": Bounds(0, 1000),
    "mm_per_tip": Bounds(0, 10, is_open=True),
    "zero_mv": Bounds(-500, 500),
    "acid_slope_mv": _SLOPE_MV,
    "base_slope_mv": _SLOPE_MV,
    "calibrated_c": _SAMPLE_C,
    "temperature_c": _SAMPLE_C,
    "center_mv": Bounds(-10_000, 10_000),
    "gain": Bounds(0.01, 1000),
    "per_c": Bounds(0, 0.05),
    "thermal_per_c": _ANY,
    "zero_c": Bounds(-50, 100),
    "zero_baro_kpa": Bounds(30, 120),
    "zero": Bounds(0, 100_000),
    "zero_period": Bounds(100, 100_000),
    "gauge_factor": _ANY,
    "a": _ANY,
    "b": _ANY,
    "rail_v": Bounds(0, 100, is_open=True),
    "max_age_s": Bounds(0, 604_800, is_open=True),
}
LENGTHS: Mapping[tuple[str, str], Length] = {
    ("linear", "points"): Length(2, 2, is_pairs=True),
    ("piecewise", "points"): Length(2, 32, is_pairs=True),
    ("polynomial", "coefficients"): Length(2, 8),
}
WORDS: Mapping[str, tuple[str, ...]] = {"curve": ("3k", "8k2"), "thermal_sign": ("added", "subtracted")}
# Where each kind keeps the numbers of which one at least must not be zero.
SLOPES: Mapping[str, tuple[str, ...]] = {
    "polynomial": ("coefficients",),
    "vw_linear": ("gauge_factor",),
    "vw_polynomial": ("a", "b"),
    "vw_period": ("gauge_factor",),
}


def faults(kind: str, law: Mapping[str, Any]) -> Iterator[str]:
    """In words what the numbers of a law may not be. `law`: those that are there; keys of its kind only."""
    wrong = list(chain.from_iterable(_faults(kind, key, value) for key, value in law.items()))
    yield from wrong
    if not wrong and is_flat(kind, law):
        yield "every signal would give one value"


def is_flat(kind: str, law: Mapping[str, Any]) -> bool:
    """Whether it gives one value whatever the signal; False where that cannot be told."""
    if kind == "loop_4_20ma":
        ends = [law.get("at_4ma"), law.get("at_20ma")]
        return all(map(_is_number, ends)) and ends[0] == ends[1]
    slopes: list[Any] = []
    for key in SLOPES.get(kind, ()):
        value = law.get(key)
        slopes += value[1:] if isinstance(value, list) else [value]
    return bool(slopes) and all(_is_number(slope) and slope == 0 for slope in slopes)


def _faults(kind: str, key: str, value: Any) -> Iterator[str]:
    length = LENGTHS.get((kind, key))
    if length is not None:
        yield from _of_list(key, value, length)
    elif key in BOUNDS:
        yield from _of_number(key, value, BOUNDS[key])
    elif not isinstance(value, str):
        yield f"{key} is {value!r}, which is no text"
    elif value not in WORDS.get(key, (value,)):
        yield f"{key} is {value!r}; it is one of {', '.join(WORDS[key])}"


def _of_number(key: str, value: Any, bounds: Bounds) -> Iterator[str]:
    if not _is_number(value):
        yield f"{key} is {value!r}, which is no number"
    elif not bounds.low <= value <= bounds.high or (bounds.is_open and value == bounds.low):
        least = "above" if bounds.is_open else "from"
        yield f"{key} is {value:g}; it is {least} {bounds.low:g} to {bounds.high:g}"


def _of_list(key: str, value: Any, length: Length) -> Iterator[str]:
    each = "[raw, value]" if length.is_pairs else "number"
    if not isinstance(value, list | tuple) or not length.fewest <= len(value) <= length.most:
        yield f"{key} takes {length.fewest} to {length.most}, each of them a {each}"
    elif not all(_is_pair(one) if length.is_pairs else _is_number(one) for one in value):
        yield f"{key} is not made of numbers: {value!r}"


def _is_pair(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value))  # noqa: PLR2004


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and isfinite(value)
