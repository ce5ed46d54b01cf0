"""What a technician may ask of the running station's calibrations: what there is, another one, none.

A calibration is only told as done when its file was read back, and the thread that measures converts by it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agent.acquire.calibration.fields import RecordError
from agent.acquire.calibration.record import from_json, utc_text
from agent.acquire.calibration.reminder import utc_s
from agent.acquire.calibration.store import CalibrationError
from agent.acquire.request import RequestError
from agent.clock import NS
from agent.control import Deferred, RefusedError
from agent.model import Trust, Visit

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from agent.acquire.calibration.record import CalibrationRecord
    from agent.acquire.recalibration import Recalibration
    from agent.clock import Clock
    from agent.model import Record

_LONGEST_NAME, _LONGEST_WHY = 80, 200


class CalibrationRequests:
    """The handlers of the control socket for calibrations. Each raises RefusedError.

    Args:
        recalibration: files, standings and pollers.
        append: takes the visits that tell of a change.
        changed: set after each change.
    """

    def __init__(
        self,
        recalibration: Recalibration,
        clock: Clock,
        append: Callable[[Sequence[Record]], None],
        changed: threading.Event,
    ) -> None:
        self._recalibration = recalibration
        self._clock = clock
        self._append = append
        self._changed = changed

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any]], object]]:
        """By command."""
        return {
            "calibration_history": self.history,
            "calibration_show": self.show,
            "calibration_due": lambda _arguments: self.due(),
            "calibration_activate": self.activate,
            "calibration_withdraw": self.withdraw,
            "calibration_enter": self.enter,
        }

    def history(self, arguments: Mapping[str, Any]) -> object:
        """`{"subject": SENSOR or CHANNEL}`: its records, the newest first, damaged ones, and all moves."""
        sensor, _, quantity = _word(arguments, "subject").partition("/")
        with _in_words():
            return self._recalibration.store.history(sensor, quantity or None).as_json()

    def show(self, arguments: Mapping[str, Any]) -> object:
        """`{"id": ID}`: the record."""
        with _in_words():
            return self._recalibration.store.read(_word(arguments, "id")).as_json()

    def due(self) -> list[dict[str, Any]]:
        """How each channel stands that was ever calibrated: by what it runs, since when, and until when."""
        time_s = utc_s(self._clock.now())
        return [
            {"channel": channel, **now.as_json(time_s)}
            for channel, now in sorted(self._recalibration.standings.now().items())
            if now.record is not None or now.trouble
        ]

    def activate(self, arguments: Mapping[str, Any]) -> Deferred:
        """`{"channel": CHANNEL, "by": NAME}`, with `id` of a record, or without: what was in force before."""
        sensor, quantity = _channel(arguments)
        by, why = _word(arguments, "by", _LONGEST_NAME), _why(arguments, "rolled back")
        name = None if arguments.get("id") is None else _word(arguments, "id")
        with _in_words():
            chosen = self._recalibration.chosen(sensor, quantity, name)
            if chosen is None:
                return self._withdrawn(sensor, quantity, by, why)
            self._recalibration.check(chosen)
            kept = self._recalibration.kept_inside(sensor, quantity, chosen)
            self._recalibration.store.activate(chosen.id, at=self._now(), by=by, why=why)
        self._tell(chosen, f"calibration {chosen.id} is in force again: {why}", by, "activated")
        return self._swapped(sensor, quantity, chosen, kept)

    def withdraw(self, arguments: Mapping[str, Any]) -> Deferred:
        """`{"channel": CHANNEL, "by": NAME, "why": TEXT}`: the configuration is the law again."""
        sensor, quantity = _channel(arguments)
        by, why = _word(arguments, "by", _LONGEST_NAME), _why(arguments, "withdrawn")
        with _in_words():
            self._recalibration.check_calibrated(sensor, quantity)
            return self._withdrawn(sensor, quantity, by, why)

    def enter(self, arguments: Mapping[str, Any]) -> Deferred:
        """A record that is typed in, such as a certificate: all fields but those that the station knows.

        `at` is when it was made (`2026-11-22T10:15:00Z`), now when it is missing. With `"activate": false` it
        is only kept.
        """
        sensor, quantity = _word(arguments, "sensor"), _word(arguments, "quantity")
        _word(arguments, "by", _LONGEST_NAME)
        trust = "person" if "at" in arguments else self._clock.now().trust.name.lower()
        with _in_words():
            place = self._recalibration.place(sensor, quantity)
            fields = {"at": self._now(), "verdict": "good", **arguments, "id": "new", "at_trust": trust}
            record = from_json({**fields, **place._asdict(), "config_law": dict(place.config_law)})
        if trust == "person" and record.at > self._now() and self._clock.now().trust is not Trust.NONE:
            raise RefusedError(f"{record.at} has not come yet", "`at` is when it was made, in UTC")
        return self.save(record, activate=arguments.get("activate") is not False)

    def save(self, record: CalibrationRecord, *, activate: bool = True) -> Deferred:
        """Keep a record and convert by it. Answers `{"id", "channel", "running", "record"}` when it does.

        Raises RefusedError; what was in force before still is then.
        """
        with _in_words():
            self._recalibration.check(record)
            kept = self._recalibration.store.save(record, activate=activate)
        self._tell(kept, f"{kept.channel} was calibrated ({kept.procedure}): {kept.verdict}", kept.by, "made")
        if not activate:
            answer = _answer(kept, kept.channel, "")
            return Deferred(lambda: True, lambda: answer, lambda: None)
        return self._swapped(kept.sensor, kept.quantity, kept)

    def _withdrawn(self, sensor: str, quantity: str, by: str, why: str) -> Deferred:
        """Raises CalibrationError."""
        kept = self._recalibration.kept_inside(sensor, quantity, None)
        self._recalibration.store.withdraw(sensor, quantity, at=self._now(), by=by, why=why)
        channel = f"{sensor}/{quantity}"
        data = {"move": "withdrawn", "why": why}
        self._append([self._visit(channel, f"{channel} is converted by the configuration: {why}", by, data)])
        return self._swapped(sensor, quantity, None, kept)

    def _swapped(
        self, sensor: str, quantity: str, record: CalibrationRecord | None, kept: str = ""
    ) -> Deferred:
        """Over when the thread that measures converts by it. `kept`: of an instrument that keeps its own."""
        promise = self._recalibration.apply(sensor)
        self._changed.set()
        channel = f"{sensor}/{quantity}"

        def answer() -> object:
            try:
                running = promise.result()[quantity]
            except RequestError as error:
                raise RefusedError(
                    f"it is in force, from the next start on: {error.what}", error.hint
                ) from error
            if record is not None and running != record.id:
                now = self._recalibration.standings.of(channel)
                raise RefusedError(
                    f"{channel} does not run by {record.id} but by {running}. {now.trouble}",
                    "skyground calibration due says how it stands",
                )
            return {**_answer(record, channel, running), "kept_inside": kept}

        return Deferred(lambda: promise.is_over, answer, promise.abandon)

    def _tell(self, record: CalibrationRecord, text: str, by: str, move: str) -> None:
        self._append([self._visit(record.channel, text, by, {**record.as_json(), "move": move})])

    def _visit(self, channel: str, text: str, by: str, data: Mapping[str, Any]) -> Visit:
        at = self._clock.now()
        name = f"{channel}/calibration/{self._clock.boot_id[:8]}-{at.mono_ns}"
        return Visit(name, "", "calibration", channel, by, at, text, data)

    def _now(self) -> str:
        return utc_text(self._clock.now().wall_ns / NS)


def _answer(record: CalibrationRecord | None, channel: str, running: str) -> dict[str, Any]:
    return {
        "id": None if record is None else record.id,
        "channel": channel,
        "running": running,
        "record": None if record is None else record.as_json(),
    }


@contextmanager
def _in_words() -> Iterator[None]:
    """What was not done, in the words of the socket. Raises RefusedError."""
    try:
        yield
    except CalibrationError as error:
        raise RefusedError(error.what, error.hint) from error
    except RecordError as error:
        hint = "docs/calibration.md lists the fields of a record; nothing was changed"
        raise RefusedError(f"this is no calibration: {error}", hint) from error


def _channel(arguments: Mapping[str, Any]) -> tuple[str, str]:
    name = _word(arguments, "channel")
    sensor, _, quantity = name.partition("/")
    if not sensor or not quantity:
        raise RefusedError(f"{name!r} is no channel", "a channel is SENSOR/QUANTITY, as ph-3/ph")
    return sensor, quantity


def _why(arguments: Mapping[str, Any], usual: str) -> str:
    return _word(arguments, "why") if arguments.get("why") else usual


def _word(arguments: Mapping[str, Any], name: str, longest: int = _LONGEST_WHY) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not value or len(value) > longest or not value.isprintable():
        raise RefusedError(
            f"the argument {name!r} is {value!r}", f"it is one line of 1 to {longest} characters"
        )
    return value
