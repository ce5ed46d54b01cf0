"""What the procedures have in common: a signal at rest, readings in place, and the end with its read-back."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, NamedTuple, TypeVar

from agent.acquire.calibration.limits import tolerance, value_limits
from agent.acquire.calibration.session import Facts, Refusal
from agent.acquire.calibration.stability import Rest
from agent.acquire.calibration.step import (
    Step,
    Want,
    choose,
    confirm,
    measure,
    result,
    save,
    spoken,
    undo,
)

T = TypeVar("T")
Talk = Generator[Step, Any, T]

_AGAIN = {"again": "watch it once more", "stop": "it ends here"}
# By whether it can be taken back: what an instrument was told it keeps.
_END = {True: "put back what was before", False: "it is not fit, and the instrument keeps it all the same"}
_READ_BACK_S, _READ_BACK_WINDOW_S = 120.0, 15.0


class Expected(NamedTuple):
    """What the probe must read in its reference, and why that is not the reference itself; "" when it is."""

    value: float
    because: str = ""


class Draft(NamedTuple):
    """A calibration that is ready to be put in force: fields of its record, in the record's own form.

    `reference` is what the probe must read in the end, where it stands in something known; None otherwise.
    `expected` works it out of what `wants` measured beside it, where that depends on it. `former` is put in
    force again when it does not; None: what was in force before the session.
    """

    fields: Mapping[str, Any]
    reference: float | None
    near: float
    summary: str
    wants: tuple[Want, ...] = ()
    expected: Callable[[Mapping[str, Any]], Expected] | None = None
    former: str | None = None


def at_rest(step: Step, hint: str = "") -> Talk[Mapping[str, Any]]:
    """Watch signals until they are at rest, again if a person wants. Raises Refusal when not."""
    while True:
        heard: Mapping[str, Any] = yield step
        why = heard.get("unstable") or heard.get("silent")
        if why is None:
            return heard
        why = f"{why} {hint}".strip()
        title = "It does not come to rest" if "unstable" in heard else "It does not answer"
        if (yield choose(f"{step.key}_again", title, why, _AGAIN)) == "stop":
            raise Refusal(title, why)


def rest_of(heard: Mapping[str, Any], role: str) -> Rest:
    """The `Rest` of one role in the answer to a measurement."""
    return Rest(**heard[role])


def in_place(facts: Facts) -> Talk[dict[str, float]]:
    """Readings where the probe measures, before and after it is cleaned; figures by name.

    Their difference is what fouling did, which no calibration may hide (USGS TM1-D3).
    """
    question = choose(
        "in_place",
        "As found",
        "Nothing is changed yet. Take a reading where the probe is now, and one after cleaning it? Their"
        " difference is what dirt did.",
        {"yes": "first a reading here", "no": "go on"},
        default="no",
    )
    if (yield question) == "no":
        return {}
    limits = value_limits(facts.quantity)
    want = Want("value", facts.channel, "value", limits, facts.unit)
    found = rest_of(
        (yield from at_rest(measure("as_found", "As found", "Leave it as it is.", (want,)))), "value"
    )
    yield confirm("clean", "Clean it", "Clean the probe, put it back to where it measures. Enter when done.")
    clean = rest_of((yield from at_rest(measure("as_cleaned", "After cleaning", "", (want,)))), "value")
    return {"as_found": found.value, "cleaned": clean.value, "fouling": found.value - clean.value}


def concluded(facts: Facts, draft: Draft) -> Talk[Step]:
    """Put it in force, read it back through the running station, and only then say so. Raises Refusal."""
    saved = yield save("save", draft.fields)
    if "refused" in saved:
        raise Refusal("It could not be saved", saved["refused"])
    record_id = saved["id"]
    heard = yield from _read_back(facts, draft, record_id)
    value, must = rest_of(heard, "value").value, _must(draft, heard)
    last = confirm(
        "back",
        "Put it back",
        "Put the probe back to where it measures. Enter when it is: its values then count again.",
    )
    yield last
    because = f", as it must be{must.because}" if must is not None and must.because else ""
    said = f"{draft.summary} Read back: {value:.4g}{spoken(facts.unit)}{because}. Calibration {record_id}."
    return result("Calibrated", said, {"id": record_id, "read_back": value})


def _read_back(facts: Facts, draft: Draft, record_id: str) -> Talk[Mapping[str, Any]]:
    """What the running station says now. Raises Refusal after the former calibration is back in force."""
    want = Want(
        "value",
        facts.channel,
        "value",
        value_limits(facts.quantity, _READ_BACK_WINDOW_S),
        facts.unit,
        record_id,
    )
    step = measure(
        "read_back",
        "Read back",
        "Leave the probe where it is: the station must now read it right.",
        (want, *draft.wants),
        _READ_BACK_S,
    )
    while True:
        heard: Mapping[str, Any] = yield step
        why = heard.get("unstable") or heard.get("silent") or _mismatch(facts, draft, heard)
        if why is None:
            return heard
        options = {"again": "it is where it was: read once more", "stop": _END[draft.former is None]}
        if (yield choose("read_back_again", "The read-back does not fit", why, options)) == "stop":
            former = facts.calibration if draft.former is None else draft.former
            gone = yield undo("undo", why, record_id, former)
            told = what_is_in_force(gone, former)
            if draft.former is not None and gone.get("id") == former:
                told = f"In force is {former}, which says that it was not finished."
            raise Refusal("NOT calibrated", f"{why} {told}")


def what_is_in_force(gone: Mapping[str, Any], former: str) -> str:
    """After the new one was taken back, or was not."""
    if "refused" in gone:
        return f"And the former calibration: {gone['refused']}"
    if gone["id"] != former:
        return f"By now somebody has put in force {gone['id'] or 'the configuration'}."
    return f"In force again: {former or 'the configuration'}."


def _must(draft: Draft, heard: Mapping[str, Any]) -> Expected | None:
    """What the station has to read; None where the probe stands in nothing known."""
    if draft.reference is None:
        return None
    return Expected(draft.reference) if draft.expected is None else draft.expected(heard)


def _mismatch(facts: Facts, draft: Draft, heard: Mapping[str, Any]) -> str | None:
    """Why what is read is not what must be; None when it is."""
    value = rest_of(heard, "value").value
    must = _must(draft, heard)
    if must is None or abs(value - must.value) <= draft.near:
        return None
    unit = spoken(facts.unit)
    return (
        f"The station reads {value:.4g}{unit} where {must.value:.4g}{unit} must be{must.because}, within"
        f" {draft.near:g}. Is the probe still in it?"
    )


def near(facts: Facts, reference: float) -> float:
    """How near a read-back must come."""
    return tolerance(facts.quantity, reference)
