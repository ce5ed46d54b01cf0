"""What a step has the station do itself: watch a signal, put a calibration in force, tell an instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from agent.acquire.calibration.store import CalibrationError
from agent.acquire.request import RequestError
from agent.clock import NS
from agent.control import Deferred, RefusedError
from agent.guided.measuring import Measuring
from drivers.contract import DriverError
from drivers.onboard import onboard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agent.acquire.calibration.session import Session
    from agent.acquire.calibration.step import Step
    from agent.acquire.calibration.store import Calibrations
    from agent.acquire.poller import Poller
    from agent.acquire.request import Promise
    from agent.calibrations import CalibrationRequests
    from agent.clock import Clock
    from agent.model import Instant
    from drivers.contract import Driver
    from drivers.onboard import Onboard

# Of the wire's time: until it is looked if something is over, and until nothing more is expected.
_LOOK_S, _LATE_S = 0.05, 5.0
_ORDER_S = 60.0
_LONGEST_WHY = 200
# What two records of one session differ in.
_TELLING = ("law", "points", "procedure", "verdict")


class Work(Protocol):
    """Something under way."""

    def step(self, now: Instant) -> Mapping[str, Any] | float:
        """The answer of the step; or, as long as there is none, the seconds until it is looked again."""
        ...

    def progress(self) -> dict[str, Any] | None:
        """For a person who waits, where there is anything to see."""
        ...

    def close(self) -> None:
        """Nobody waits for it any more."""
        ...


class Works:
    """Makes the work of steps.

    Args:
        pollers: by sensor.
        requests: puts calibrations in force, and reads them back.
        store: those that are kept.
        clock: the station's.
    """

    def __init__(
        self,
        pollers: Mapping[str, Poller],
        requests: CalibrationRequests,
        store: Calibrations,
        clock: Clock,
    ) -> None:
        self._pollers = pollers
        self._requests = requests
        self._store = store
        self._clock = clock

    def of(self, step: Step, session: Session) -> Work | None:
        """The work of a step; None when a person has the word."""
        if step.kind == "measure":
            return Measuring(step, self._look, self._clock)
        if step.kind == "save":
            return _Change(lambda: self._save(step, session), self._clock)
        if step.kind == "undo":
            return _Change(lambda: self._undo(step, session), self._clock)
        if step.kind == "command":
            return _Order(lambda: self._order(step, session), self._clock)
        return None

    def _look(self, sensor: str, timeout_s: float) -> Promise[Any]:
        return self._pollers[sensor].look(sensor, timeout_s)

    def _save(self, step: Step, session: Session) -> Deferred | Mapping[str, Any]:
        """Where the station was stopped just after it was saved, that one is it. Raises RefusedError."""
        active = self._store.active(session.sensor, session.quantity)
        if active is not None and active.id != session.facts.calibration:
            kept = active.as_json()
            if all(kept[name] == step.data[name] for name in _TELLING):
                return {"id": active.id}
        about = {"sensor": session.sensor, "quantity": session.quantity, "by": session.by}
        return self._requests.enter({**step.data, **about})

    def _undo(self, step: Step, session: Session) -> Deferred | Mapping[str, Any]:
        """By name: a station that is stopped just after it does it again. Raises RefusedError."""
        made, former = step.data["made"], step.data["former"]
        named = self._named(session)
        if named not in {made, former}:  # somebody else has chosen by now
            return {"id": named}
        about = {
            "channel": f"{session.sensor}/{session.quantity}",
            "by": session.by,
            "why": str(step.data["why"])[:_LONGEST_WHY],
        }
        return self._requests.activate({**about, "id": former}) if former else self._requests.withdraw(about)

    def _named(self, session: Session) -> str:
        """What the files say is to be in force, whether or not it can be used. Raises RefusedError."""
        try:
            moves = self._store.history(session.sensor, session.quantity).moves
        except CalibrationError as error:
            raise RefusedError(error.what, error.hint) from error
        return (moves[-1].id or "") if moves else ""

    def _order(self, step: Step, session: Session) -> Promise[Any]:
        """Raises RequestError."""
        return self._pollers[session.sensor].converse(session.sensor, _conversation(step.data), _ORDER_S)


def _conversation(order: Mapping[str, Any]) -> Callable[[Driver], Iterator[Onboard | None]]:
    if order["do"] == "recall":
        return lambda driver: onboard(driver).recall()
    return lambda driver: onboard(driver).take(order["point"], order["numbers"], order["temperature_c"])


class _Change:
    """A change of what is in force, which is over when it has been read back."""

    def __init__(self, begin: Callable[[], Deferred | Mapping[str, Any]], clock: Clock) -> None:
        self._begin = begin
        self._clock = clock
        self._deferred: Deferred | None = None
        self._late_ns = 0

    def step(self, now: Instant) -> Mapping[str, Any] | float:
        try:
            if self._deferred is None:
                begun = self._begin()
                if not isinstance(begun, Deferred):
                    return begun
                self._deferred = begun
                late_s = self._clock.seconds(begun.longest_s + _LATE_S)
                self._late_ns = now.mono_ns + round(late_s * NS)
            return self._heard(self._deferred, now)
        except RefusedError as error:
            return {"refused": _sentences(str(error), error.hint)}

    def progress(self) -> None:
        return None

    def close(self) -> None:
        """It is not taken back: the file is written."""

    def _heard(self, deferred: Deferred, now: Instant) -> Mapping[str, Any] | float:
        """Raises RefusedError."""
        if deferred.is_over():
            answer: Any = deferred.answer()
            return {"id": answer["id"] or ""}
        if now.mono_ns < self._late_ns:
            return self._clock.seconds(_LOOK_S)
        raise RefusedError("the bus gave no sign of life", "`skyground status` says if it is stuck")


class _Order:
    """A conversation with an instrument, held by the thread of its bus."""

    def __init__(self, begin: Callable[[], Promise[Any]], clock: Clock) -> None:
        self._begin = begin
        self._clock = clock
        self._promise: Promise[Any] | None = None

    def step(self, _now: Instant) -> Mapping[str, Any] | float:
        try:
            if self._promise is None:
                self._promise = self._begin()
            if not self._promise.is_over:
                return self._clock.seconds(_LOOK_S)
            steps = self._promise.result()
        except (RequestError, DriverError) as error:
            return {"refused": _sentences(error.what, error.hint)}
        held = steps[-1] if steps else None
        if held is None:
            return {"refused": "The instrument did not say what it holds now."}
        return {**held._asdict(), "told": list(held.told)}

    def progress(self) -> None:
        return None

    def close(self) -> None:
        if self._promise is not None:
            self._promise.abandon()


def _sentences(what: str, hint: str) -> str:
    said = f"{what[:1].upper()}{what[1:]}."
    return f"{said} {hint[:1].upper()}{hint[1:]}." if hint else said
