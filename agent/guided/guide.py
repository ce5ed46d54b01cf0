"""Guided calibration inside the running station, which holds the session; others only show its steps.

    calibrate_begin ─▶ step ─▶ calibrate_answer ─▶ next step ─ ... ─▶ result or refused
                        │ what the station does itself: watch a signal, put a law in force, tell an instrument

Every answer is on the disk before the next step is shown, so a session goes on after any power cut. While it
lasts its sensor is under maintenance, which ends by itself if nobody goes on.
"""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from agent import __version__
from agent.acquire.calibration.procedures.choice import offered, script
from agent.acquire.calibration.record import new_id, utc_text
from agent.acquire.calibration.session import LostError, Session, left_behind, reopened, step_of
from agent.acquire.calibration.sessions import SessionError
from agent.acquire.calibration.step import ASKING, LAST, AnswerError, Step, accepted, refused
from agent.acquire.calibration.store import CalibrationError
from agent.acquire.request import RequestError
from agent.clock import NS
from agent.control import Deferred, RefusedError
from agent.guided.facts import Subject, facts, points_inside, subjects, sum_of
from agent.guided.live import ANEW, STALE, Live, why_stale
from agent.model import Visit
from drivers.contract import DriverError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.acquire.calibration.record import CalibrationRecord
    from agent.acquire.calibration.sessions import Sessions
    from agent.acquire.poller import Poller
    from agent.acquire.recalibration import Recalibration
    from agent.clock import Clock
    from agent.config.schema import Config
    from agent.guided.care import Care
    from agent.guided.work import Works
    from agent.model import Instant, Record

_OPENING_S = 15.0  # for the bus's thread to say what an instrument can do
_IDLE_S = 3600.0
_RETRY_S = 5.0
_LONGEST_NAME = 80
_NONE = "None was: nothing is given up."
_UNREADABLE = "What it changed cannot be read: `skyground calibration due` tells what is in force."


class Guide:
    """The handlers of the control socket for guided calibration, and the worker that does what steps ask for.

    Args:
        config: the station's.
        pollers: by sensor.
        recalibration: what is in force.
        works: makes the work of a step that the station does itself.
        sessions: their files.
        care: the maintenance of what is calibrated.
        append: takes what is to be remembered of a session that ended without a calibration.
        wake: set when a step asks the station to do something.
    """

    def __init__(
        self,
        config: Config,
        pollers: Mapping[str, Poller],
        recalibration: Recalibration,
        works: Works,
        sessions: Sessions,
        care: Care,
        clock: Clock,
        append: Callable[[Sequence[Record]], None],
        *,
        wake: threading.Event,
    ) -> None:
        self._wake = wake
        self._subjects = {sensor.id: subjects(sensor) for sensor in config.sensor}
        self._pollers = pollers
        self._recalibration = recalibration
        self._works = works
        self._sessions = sessions
        self._care = care
        self._clock = clock
        self._append = append
        self._lock = threading.RLock()
        self._live: dict[str, Live] = {}

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any]], object]]:
        """By command. Each answers with the step at which the session stands, and raises RefusedError."""
        return {
            "calibrate_begin": self.begin,
            "calibrate_answer": self.answer,
            "calibrate_show": self.show,
            "calibrate_abandon": self.abandon,
        }

    def begin(self, arguments: Mapping[str, Any]) -> object:
        """`{"sensor": ID, "by": NAME}`, and `quantity`, `procedure`, `anew` if wanted.

        One that is under way goes on, unless `anew` is true.
        """
        sensor = self._sensor(arguments)
        with self._lock:
            live = None if arguments.get("anew") is True else self._found(sensor)
            if live is not None:
                self._check_same(live, arguments)
                if live.step.kind in ASKING:
                    live.stale = live.stale or self._why_stale(live.session)
                return live.as_json()
        return self._opened(sensor, arguments)

    def answer(self, arguments: Mapping[str, Any]) -> object:
        """`{"sensor": ID, "session": ID, "n": N, "answer": ...}`, as shown; `late`: why it was not taken."""
        sensor = self._sensor(arguments)
        with self._lock:
            live = self._required(sensor)
            if arguments.get("session") != live.session.id:
                raise RefusedError("that session is over", f"skyground calibrate {sensor} begins another one")
            late = live.late(arguments.get("n"))
            if not late and live.step.kind in ASKING:
                self._take(live, arguments.get("answer"))
            return {**live.as_json(), "late": late} if late else live.as_json()

    def show(self, arguments: Mapping[str, Any]) -> object:
        """`{"sensor": ID}`: where it stands, with the progress of what the station does."""
        with self._lock:
            return self._required(self._sensor(arguments)).as_json()

    def abandon(self, arguments: Mapping[str, Any]) -> object:
        """`{"sensor": ID}`: it is given up; the answer says what it leaves changed."""
        sensor = self._sensor(arguments)
        with self._lock:
            session, left = self._ending(sensor)
            self._drop(sensor)
            said = f"{left or 'Nothing was changed by it.'} {self._care.leave(sensor)}".strip()
            if session is not None:
                self._note(session, f"given up. {left}".strip())
        return {"sensor": sensor, "abandoned": True, "left": said}

    def step(self, now: Instant) -> float:
        """Do what the steps ask for. Returns the seconds until it is looked again."""
        with self._lock:
            waits_s = [self._go_on(live, now) for live in list(self._live.values()) if live.work is not None]
        return min(waits_s, default=_IDLE_S)

    def close(self) -> None:
        """What is under way is kept in its file."""
        with self._lock:
            for live in self._live.values():
                live.close()

    def _go_on(self, live: Live, now: Instant) -> float:
        """One look at what the station does for a session."""
        assert live.work is not None, "only those that work"
        if live.heard is None:
            heard = live.work.step(now)
            if isinstance(heard, int | float):
                self._care.take(live.session)  # the longest measurement outlasts what its beginning took
                return heard
            live.heard = heard
        try:
            self._advance(live, live.session.answered(live.step, live.heard))
        except RefusedError as error:
            live.trouble = f"{error}; {error.hint}"
            return _RETRY_S
        return 0.0

    def _take(self, live: Live, answer: object) -> None:
        """A person's answer. Raises RefusedError when it does not fit, or cannot be kept."""
        try:
            kept = accepted(live.step, answer)
        except AnswerError as error:
            raise RefusedError(str(error), error.hint) from error
        if live.step.key != STALE:
            self._advance(live, live.session.answered(live.step, kept))
        elif kept == ANEW:
            left = left_behind(live.session) or "Nothing was changed."
            begin = f"Begin anew: skyground calibrate {live.session.sensor}"
            self._conclude(live, refused("Given up", f"{left} {begin}"))
        else:
            self._stand(live, live.session)

    def _advance(self, live: Live, session: Session) -> None:
        """To the step after an answer, which is on the disk by then. Raises RefusedError."""
        try:
            self._sessions.keep(session)
        except SessionError as error:
            raise RefusedError(str(error), error.hint) from error
        self._stand(live, session)

    def _stand(self, live: Live, session: Session) -> None:
        """Let it stand where its answers lead, and begin what the station does there itself."""
        step = self._step(session)
        if step.kind in LAST:
            self._conclude(live, step, session)
            return
        live.stand(session, step)
        self._care.take(session)
        live.work = self._works.of(step, session)
        self._wake.set()

    def _step(self, session: Session) -> Step:
        """Raises LostError."""
        subject = self._subjects[session.sensor][session.quantity]
        # The law that was in force when it began: the one that is being made must not count as such.
        record = self._record(session.facts.calibration)
        return step_of(session, script(session.procedure, session.facts, sum_of(subject, record)))

    def _record(self, name: str) -> CalibrationRecord | None:
        """Raises RefusedError when it cannot be read."""
        try:
            return self._recalibration.store.read(name) if name else None
        except CalibrationError as error:
            raise RefusedError(error.what, error.hint) from error

    def _conclude(self, live: Live, last: Step, session: Session | None = None) -> None:
        """It is over; one that ended without a calibration is remembered as a note."""
        session = session or live.session
        with suppress(SessionError):  # its file leads to this same end when it is found again
            self._sessions.drop(session.sensor)
        if last.kind == "refused":
            self._note(session, f"{last.title}. {last.text}")
            # Only a result has asked for the probe to be put back.
            last = last._replace(text=f"{last.text} {self._care.leave(session.sensor)}".strip())
        else:
            self._care.end(session.sensor)
        live.stand(session, last)

    def _note(self, session: Session, why: str) -> None:
        """On record that it came to no calibration."""
        channel = f"{session.sensor}/{session.quantity}"
        at = self._clock.now()
        text = f"{channel} was not calibrated: {why}"
        name = f"{channel}/calibrating/{self._clock.boot_id[:8]}-{at.mono_ns}"
        self._append([Visit(name, "", "note", channel, session.by, at, text, {"session": session.id})])

    def _opened(self, sensor: str, arguments: Mapping[str, Any]) -> Deferred:
        """A new session, once the bus's thread has said what the instrument can do itself."""
        subject = self._subject(sensor, arguments)
        by, procedure = _by(arguments), arguments.get("procedure") or ""
        poller = self._pollers[sensor]
        try:
            promise = poller.converse(sensor, points_inside, _OPENING_S)
        except RequestError as error:
            raise RefusedError(error.what, error.hint) from error

        def begun() -> object:
            try:
                (inside,) = promise.result()
            except (RequestError, DriverError) as error:
                raise RefusedError(error.what, error.hint) from error
            with self._lock:
                self._check_done(sensor)
                self._drop(sensor)
                return self._begun(subject, by, str(procedure), inside).as_json()

        return Deferred(lambda: promise.is_over, begun, promise.abandon, _OPENING_S)

    def _begun(self, subject: Subject, by: str, procedure: str, inside: Any) -> Live:
        """Raises RefusedError."""
        channel, now = subject.measure.channel, self._clock.now()
        record = self._recalibration.standings.of(str(channel)).record
        known = facts(subject, record, now, inside)
        names = offered(known)
        if not names or (procedure and procedure not in names):
            raise RefusedError(
                f"{channel} cannot be calibrated" + (f" by {procedure!r}" if procedure else ""),
                f"procedures that fit it: {', '.join(names) or 'none'}",
            )
        at = utc_text(now.wall_ns / NS)
        session = Session(
            id=new_id(channel.sensor, channel.quantity, at, secrets.token_hex(2)),
            sensor=channel.sensor,
            quantity=channel.quantity,
            procedure=procedure,
            by=by,
            boot=self._clock.boot_id,
            mono_ns=now.mono_ns,
            wall_ns=now.wall_ns,
            trust=now.trust,
            release=__version__,
            config=subject.digest,
            facts=known,
        )
        live = Live(session, self._step(session))
        self._advance(live, session)
        self._live[channel.sensor] = live
        return live

    def _found(self, sensor: str) -> Live | None:
        """The session under way, in memory or from its file; one that is over counts no more."""
        live = self._live.get(sensor)
        if live is not None:
            return None if live.step.kind in LAST else live
        try:
            kept = self._sessions.load(sensor)
        except SessionError as error:
            raise RefusedError(str(error), error.hint) from error
        return None if kept is None else self._resumed(kept)

    def _resumed(self, kept: Session) -> Live:
        """One that a stop of the station has interrupted. Raises RefusedError."""
        try:
            session = reopened(kept, self._step(kept))
            live = Live(session, self._step(session), resumed=True)
            stale = self._why_stale(kept)
        except (LostError, KeyError) as error:
            raise RefusedError(
                f"the calibration of {kept.sensor} that was begun cannot go on: {error}",
                f"{left_behind(kept)} Begin anew: skyground calibrate {kept.sensor} --anew".strip(),
            ) from error
        self._live[kept.sensor] = live
        live.stale = stale
        if not stale:
            self._stand(live, session)
        return live

    def _why_stale(self, session: Session) -> str:
        """Raises KeyError when its channel is gone."""
        subject = self._subjects[session.sensor][session.quantity]
        return why_stale(session, subject.digest, self._clock)

    def _required(self, sensor: str) -> Live:
        """The session of a sensor, also one that has just ended. Raises RefusedError."""
        live = self._live.get(sensor) or self._found(sensor)
        if live is None:
            raise RefusedError(f"no calibration of {sensor!r} is under way", f"skyground calibrate {sensor}")
        return live

    def _check_same(self, live: Live, arguments: Mapping[str, Any]) -> None:
        asked = (arguments.get("quantity"), arguments.get("procedure"))
        session = live.session
        for wish, has in zip(asked, (session.quantity, session.procedure), strict=True):
            if wish and has and wish != has:
                raise RefusedError(
                    f"a calibration of {session.sensor}/{session.quantity} is under way",
                    "go on with it without that option, or begin anew with --anew",
                )

    def _check_done(self, sensor: str) -> None:
        """A calibration that is in force and was not read back must not be forgotten. Raises RefusedError."""
        session, left = self._ending(sensor)
        if session is not None and left:
            raise RefusedError(left, f"go on: skyground calibrate {sensor}; or give it up: --abandon")

    def _ending(self, sensor: str) -> tuple[Session | None, str]:
        """The session under way, and what stays changed if it is given up. Raises RefusedError.

        One that cannot be read can be given up all the same.
        """
        try:
            live = self._live.get(sensor) or self._found(sensor)
        except RefusedError:
            return None, _UNREADABLE
        kept = None if live is None else live.as_left()
        return (None, _NONE) if kept is None else (kept, left_behind(kept))

    def _drop(self, sensor: str) -> None:
        """Raises RefusedError."""
        live = self._live.pop(sensor, None)
        if live is not None:
            live.close()
        try:
            self._sessions.drop(sensor)
        except SessionError as error:
            raise RefusedError(str(error), error.hint) from error

    def _sensor(self, arguments: Mapping[str, Any]) -> str:
        sensor = arguments.get("sensor")
        if not isinstance(sensor, str) or sensor not in self._subjects:
            raise RefusedError(f"there is no sensor {sensor!r}", f"it is one of: {', '.join(self._subjects)}")
        return str(sensor)

    def _subject(self, sensor: str, arguments: Mapping[str, Any]) -> Subject:
        """The channel that is meant. Raises RefusedError."""
        found, quantity = self._subjects[sensor], arguments.get("quantity")
        if quantity is None and len(found) == 1:
            return next(iter(found.values()))
        if not isinstance(quantity, str) or quantity not in found:
            what = (
                f"{sensor} has no quantity {quantity!r}" if quantity else f"{sensor} has several quantities"
            )
            raise RefusedError(what, f"name one: --quantity {' | '.join(found)}")
        return found[quantity]


def _by(arguments: Mapping[str, Any]) -> str:
    by = arguments.get("by")
    if not isinstance(by, str) or not by or len(by) > _LONGEST_NAME or not by.isprintable():
        raise RefusedError("nobody is named who does it", "say who you are: --by NAME")
    return by
