"""A session is a script and the answers given so far; where it stands is found by playing them again. Pure.

A procedure is written as a generator that yields steps and is sent their answers. Nothing of it has to be
kept but the answers, so a power cut at any moment costs at most the step that was under way.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.calibration.step import LAST, Step, refused
from agent.acquire.convert.contract import ConversionError

if TYPE_CHECKING:
    from agent.acquire.convert.contract import Converted

FORMAT = 1
TAKEN = "_take"  # how the key of an order ends after which an instrument is not as it was
BEGUN = "begun"  # the key of the save that says so before the first of them
_CHANGING = ("save", "undo", "command")
# The longest procedure takes some fifty; whoever answers more often than this begins anew.
MOST_ANSWERS = 400

Script = Generator[Step, Any, Step]
# (law that a calibration made, or None for what is in force; raw; companions by role) -> what the running
# station would make of it. Raises ConversionError.
Sum = Callable[[Mapping[str, Any] | None, float, Mapping[str, float | None]], "Converted"]


class Refusal(Exception):  # noqa: N818 - it is the end of a procedure, and no error of the program
    """Raised inside a script to end it: nothing is calibrated. `text` says why and what to do."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__(title)
        self.step = refused(title, text)


class LostError(Exception):
    """The answers do not fit the script any more: it was begun by another version of this software."""


class Facts(NamedTuple):
    """What a script must know of its channel, as it was when the session began. JSON values only.

    Attributes:
        channel: `SENSOR/QUANTITY`.
        unit, raw_unit: of its value, and of what the instrument says.
        low, high: what the instrument can measure, in `raw_unit`.
        law: the `convert` table in force, configuration and calibration together; empty when there is none.
        configured: the one of the configuration alone.
        calibration: id of what is in force.
        temperature, barometer, rail: the channels that correct it, `SENSOR/QUANTITY`; "" for none.
        model: the instrument.
        today: the date as `2026-11-22`; "" when the clock cannot be believed.
        inside: the points that the instrument takes over inside itself; empty when it takes none.
    """

    channel: str
    quantity: str
    unit: str
    raw_unit: str
    low: float
    high: float
    law: Mapping[str, Any]
    configured: Mapping[str, Any]
    calibration: str
    temperature: str = ""
    barometer: str = ""
    rail: str = ""
    model: str = ""
    today: str = ""
    inside: Sequence[Mapping[str, Any]] = ()


class Given(NamedTuple):
    """An answer, with the step that it was given to."""

    key: str
    kind: str
    answer: Any


class Session(NamedTuple):
    """All that is kept of a session.

    Attributes:
        id: its own; the calibration that comes of it is named after it.
        by: who does it.
        boot, mono_ns, wall_ns, trust: when it began, as the clocks said.
        release, config: the software and the configuration of the channel that it was begun under.
    """

    id: str
    sensor: str
    quantity: str
    procedure: str
    by: str
    boot: str
    mono_ns: int
    wall_ns: int
    trust: int
    release: str
    config: str
    facts: Facts
    given: tuple[Given, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For its file."""
        given = [list(each) for each in self.given]
        return {"format": FORMAT, **self._asdict(), "facts": self.facts._asdict(), "given": given}

    def answered(self, step: Step, answer: object) -> Session:
        """The same one step further."""
        return self._replace(given=(*self.given, Given(step.key, step.kind, answer)))


def left_behind(session: Session) -> str:
    """What stays changed if a session ends where it stands; "" when nothing does."""
    if any(given.key.endswith(TAKEN) for given in session.given):
        return "The instrument may not hold what it held: calibrate it again before its values are used."
    done = [given for given in session.given if given.kind in _CHANGING and "refused" not in given.answer]
    saved = [given for given in done if given.kind == "save"]
    if not saved or any(given.kind == "undo" for given in done):
        return ""
    new, channel, former = saved[-1].answer["id"], session.facts.channel, session.facts.calibration
    # By name: what was before may be one that plain going back passes over.
    back = f"rollback {channel} --to {former}" if former else f"withdraw {channel}"
    if saved[-1].key == BEGUN:
        return (
            f"The instrument holds what it held, and {new} in force says that it may not: skyground"
            f" calibration {back} puts that right."
        )
    return (
        f"Calibration {new} is in force, and was not read back: skyground calibration {back} puts back what"
        " was before."
    )


def end_of(session: Session, last: Step) -> Step:
    """The end of a session that came to no calibration, and what stays changed by it."""
    untouched = not any(
        given.kind in {"save", "undo"} or given.key.endswith(TAKEN) for given in session.given
    )
    left = "Nothing was changed." if untouched else left_behind(session)
    text = last.text if last.text.endswith(left) else f"{last.text} {left}"
    return last._replace(text=text)


def from_json(fields: Mapping[str, Any]) -> Session:
    """A session from its file. Raises LostError."""
    try:
        taken = {name: fields[name] for name in Session._fields}
        return Session(
            **{
                **taken,
                "facts": Facts(**fields["facts"]),
                "given": tuple(Given(*each) for each in fields["given"]),
            }
        )
    except (KeyError, TypeError) as error:
        raise LostError(f"its file has another form ({error})") from error


def step_of(session: Session, script: Script) -> Step:
    """The step at which a session stands. `script` is a fresh one of its procedure. Raises LostError."""
    try:
        step = next(script)
        for given in session.given:
            if given.key != step.key:
                raise LostError(f"it asks for {step.key!r} where {given.key!r} was answered")
            step = script.send(given.answer)
    except StopIteration as end:
        last: Step = end.value
        return last
    except Refusal as refusal:
        return end_of(session, refusal.step)
    except ConversionError as error:
        return end_of(session, refused("REFUSED", f"No law comes of it: {error}."))
    if len(session.given) >= MOST_ANSWERS and step.kind not in LAST:
        return end_of(session, refused("Too many steps", "Begin anew."))
    return step


def reopened(session: Session, step: Step) -> Session:
    """The session as it goes on after an interruption at `step`.

    Nobody knows whether the probe is still where it was, so what needs it there goes back to the question if
    it is; but never to before something that has been done.
    """
    if step.kind not in {"measure", "command"}:
        return session
    for place in range(len(session.given) - 1, -1, -1):
        kind = session.given[place].kind
        if kind == "confirm":
            return session._replace(given=session.given[:place])
        if kind in _CHANGING:
            break
    return session
