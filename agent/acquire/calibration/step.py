"""One step of a guided procedure: what a person is shown and asked, or what the station does itself.

A step is plain data, so that a terminal, a page on a phone and a test can all render it. What comes back for
it is JSON, too, and is checked here against what was asked.
"""

from __future__ import annotations

import math
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.acquire.calibration.stability import Limits

# Answered by a person. `info` is only read.
ASKING = frozenset({"info", "confirm", "choose", "number", "text"})
# Done by the station: watch signals, put a law in force or take it back, calibrate inside the instrument.
DOING = frozenset({"measure", "save", "undo", "command"})
# Of these, what is over before anybody sees it.
QUICK = DOING - {"measure"}
# The end, good or bad.
LAST = frozenset({"result", "refused"})
_LONGEST_TEXT = 200
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_YES = frozenset({"", "y", "yes", "ok"})
# `1,000` is a thousand to one and one to another; `0,125` can only be one thing.
_THOUSAND = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


class AnswerError(ValueError):
    """An answer that does not fit its step. `hint` says what would."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


class Option(NamedTuple):
    """One of several answers: what is sent, and what a person reads."""

    key: str
    label: str


class Want(NamedTuple):
    """A signal that a measurement needs.

    Attributes:
        role: under which name its result comes back.
        channel: `SENSOR/QUANTITY`.
        of: "raw", "value", or the role of what corrected that value: "temperature".
        limits: when it is at rest; None when its newest good value will do, or none at all.
        calibration: only values made by this one count; "" for any.
        unit: for people, who are shown (number - `shift`) * `scale` in it.
    """

    role: str
    channel: str
    of: str
    limits: Limits | None
    unit: str
    calibration: str = ""
    scale: float = 1.0
    shift: float = 0.0


class Step(NamedTuple):
    """What is to be done now.

    Attributes:
        key: the step's own name within its procedure: an answer is kept under it.
        kind: one of ASKING, DOING or LAST.
        title: a few words.
        text: what to do, in whole sentences.
        options: of a choice.
        unit, low, high: of a number; both limits belong to it.
        default: what an empty answer means; None when it means nothing.
        wants, deadline_s: of a measurement.
        data: of a save, a command and the end: JSON.
    """

    key: str
    kind: str
    title: str
    text: str = ""
    options: tuple[Option, ...] = ()
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    default: str | None = None
    wants: tuple[Want, ...] = ()
    deadline_s: float = 0.0
    data: Mapping[str, Any] = _NOTHING

    def as_json(self) -> dict[str, Any]:
        """For whoever renders it: `fields` has one entry where something is to be entered."""
        return {"key": self.key, "kind": self.kind, "title": self.title, "text": self.text} | {
            "fields": [self._field()] if self.kind in {"choose", "number", "text"} else [],
            "data": dict(self.data) if self.kind in LAST else {},
        }

    def _field(self) -> dict[str, Any]:
        return {
            "name": self.key,
            "unit": self.unit,
            "low": self.low if math.isfinite(self.low) else None,
            "high": self.high if math.isfinite(self.high) else None,
            "default": self.default,
            "options": [option._asdict() for option in self.options],
        }


def accepted(step: Step, answer: object) -> Any:
    """A person's answer as it is kept: a number for a number, the key of an option. Raises AnswerError."""
    text = _text(answer)
    if not text and step.default is not None:
        text = step.default
    if step.kind == "number":
        return _number(step, text)
    if step.kind == "choose":
        return _choice(step, text)
    if step.kind == "text":
        return text
    if text.casefold() not in _YES:
        raise AnswerError(
            f"{text!r} is no answer here", "only Enter, when it is done; Ctrl-C leaves it for later"
        )
    return True


def _text(answer: object) -> str:
    """One line. Raises AnswerError."""
    if answer is True:
        return ""
    if isinstance(answer, int | float):
        return repr(answer)
    if not isinstance(answer, str) or len(answer) > _LONGEST_TEXT or not answer.isprintable():
        raise AnswerError("this cannot be kept", f"one line of at most {_LONGEST_TEXT} characters")
    return answer.strip()


def _number(step: Step, text: str) -> float:
    unit = spoken(step.unit)
    if _THOUSAND.fullmatch(text):
        whole, point = text.replace(",", ""), text[:-2].replace(",", ".")
        raise AnswerError(f"{text!r} may mean two things", f"write {whole} or {point}")
    try:
        number = float("no number" if "_" in text else text.replace(",", "."))
    except ValueError:
        raise AnswerError(f"{text!r} is not a number", f"a number{f' in{unit}' if unit else ''}") from None
    if not step.low <= number <= step.high:
        reach = f"it lies from {step.low:g} to {step.high:g}{unit}"
        raise AnswerError(f"{number:g}{unit} cannot be", reach)
    return number


def _choice(step: Step, text: str) -> str:
    """By its key, or by its number as counted from 1: no key is a number."""
    keys = [option.key for option in step.options]
    if not text:
        raise AnswerError("nothing was chosen", f"one of: {', '.join(keys)}, or its number")
    if text.casefold() in keys:
        return text.casefold()
    if text.isdecimal() and 1 <= int(text) <= len(keys):
        return keys[int(text) - 1]
    raise AnswerError(f"{text!r} is none of them", f"one of: {', '.join(keys)}, or its number")


def spoken(unit: str) -> str:
    """A unit as it follows a number, for people; nothing for a number without one."""
    return "" if unit in {"", "1"} else f" {unit}"


def confirm(key: str, title: str, text: str) -> Step:
    """To be done by hand, and told when it is."""
    return Step(key, "confirm", title, text)


def choose(key: str, title: str, text: str, options: Mapping[str, str], default: str | None = None) -> Step:
    """One of `options`, label by key; keys in lower case, and none of them a number: rows are numbered."""
    assert not any(key.isdecimal() for key in options), "a row's number would mean another row"
    return Step(key, "choose", title, text, tuple(Option(*each) for each in options.items()), default=default)


def number(
    key: str, title: str, text: str, unit: str, low: float, high: float, default: float | None = None
) -> Step:
    """A number from `low` to `high`."""
    given = None if default is None else f"{default:g}"
    return Step(key, "number", title, text, unit=unit, low=low, high=high, default=given)


def text(key: str, title: str, text: str) -> Step:
    """A line, which may be empty."""
    return Step(key, "text", title, text, default="")


def measure(key: str, title: str, text: str, wants: tuple[Want, ...], deadline_s: float = 300.0) -> Step:
    """Watch signals until all are at rest.

    The answer has the `Rest` of each role that is watched as an object, for those without limits their newest
    good value or None; or, when the deadline passed, `{"unstable": TEXT}` or `{"silent": TEXT}`.
    """
    return Step(key, "measure", title, text, wants=wants, deadline_s=deadline_s)


def save(key: str, record: Mapping[str, Any]) -> Step:
    """Put a calibration in force. The answer is `{"id": ID}`, or `{"refused": TEXT}`: nothing changed."""
    return Step(key, "save", "It is being saved", "Do not take the probe out.", data=record)


def undo(key: str, why: str, made: str, former: str) -> Step:
    """Put `former` in force instead of `made`, by their ids; "" is the configuration.

    The answer is `{"id": ID or ""}`, what is in force then, or `{"refused": TEXT}`.
    """
    data = {"why": why, "made": made, "former": former}
    return Step(key, "undo", "The former calibration is put back", why, data=data)


def command(key: str, title: str, text: str, work: Mapping[str, Any]) -> Step:
    """Have the instrument calibrate inside itself. The answer is what it told, or `{"refused": TEXT}`."""
    return Step(key, "command", title, text, data=work)


def result(title: str, text: str, data: Mapping[str, Any]) -> Step:
    """It is done, and has been read back."""
    return Step("result", "result", title, text, data=data)


def refused(title: str, text: str, data: Mapping[str, Any] = _NOTHING) -> Step:
    """It is over, and nothing is calibrated; `text` says why and what to do."""
    return Step("refused", "refused", title, text, data=data)
