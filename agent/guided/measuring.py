"""One measurement of a guided calibration: a sensor is read again and again until its signal is at rest."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from agent.acquire.calibration.stability import Gate
from agent.acquire.request import RequestError
from agent.acquire.turn import LONGEST_S
from agent.clock import NS
from agent.model import Flag, Why
from agent.provenance.meaning import reasons
from drivers.contract import DriverError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.acquire.calibration.step import Step, Want
    from agent.acquire.request import Look, Promise
    from agent.clock import Clock
    from agent.model import Instant, Observation

# Of the station's clock between two readings; of the wire's until it is looked if an answer is there.
_PACE_S, _LOOK_S = 1.0, 0.05
# The number is no measurement. All else speaks against it as the site's water, and not in a bottle.
_NO_MEASUREMENT = Why.BAD_ANSWER | Why.OVER_RANGE | Why.LOOP_FAULT | Why.WARMING_UP | Why.SYNTAX


class Measuring:
    """Watches the signals that a step wants.

    Args:
        step: of kind `measure`.
        look: lets a sensor be read now. What a channel said before is no use: its probe has been moved.
        clock: the station's.
    """

    def __init__(self, step: Step, look: Callable[[str, float], Promise[Look]], clock: Clock) -> None:
        self._step = step
        self._look = look
        self._clock = clock
        self._gates = {want: Gate(want.limits) for want in step.wants if want.limits is not None}
        self._sensors = list(dict.fromkeys(_sensor(want) for want in step.wants))
        self._begun_ns = self._next_ns = clock.now().mono_ns
        self._promise: Promise[Look] | None = None
        self._seen: dict[str, Observation] = {}
        self._looks = 0
        self._error = ""
        self._doubts: dict[str, str] = {}

    def step(self, now: Instant) -> Mapping[str, Any] | float:
        """What came of it; or, as long as nothing has, the seconds until the next look at it."""
        if self._promise is not None:
            if not self._promise.is_over:
                return self._clock.seconds(_LOOK_S)
            self._take(self._promise)
            self._promise = None
            if (heard := self._heard(now)) is not None:
                return heard
        if now.mono_ns < self._next_ns:
            return (self._next_ns - now.mono_ns) / NS
        self._ask(now)
        return self._clock.seconds(_LOOK_S)

    def close(self) -> None:
        """Nobody waits for it any more."""
        if self._promise is not None:
            self._promise.abandon()

    def progress(self) -> dict[str, Any]:
        """For a person who waits: how long it has been going on, and how each signal does."""
        return {
            "elapsed_s": round(self._elapsed_s(self._clock.now()), 1),
            "deadline_s": self._step.deadline_s,
            "error": self._trouble(),
            "signals": [_as_json(want, gate) for want, gate in self._gates.items()],
        }

    def _elapsed_s(self, now: Instant) -> float:
        return (now.mono_ns - self._begun_ns) / NS

    def _ask(self, now: Instant) -> None:
        """Each of the sensors in its turn. A bus that is busy with somebody else is asked again."""
        self._next_ns = now.mono_ns + round(_PACE_S / len(self._sensors) * NS)
        sensor = self._sensors[self._looks % len(self._sensors)]
        self._looks += 1
        try:
            self._promise = self._look(sensor, LONGEST_S)
        except RequestError as error:
            self._error = error.what

    def _take(self, promise: Promise[Look]) -> None:
        """The readings into their gates."""
        try:
            look = promise.result()
        except (RequestError, DriverError) as error:
            self._error = _words(error)
            return
        self._error = "" if look.error is None else _words(look.error)
        for observation in look.observations:
            self._seen[str(observation.channel)] = observation
            self._doubts[str(observation.channel)] = _doubt(observation)
        for want, gate in self._gates.items():
            seen = self._seen.get(want.channel)
            number = None if seen is None else _number(want, seen)
            if seen is not None and number is not None:
                gate.add(seen.at.mono_ns / NS, number)

    def _heard(self, now: Instant) -> Mapping[str, Any] | None:
        """The answer of the step, once there is one."""
        rests = {want: gate.rest() for want, gate in self._gates.items()}
        found = {want.role: rest._asdict() for want, rest in rests.items() if rest is not None}
        if len(found) == len(rests):
            others = (want for want in self._step.wants if want.limits is None)
            return {**found, **{want.role: self._newest(want) for want in others}}
        elapsed_s = self._elapsed_s(now)
        if elapsed_s < self._deadline_s():
            return None
        if any(gate.trend() is None for gate in self._gates.values()):
            return {"silent": f"{self._trouble() or 'It gives no value.'} Waited {elapsed_s:.0f} s."}
        return {"unstable": self._unrest(elapsed_s)}

    def _trouble(self) -> str:
        """What was wrong with the last look at what is watched; "" when nothing was."""
        doubts = (self._doubts.get(want.channel, "") for want in self._gates)
        return self._error or next(filter(None, doubts), "")

    def _deadline_s(self) -> float:
        """A slow instrument gets what half as many readings again take as must be at rest."""
        slow_s = (1.5 * want.limits.least * gate.pace_s for want, gate in self._gates.items() if want.limits)
        return max(self._step.deadline_s, *slow_s)

    def _newest(self, want: Want) -> float | None:
        """What was read of it since the measurement began."""
        seen = self._seen.get(want.channel)
        return None if seen is None else _number(want, seen)

    def _unrest(self, elapsed_s: float) -> str:
        """Who does not come to rest, and what to do."""
        parts = []
        for want, gate in self._gates.items():
            trend, limits = gate.trend(), want.limits
            if gate.rest() is None and trend is not None and limits is not None:
                unit = "" if want.unit == "1" else f" {want.unit}"
                drift, spread = (f"{abs(x) * want.scale:.2g}" for x in (trend.drift_per_min, trend.spread))
                at_most = " and ".join(f"{x * want.scale:.2g}" for x in limits.at(trend.value))
                parts.append(
                    f"{want.channel} drifts by {drift}{unit} a minute and scatters by {spread}"
                    f" ({at_most} are the most)."
                )
        if trouble := self._trouble():
            parts.append(f"Last error: {trouble}")
        return (
            f"{' '.join(parts)} Waited {elapsed_s:.0f} s. Is the liquid still, the probe clean, its plug dry,"
            " and are both equally warm? A slow electrode wants cleaning."
        )


def _as_json(want: Want, gate: Gate) -> dict[str, Any]:
    assert want.limits is not None, "only those are watched"
    about: dict[str, Any] = {"role": want.role, "unit": want.unit, "window_s": want.limits.window_s}
    trend = gate.trend()
    if trend is None:
        return {**about, "value": None, "drift_per_min": None, "spread": None, "held_s": 0.0}
    return {
        **about,
        "value": (trend.value - want.shift) * want.scale,
        "drift_per_min": trend.drift_per_min * want.scale,
        "spread": trend.spread * want.scale,
        "held_s": trend.held_s,
    }


def _number(want: Want, seen: Observation) -> float | None:
    """What counts of an observation."""
    if _doubt(seen) or (want.calibration and seen.calibration.id != want.calibration):
        return None
    if want.of in {"raw", "value"}:
        number = seen.raw if want.of == "raw" else seen.value
    else:
        corrected_by = seen.inputs.get(want.of)
        number = None if corrected_by is None else corrected_by.value
    return number if number is not None and isfinite(number) else None


def _doubt(seen: Observation) -> str:
    """Why nothing can be calibrated by an observation, in words; "" when it can."""
    # Where it is only suspect it is beyond the points of the law in force, which may be what is wrong.
    fails = Why.SENSOR_RANGE if seen.flag is Flag.FAIL else Why.NONE
    why = seen.why & (_NO_MEASUREMENT | fails)
    if not why or seen.raw is None:
        return ""
    says = f"{seen.channel} says {seen.raw:g} {seen.channel.raw_unit}"
    return f"{says}, which does not count: {'; '.join(reasons(why).values())}."


def _sensor(want: Want) -> str:
    return want.channel.partition("/")[0]


def _words(error: RequestError | DriverError) -> str:
    return f"{error.what}. {error.hint}".strip()
