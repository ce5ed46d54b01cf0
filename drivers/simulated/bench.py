"""The technician's bench: which probe stands in what, other than the site, and how worn its electrode is.

An instrument sees the state of the site through its probe. While the probe stands in a vessel, some of what
it sees is the vessel's: the pH of a buffer, the turbidity of a standard, air. It comes to that as fast as
such a probe settles, from whatever it saw before. Pure, but for the clock that it is given and for what is
put where.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, NamedTuple

from drivers.simulated.electrode import CONDITIONS, Electrode
from drivers.simulated.noise import normal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.simulated.physics import State

# To 63 % of a change, by the names of `State`. An electrode has its own time.
_SETTLE_S = {
    "water_temp_c": 12.0,
    "turbidity_ntu": 2.0,
    "soil_moisture_shallow": 4.0,
    "soil_moisture_deep": 4.0,
    "pore_pressure_kpa": 1.0,
    "water_level_m": 1.0,
}
# How much a value flutters in a vessel: shares of turbidity, else in the unit of the name.
_FLUTTER = {"ph": 0.002, "water_temp_c": 0.01, "turbidity_ntu": 0.01}
_FLUTTER_STREAM = 200


class Vessel(NamedTuple):
    """What a probe can stand in: its name, and what it sees there by the names of `State`."""

    name: str
    sees: Mapping[str, float]


SITE = Vessel("site", {})


class BenchError(Exception):
    """It cannot be put there. The message says why, `hint` what can be done."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


class _Put(NamedTuple):
    vessel: Vessel
    at_s: float
    left: Mapping[str, float]  # what it saw at that moment


class Bench:
    """Which of `sensors` stands in what. Any thread.

    Args:
        site: the state of the site now.
        now: seconds of the site's time.
        sensors: by id, with the electrode of those that have one.
        seed: of the flutter.
    """

    def __init__(
        self,
        site: Callable[[], State],
        now: Callable[[], float],
        sensors: Mapping[str, Electrode | None],
        seed: int = 1,
    ) -> None:
        self._site = site
        self._now = now
        self._electrodes = dict(sensors)
        self._puts = dict.fromkeys(sensors, _Put(SITE, now(), {}))
        self._seed = seed
        self._lock = threading.Lock()

    def put(self, sensor: str, vessel: Vessel) -> None:
        """From now on it stands there. Raises BenchError."""
        with self._lock:
            self._known(sensor)
            state, old = self.state(sensor), self._puts[sensor].vessel
            left = {name: getattr(state, name) for name in {*old.sees, *vessel.sees}}
            self._puts[sensor] = _Put(vessel, self._now(), left)

    def wear(self, sensor: str, condition: str) -> None:
        """Its electrode is in this condition. Raises BenchError."""
        with self._lock:
            self._known(sensor)
            if self._electrodes[sensor] is None:
                raise BenchError(
                    f"{sensor} has no electrode", f"these have: {', '.join(self._with_electrode())}"
                )
            if condition not in CONDITIONS:
                known = ", ".join(CONDITIONS)
                raise BenchError(f"no electrode is {condition!r}", f"it can be one of: {known}")
            self._electrodes[sensor] = CONDITIONS[condition]

    def state(self, sensor: str) -> State:
        """What this sensor's probe sees now."""
        state = self._site()
        put = self._puts[sensor]
        if not put.left:
            return state
        now_s = self._now()
        return state._replace(**{name: self._seen(sensor, put, state, name, now_s) for name in put.left})

    def electrode(self, sensor: str) -> Electrode:
        """The one that it has."""
        electrode = self._electrodes[sensor]
        assert electrode is not None, f"{sensor} has no electrode"
        return electrode

    def where(self) -> dict[str, str]:
        """The name of the vessel by sensor."""
        return {sensor: put.vessel.name for sensor, put in self._puts.items()}

    def _seen(self, sensor: str, put: _Put, state: State, name: str, now_s: float) -> float:
        goal: float = getattr(state, name)
        if name in put.vessel.sees:
            size = _FLUTTER.get(name, 0.0) * normal(self._seed, _FLUTTER_STREAM, math.floor(now_s))
            there = put.vessel.sees[name]
            goal = there * (1.0 + size) if name == "turbidity_ntu" else there + size
        electrode = self._electrodes[sensor]
        settle_s = electrode.settle_s if name == "ph" and electrode else _SETTLE_S.get(name, 1.0)
        return goal + (put.left[name] - goal) * math.exp(-max(0.0, now_s - put.at_s) / settle_s)

    def _known(self, sensor: str) -> None:
        if sensor not in self._puts:
            raise BenchError(f"no sensor is called {sensor!r}", f"there are: {', '.join(self._puts)}")

    def _with_electrode(self) -> list[str]:
        return [sensor for sensor, electrode in self._electrodes.items() if electrode]
