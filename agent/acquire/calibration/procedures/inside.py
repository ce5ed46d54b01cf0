"""Instruments that calibrate inside themselves: told point by point, and read back after each.

The record holds what they were told and what they then said of themselves; its law is theirs alone. Before
the first point a record is put in force that says `unfinished`: however it ends, what the instrument says
from then on is not told to come of the calibration before.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.calibration.due import UNFINISHED
from agent.acquire.calibration.limits import value_limits
from agent.acquire.calibration.procedures.bottle import Bottle, bottle
from agent.acquire.calibration.procedures.dialogue import (
    Draft,
    Talk,
    at_rest,
    concluded,
    in_place,
    near,
    rest_of,
    what_is_in_force,
)
from agent.acquire.calibration.record import Found, Point
from agent.acquire.calibration.session import TAKEN, Facts, Refusal, Script, Sum
from agent.acquire.calibration.step import Step, Want, choose, command, confirm, measure, number, save, undo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What an instrument must be told of its reference beside the value: it has no thermometer of its own.
_WARM = frozenset({"ph", "conductivity", "dissolved_oxygen"})
_COLDEST_C, _WARMEST_C = 0.0, 50.0
_DONE = "done"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Told(NamedTuple):
    """One point: what the instrument read before, what it was told, what it says of itself then."""

    name: str
    reference: float | None
    value: float
    temperature_c: float | None
    bottle: Bottle
    heard: Mapping[str, Any]


def inside(facts: Facts, _worked_out: Sum) -> Script:
    """The whole procedure."""
    before = yield command("recall", "What it holds", "It is asked what it holds.", {"do": "recall"})
    if "refused" in before:
        raise Refusal("REFUSED", before["refused"])
    places = yield from in_place(facts)
    told: list[Told] = []
    begun, remark = "", ""
    while (name := (yield _next(facts, told, remark))) != _DONE:
        point = next(each for each in facts.inside if each["name"] == name)
        remark = _out_of_order(point, before, told)
        if not remark:
            begun = begun or (yield from _announced(before))
            asked, order = yield from _ready(facts, point, len(told), begun)
            heard = yield order
            if "refused" in heard:
                raise Refusal("REFUSED", heard["refused"])
            told.append(asked._replace(heard=heard))
    if not told:
        raise Refusal("Nothing was told", "The instrument holds what it held.")
    return (yield from _concluded(facts, before, told, places, begun))


def _out_of_order(point: Mapping[str, Any], before: Mapping[str, Any], told: Sequence[Told]) -> str:
    """Why it cannot take this point yet; "" when it can."""
    if told or before["points"] or not point["after"]:
        return ""
    return f"It holds no point yet: {' or '.join(point['after'])} comes first. "


def _announced(before: Mapping[str, Any]) -> Talk[str]:
    """From now on nobody can be sure what it holds. The id of the record that says so. Raises Refusal."""
    fields: dict[str, Any] = {
        "procedure": "onboard",
        "points": [],
        "as_found": [],
        "law": None,
        "verdict": UNFINISHED,
        "notes": "The instrument was told points from here on, and the record of the end is another one.",
        "instrument": {"before": dict(before)},
    }
    saved = yield save("begun", fields)
    if "refused" in saved:
        raise Refusal("It could not be saved", saved["refused"])
    return str(saved["id"])


def _ready(facts: Facts, point: Mapping[str, Any], place: int, begun: str) -> Talk[tuple[Told, Step]]:
    """All but the order itself. Raises Refusal; if nothing was told yet, what was in force is so again."""
    try:
        return (yield from _asked(facts, point, place))
    except Refusal as refusal:
        if place:
            raise
        title, text = refusal.step.title, refusal.step.text
        gone = yield undo("undo", title, begun, facts.calibration)
        raise Refusal(title, f"{text} {what_is_in_force(gone, facts.calibration)}") from None


def _next(facts: Facts, told: Sequence[Told], remark: str) -> Step:
    done = {each.name for each in told}
    options = {each["name"]: _label(each) for each in facts.inside}
    options[_DONE] = "done: that was the last one"
    default = next((each["name"] for each in facts.inside if each["name"] not in done), _DONE)
    said = f"Done: {', '.join(sorted(done))}. " if done else ""
    text = f"{remark}{said}In this order is best."
    return choose(f"next{len(told)}", "Which point?", text, options, str(default))


def _label(point: Mapping[str, Any]) -> str:
    return f"{point['title']}{' (the others are forgotten)' if point['wipes'] else ''}"


def _asked(facts: Facts, point: Mapping[str, Any], place: int) -> Talk[tuple[Told, Step]]:
    """What a person has to say of a point, the signal at rest in it, and the order to take it."""
    key, title = f"{point['name']}{place}", f"Point {point['name']}: {point['title']}"
    said = (yield from bottle(key, title, facts.today)) if point["numbers"] else Bottle("", "", is_old=False)
    yield confirm(f"{key}_in", title, f"Rinse the probe and put it into {point['title']}. Enter when it is.")
    numbers = {}
    for each in point["numbers"]:
        text = f"Its {each['name']}, as printed for its temperature."
        step = number(f"{key}_{each['name']}", title, text, each["unit"], each["low"], each["high"])
        numbers[each["name"]] = yield step
    temperature_c = None
    if facts.quantity in _WARM and numbers:
        text = "The temperature of what it stands in."
        temperature_c = yield number(f"{key}_c", title, text, "degC", _COLDEST_C, _WARMEST_C)
    want = Want("value", facts.channel, "value", value_limits(facts.quantity), facts.unit)
    heard = yield from at_rest(measure(f"{key}_rest", title, "Leave it until it is at rest.", (want,)))
    work = {"do": "take", "point": point["name"], "numbers": numbers, "temperature_c": temperature_c}
    reference = next(iter(numbers.values()), None)
    value = rest_of(heard, "value").value
    order = command(f"{key}{TAKEN}", title, "The instrument takes it over.", work)
    return Told(point["name"], reference, value, temperature_c, said, _NOTHING), order


def _concluded(
    facts: Facts,
    before: Mapping[str, Any],
    told: Sequence[Told],
    places: Mapping[str, float],
    begun: str,
) -> Talk[Step]:
    after, last = told[-1].heard, told[-1]
    trouble = str(after["trouble"])
    found = [(each.reference, each.value) for each in told if each.reference is not None]
    fields = {
        "procedure": "onboard",
        "points": [_as_point(facts, each)._asdict() for each in told if each.reference is not None],
        "as_found": [Found(ref, value, round(value - ref, 6))._asdict() for ref, value in found],
        "law": None,
        "figures": {**after["figures"], **places},
        "verdict": "reject" if trouble else "good",
        "notes": " ".join(filter(None, [trouble, *(each.bottle.note for each in told)])),
        "instrument": {"before": dict(before), "after": dict(after)},
    }
    if trouble:
        saved = yield save("save", fields)
        kept = saved.get("id") or saved.get("refused")
        raise Refusal(
            "NOT fit for use",
            f"{trouble[0].upper()}{trouble[1:]}. The instrument holds it all the same ({kept}): clean or"
            " change the probe.",
        )
    names = ", ".join(each.name for each in told)
    reference = last.reference
    within = 0.0 if reference is None else near(facts, reference)
    draft = Draft(fields, reference, within, f"The instrument took {names}.", former=begun)
    return (yield from concluded(facts, draft))


def _as_point(facts: Facts, each: Told) -> Point:
    assert each.reference is not None, "only points with a reference are told so"
    return Point(
        label=each.name,
        reference=each.reference,
        reference_unit=facts.unit,
        raw=each.value,
        raw_unit=facts.unit,
        lot=each.bottle.lot,
        temperature_c=each.temperature_c,
    )
