"""A guided session in memory: where it stands, what the station does there, and how it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent import __version__
from agent.acquire.calibration.record import utc_text
from agent.acquire.calibration.step import ASKING, LAST, QUICK, choose
from agent.clock import NS
from agent.control import RefusedError
from agent.model import Trust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.acquire.calibration.session import Session
    from agent.acquire.calibration.step import Step
    from agent.clock import Clock
    from agent.guided.work import Work

STALE = "stale"
ANEW, RESUME = "anew", "resume"
_DAY_NS = 86_400 * NS


class Live:
    """A session under way, or one that has just ended.

    Attributes:
        session: with all that was answered.
        step: at which it stands.
        resumed: whether a stop of the station has interrupted it.
        stale: why it must not go on unasked; "" when it may.
        trouble: why it cannot go on at the moment; "" when it can.
        work: what the station does itself at this step.
        heard: what came of that, as long as it is not on the disk.
    """

    def __init__(self, session: Session, step: Step, *, resumed: bool = False, stale: str = "") -> None:
        self.session = session
        self._step = step
        self.resumed = resumed
        self.stale = stale
        self.trouble = ""
        self.work: Work | None = None
        self.heard: Mapping[str, Any] | None = None

    @property
    def n(self) -> int:
        """Which step it is, counted from 1."""
        return len(self.session.given) + 1

    @property
    def place(self) -> int:
        """Which of the steps that people see it is, counted from 1."""
        return sum(given.kind not in QUICK for given in self.session.given) + 1

    @property
    def step(self) -> Step:
        """What a person is shown: first of all the question whether an old one is to go on."""
        return stale_step(self.session, self.stale) if self.stale else self._step

    def as_left(self) -> Session | None:
        """As it is if nobody goes on; None when it is over. Raises RefusedError while that is not known."""
        if self.step.kind in LAST:
            return None
        if self.heard is not None:  # done, and it cannot be written down
            return self.session.answered(self._step, self.heard)
        if self.work is not None and self._step.kind in QUICK:
            raise RefusedError("it is being written just now", "ask again in a few seconds")
        return self.session

    def late(self, n: object) -> str:
        """Why an answer to step `n` comes too late; "" when it does not."""
        if n == self.n:
            return ""
        given = self.session.given[n - 1] if isinstance(n, int) and 0 < n < self.n else None
        if given is None or given.kind not in ASKING:
            return "that question is asked no more"
        said = f"{given.answer:g}" if isinstance(given.answer, float) else repr(given.answer)
        return f"that question was answered already, with {said}"

    def stand(self, session: Session, step: Step) -> None:
        """From now on it stands there. What was being done is over."""
        self.close()
        self.session, self._step = session, step
        self.stale = self.trouble = ""
        self.heard = None

    def close(self) -> None:
        """Nobody waits any more for what was being done."""
        if self.work is not None:
            self.work.close()
            self.work = None

    def as_json(self) -> dict[str, Any]:
        """What the socket answers: the step, and the session that it belongs to."""
        session = self.session
        return {
            "session": session.id,
            "sensor": session.sensor,
            "quantity": session.quantity,
            "by": session.by,
            "begun": utc_text(session.wall_ns / NS),
            "resumed": self.resumed,
            "n": self.n,
            "place": self.place,
            "trouble": self.trouble,
            "progress": None if self.work is None else self.work.progress(),
            **self.step.as_json(),
        }


def why_stale(session: Session, config: str, clock: Clock) -> str:
    """Why a session must not go on unasked; "" when it may. `config` is what its channel has now."""
    now = clock.now()
    if session.config != config:
        return "the configuration of this channel has changed since"
    if session.release != __version__:
        return f"this is release {__version__}, not {session.release} any more"
    if session.boot == clock.boot_id:
        old_ns = now.mono_ns - session.mono_ns
    elif Trust.NONE in {now.trust, Trust(session.trust)}:
        return "nobody knows how long ago that was: the clock is not set"
    else:
        old_ns = abs(now.wall_ns - session.wall_ns)
    return "that was more than a day ago" if old_ns > _DAY_NS else ""


def stale_step(session: Session, why: str) -> Step:
    """The question whether an old session is to go on. Under another configuration it cannot."""
    options = {ANEW: "give it up"}
    if "configuration" not in why:
        options = {RESUME: "go on where it stood", **options}
    return choose(
        STALE,
        "There is an older session",
        f"A calibration of {session.sensor}/{session.quantity} was begun by {session.by} on"
        f" {utc_text(session.wall_ns / NS)}, and {why}.",
        options,
    )
