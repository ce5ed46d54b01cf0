"""What a technician can put a probe into, in words: `buffer us-7.00`, `turbidity 100`, `air`, `site`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.simulated.bench import SITE, BenchError, Vessel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

USUAL_C = 20.0
_LOWEST_C, _HIGHEST_C = 0.0, 40.0
_STEP_C = 5
# Every 5 degC from 0 to 40: the US technical set and that of Hanna. Not the tables that the station goes by:
# a slip there shows here.
_BUFFERS = {
    "us-4.00": (4.00, 4.00, 4.00, 4.00, 4.00, 4.00, 4.01, 4.02, 4.03),
    "us-7.00": (7.12, 7.09, 7.06, 7.04, 7.02, 7.00, 6.99, 6.99, 6.98),
    "us-10.01": (10.32, 10.25, 10.18, 10.12, 10.06, 10.01, 9.97, 9.93, 9.89),
    "hanna-4.01": (4.01, 4.00, 4.00, 4.00, 4.00, 4.01, 4.02, 4.03, 4.04),
    "hanna-7.01": (7.13, 7.10, 7.07, 7.05, 7.03, 7.01, 7.00, 6.99, 6.98),
    "hanna-10.01": (10.32, 10.24, 10.18, 10.12, 10.06, 10.01, 9.96, 9.92, 9.88),
}
_SOILS = {"dry": 0.0, "wet": 0.40}
_MOST_NTU, _MOST_MOISTURE = 4000.0, 0.60
WORDS = "buffer NAME-OR-PH, turbidity NTU, soil dry|wet|M3/M3, air, site"


def vessel(words: Sequence[str], temperature_c: float = USUAL_C) -> Vessel:
    """What these words mean, at this temperature. Raises BenchError."""
    if not _LOWEST_C <= temperature_c <= _HIGHEST_C:
        raise BenchError(
            f"nothing here is {temperature_c:g} degC warm", f"it can be {_LOWEST_C:g} to {_HIGHEST_C:g} degC"
        )
    name, *rest = words or [""]
    if name not in _MAKERS or len(rest) != _MAKERS[name][0]:
        raise BenchError(f"there is nothing called {' '.join(words)!r} to put it into", f"there is: {WORDS}")
    return _MAKERS[name][1](rest, temperature_c)


def _buffer(rest: Sequence[str], temperature_c: float) -> Vessel:
    name = rest[0]
    if name in _BUFFERS:
        ph = _between_rows(_BUFFERS[name], temperature_c)
    else:
        ph = _number(name, 0.0, 14.0, f"a buffer is a pH, or one of: {', '.join(_BUFFERS)}")
    return Vessel(
        f"buffer {name} at {temperature_c:g} degC: pH {ph:.3f}", {"ph": ph, "water_temp_c": temperature_c}
    )


def _between_rows(table: Sequence[float], temperature_c: float) -> float:
    row = min(int(temperature_c // _STEP_C), len(table) - 2)
    return table[row] + (table[row + 1] - table[row]) * (temperature_c - row * _STEP_C) / _STEP_C


def _turbidity(rest: Sequence[str], temperature_c: float) -> Vessel:
    ntu = _number(rest[0], 0.0, _MOST_NTU, f"a standard has 0 to {_MOST_NTU:g} NTU")
    return Vessel(f"turbidity standard of {ntu:g} NTU", {"turbidity_ntu": ntu, "water_temp_c": temperature_c})


def _soil(rest: Sequence[str], _temperature_c: float) -> Vessel:
    word = rest[0]
    advice = f"soil is dry, wet, or 0 to {_MOST_MOISTURE:g} m3/m3"
    moisture = _SOILS[word] if word in _SOILS else _number(word, 0.0, _MOST_MOISTURE, advice)
    return Vessel(
        f"soil of {moisture:g} m3/m3",
        {"soil_moisture_shallow": moisture, "soil_moisture_deep": moisture},
    )


def _air(_rest: Sequence[str], temperature_c: float) -> Vessel:
    """No water over a gauge, none in the pores, nothing that scatters."""
    nothing = (
        "pore_pressure_kpa",
        "water_level_m",
        "turbidity_ntu",
        "soil_moisture_shallow",
        "soil_moisture_deep",
    )
    return Vessel("air", dict.fromkeys(nothing, 0.0) | {"water_temp_c": temperature_c})


def _number(word: str, low: float, high: float, advice: str) -> float:
    try:
        number = float(word)
    except ValueError:
        raise BenchError(f"{word!r} is no number", advice) from None
    if not low <= number <= high:
        raise BenchError(f"{word} is out of the question", advice)
    return number


_MAKERS: dict[str, tuple[int, Callable[[Sequence[str], float], Vessel]]] = {
    "buffer": (1, _buffer),
    "turbidity": (1, _turbidity),
    "soil": (1, _soil),
    "air": (0, _air),
    "site": (0, lambda _rest, _temperature_c: SITE),
}
