"""Instruments that calibrate inside themselves: told point by point, and read back after each.

The record holds what they were told and what they then said of themselves; its law is theirs alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

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
)
from agent.acquire.calibration.record import Found, Point
from agent.acquire.calibration.session import Facts, Refusal, Script, Sum
from agent.acquire.calibration.step import Step, Want, choose, command, confirm, measure, number, save

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What an instrument must be told of its reference beside the value: it has no thermometer of its own.
_WARM = frozenset({"ph", "conductivity", "dissolved_oxygen"})
_COLDEST_C, _WARMEST_C = 0.0, 50.0
_DONE = "done"


class Told(NamedTuple):
    """One point, done: what the instrument read before, what it was told, what it says of itself now."""

    name: str
    reference: float | None
    value: float
    temperature_c: float | None
    bottle: Bottle
    heard: Mapping[str, Any]


def inside(facts: Facts, _worked_out: Sum) -> Script:
    """The whole procedure."""
    before = yield from _ordered("recall", "What it holds", "It is asked what it holds.", {"do": "recall"})
    places = yield from in_place(facts)
    told: list[Told] = []
    while (name := (yield _next(facts, told))) != _DONE:
        point = next(each for each in facts.inside if each["name"] == name)
        told.append((yield from _point(facts, point, len(told))))
    if not told:
        raise Refusal("Nothing was told", "The instrument holds what it held.")
    return (yield from _concluded(facts, before, told, places))


def _next(facts: Facts, told: Sequence[Told]) -> Step:
    done = {each.name for each in told}
    options = {each["name"]: _label(each) for each in facts.inside}
    options[_DONE] = "done: that was the last one"
    default = next((each["name"] for each in facts.inside if each["name"] not in done), _DONE)
    said = f"Done: {', '.join(sorted(done))}. " if done else ""
    return choose(f"next{len(told)}", "Which point?", f"{said}In this order is best.", options, str(default))


def _label(point: Mapping[str, Any]) -> str:
    return f"{point['title']}{' (the others are forgotten)' if point['wipes'] else ''}"


def _point(facts: Facts, point: Mapping[str, Any], place: int) -> Talk[Told]:
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
    answer = yield from _ordered(f"{key}_take", title, "The instrument takes it over.", work)
    reference = next(iter(numbers.values()), None)
    return Told(point["name"], reference, rest_of(heard, "value").value, temperature_c, said, answer)


def _ordered(key: str, title: str, text: str, work: Mapping[str, Any]) -> Talk[Mapping[str, Any]]:
    """Have it done. Raises Refusal with the instrument's reason."""
    heard: Mapping[str, Any] = yield command(key, title, text, work)
    if "refused" in heard:
        raise Refusal(
            "REFUSED", f"{heard['refused']} What the instrument holds now, it tells: begin again to ask it."
        )
    return heard


def _concluded(
    facts: Facts, before: Mapping[str, Any], told: Sequence[Told], places: Mapping[str, float]
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
            " change the probe, and calibrate again before its values are used.",
        )
    names = ", ".join(each.name for each in told)
    reference = last.reference
    within = 0.0 if reference is None else near(facts, reference)
    return (yield from concluded(facts, Draft(fields, reference, within, f"The instrument took {names}.")))


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
