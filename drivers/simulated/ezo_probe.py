"""An EZO circuit that measures through a probe and keeps its calibration, as its data sheet has it.

The probe gives what it gives - millivolts, conductance - and the circuit makes a number of that by the points
that it was told. It believes what it is told, as the real one does: in the wrong buffer it takes a wrong
calibration, and only `Slope,?` and the next reading show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from drivers.simulated.electrode import NEUTRAL, ideal_slope_mv
from drivers.simulated.ezo import Ezo, RefusedError, number

if TYPE_CHECKING:
    from collections.abc import Callable

_NOTHING = 1e-9  # two standards in which a probe gives the same are far from a line, and no reason to stop
_SATURATED_MG_L = 9.09  # oxygen in water under air at 20 degC and sea level (USGS DOTABLES)


class Memory(Protocol):
    """The points that a circuit holds."""

    @property
    def count(self) -> int:
        """What `Cal,?` says."""
        ...

    def take(self, words: list[str], signal: float, temperature_c: float) -> None:
        """What follows `Cal` in a command. Raises RefusedError."""
        ...

    def clear(self) -> None:
        """Forget them all."""
        ...

    def text(self, signal: float, temperature_c: float) -> str:
        """A reading."""
        ...


class ProbedEzo(Ezo):
    """One circuit with a probe.

    Args:
        name: pH, EC, ORP or DO.
        sense: what the probe gives now: mV, uS/cm of an ideal cell, mg/L of an ideal membrane.

    Attributes:
        memory: its calibration; outlives a restart.
        is_deaf: it answers `Cal` with success and takes nothing, as one that is broken.
    """

    def __init__(self, name: str, sense: Callable[[], float]) -> None:
        self.memory: Memory = PhMemory() if name == "pH" else LineMemory(name)
        self.is_deaf = False
        self._sense = sense
        super().__init__(name, lambda temperature_c: self.memory.text(sense(), temperature_c))

    def _query(self, text: str) -> str:
        word, *rest = text.split(",")
        if text == "CAL,?":
            return f"?Cal,{self.memory.count}"
        if word == "CAL":
            if not self.is_deaf:
                self._calibrate(rest)
            return ""
        if text == "SLOPE,?" and isinstance(self.memory, PhMemory):
            acid, base, zero_mv = self.memory.slope()
            return f"?Slope,{acid:.1f},{base:.1f},{zero_mv:.2f}"
        if text == "K,?" and self.name == "EC":
            return "?K,1.0"
        return super()._query(text)

    def _calibrate(self, rest: list[str]) -> None:
        if rest == ["CLEAR"]:
            self.memory.clear()
        else:
            self.memory.take(rest, self._sense(), self.temperature_c)


class PhMemory:
    """Up to three buffers: the middle one moves the zero and wipes the others, which set a slope each."""

    def __init__(self) -> None:
        self._points: dict[str, tuple[float, float, float]] = {}  # pH, mV and slope of an ideal electrode

    @property
    def count(self) -> int:
        """One to three."""
        return len(self._points)

    def clear(self) -> None:
        """An ideal electrode is believed in."""
        self._points.clear()

    def take(self, words: list[str], signal: float, temperature_c: float) -> None:
        """`mid,7.00`, `low,4.00`, `high,10.00`."""
        name, *rest = words or [""]
        buffer_ph = number(rest)
        if name not in {"MID", "LOW", "HIGH"} or not 0.0 < buffer_ph < 14.0:  # noqa: PLR2004  the scale
            raise RefusedError(",".join(words))
        if name == "MID":
            self._points.clear()
        elif "MID" not in self._points:
            raise RefusedError(",".join(words))
        self._points[name] = buffer_ph, signal, ideal_slope_mv(temperature_c)

    def slope(self) -> tuple[float, float, float]:
        """Percent of the ideal slope on the acid and the base side; mV at pH 7."""
        mid = self._points.get("MID")
        if mid is None:
            return 100.0, 100.0, 0.0
        acid, base = (self._percent(mid, self._points.get(name)) for name in ("LOW", "HIGH"))
        own = base if mid[0] >= NEUTRAL else acid
        return acid, base, mid[1] - own / 100 * mid[2] * (mid[0] - NEUTRAL)

    def text(self, signal: float, temperature_c: float) -> str:
        """Thousandths of a pH."""
        acid, base, zero_mv = self.slope()
        percent = acid if signal >= zero_mv else base
        slope_mv = percent / 100 * ideal_slope_mv(temperature_c)
        ph = NEUTRAL + (signal - zero_mv) / (slope_mv or _NOTHING)
        return f"{min(14.0, max(0.001, ph)):.3f}"

    @staticmethod
    def _percent(mid: tuple[float, float, float], other: tuple[float, float, float] | None) -> float:
        if other is None or other[0] == mid[0]:
            return 100.0
        return 100.0 * (other[1] - mid[1]) / (other[0] - mid[0]) / mid[2]


class LineMemory:
    """A straight line through the points: conductivity, redox potential, oxygen."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._points: dict[str, tuple[float, float]] = {}  # what it should read, and what the probe gave

    @property
    def count(self) -> int:
        """A dry probe does not count."""
        return len(self._points.keys() - {"DRY"})

    def clear(self) -> None:
        """The probe is believed."""
        self._points.clear()

    def take(self, words: list[str], signal: float, _temperature_c: float) -> None:
        """EC: `dry`, `1413`, `low,84`, `high,1413`. ORP: `225`. DO: nothing at all for air, `0`."""
        name, reference = self._read(words)
        if name == "ONE":
            self._points = {each: at for each, at in self._points.items() if each == "DRY"}
        self._points[name] = reference, signal

    def text(self, signal: float, _temperature_c: float) -> str:
        """Two decimals."""
        return f"{self._value(signal):.2f}"

    def _read(self, words: list[str]) -> tuple[str, float]:
        if self._name == "DO":
            if words not in ([], ["0"]):
                raise RefusedError(",".join(words))
            return ("ZERO", 0.0) if words else ("AIR", _SATURATED_MG_L)
        if self._name == "EC" and words == ["DRY"]:
            return "DRY", 0.0
        if self._name == "EC" and words and words[0] in {"LOW", "HIGH"}:
            return words[0], number(words[1:])
        return "ONE", number(words)

    def _value(self, signal: float) -> float:
        counting = [at for name, at in self._points.items() if name != "LOW" or "HIGH" in self._points]
        if not counting:
            return signal
        *before, (should, gave) = counting[-2:]
        # A zero, and a redox standard, shift what is read; one standard alone stretches it.
        if not before and (self._name == "ORP" or should == 0.0):
            return signal + should - gave
        should_0, gave_0 = before[0] if before else (0.0, 0.0)
        return should_0 + (signal - gave_0) * (should - should_0) / ((gave - gave_0) or _NOTHING)
