"""Instruments that calibrate inside themselves: told point by point, and read back after each.

The record holds what they were told and what they then said of themselves; its law is theirs alone. Before
the first point a record is put in force that says `unfinished`: however it ends, what the instrument says
from then on is not told to come of the calibration before.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.calibration.due import UNFINISHED
from agent.acquire.calibration.electrode import Dip
from agent.acquire.calibration.limits import value_limits
from agent.acquire.calibration.procedures.bottle import Bottle, bottle
from agent.acquire.calibration.procedures.corrected import buffer_reads
from agent.acquire.calibration.procedures.dialogue import (
    Draft,
    Expected,
    Talk,
    at_rest,
    concluded,
    in_place,
    near,
    rest_of,
    what_is_in_force,
)
from agent.acquire.calibration.record import Found, Point
from agent.acquire.calibration.session import BEGUN, TAKEN, Facts, Refusal, Script, Sum
from agent.acquire.calibration.step import Step, Want, choose, command, confirm, measure, number, save, undo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What an instrument must be told of its reference beside the value: it has no thermometer of its own.
_WARM = frozenset({"ph", "conductivity", "dissolved_oxygen"})
_COLDEST_C, _WARMEST_C = 0.0, 50.0
_ALIKE_C = 1.0
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
            asked, order = yield from _ready(facts, point, told, begun)
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
    saved = yield save(BEGUN, fields)
    if "refused" in saved:
        raise Refusal("It could not be saved", saved["refused"])
    return str(saved["id"])


def _ready(
    facts: Facts, point: Mapping[str, Any], told: Sequence[Told], begun: str
) -> Talk[tuple[Told, Step]]:
    """All but the order itself. Raises Refusal; if nothing was told yet, what was in force is so again."""
    try:
        return (yield from _asked(facts, point, told))
    except Refusal as refusal:
        if told:
            raise
        title, text = refusal.step.title, refusal.step.text
        gone = yield undo("undo", title, begun, facts.calibration)
        raise Refusal(title, f"{text} {what_is_in_force(gone, facts.calibration)}") from None


def _next(facts: Facts, told: Sequence[Told], remark: str) -> Step:
    options = {each["name"]: _label(each, told) for each in facts.inside}
    done = list(dict.fromkeys(each.name for each in told))
    begun = [each["name"] for each in facts.inside if _nth(each, told) > 1]
    missing = [each["name"] for each in facts.inside if each["name"] not in done]
    said = f"Done: {', '.join(done)}. In this order is best." if done else "In this order is best."
    if begun:
        said = "It wants them all, each another one: until then it holds no calibration."
    else:
        options[_DONE] = "that was the last one" if told else "tell it nothing"
    default = next(iter(begun or missing), _DONE)
    return choose(f"next{len(told)}", "Which point?", f"{remark}{said}", options, str(default))


def _times(point: Mapping[str, Any]) -> int:
    times: int = point.get("times", 1)
    return times


def _nth(point: Mapping[str, Any], told: Sequence[Told]) -> int:
    """Which of its times is next, from 1 on; where one is enough it is always the first."""
    return sum(1 for each in told if each.name == point["name"]) % _times(point) + 1


def _label(point: Mapping[str, Any], told: Sequence[Told]) -> str:
    if (nth := _nth(point, told)) > 1:
        return f"{point['name']} {nth} of {_times(point)}"
    return f"{point['title']}{' (the others are forgotten)' if point['wipes'] else ''}"


def _asked(facts: Facts, point: Mapping[str, Any], told: Sequence[Told]) -> Talk[tuple[Told, Step]]:
    """What a person has to say of a point, the signal at rest in it, and the order to take it."""
    key, title = f"{point['name']}{len(told)}", f"Point {point['name']}: {point['title']}"
    stand_in = point["title"]
    if (times := _times(point)) > 1:
        title = stand_in = f"{point['name']} {_nth(point, told)} of {times}"
    said = (yield from bottle(key, title, facts.today)) if point["numbers"] else Bottle("", "", is_old=False)
    is_warm = facts.quantity in _WARM and bool(point["numbers"])
    both = f", and {facts.temperature} with it" if facts.temperature and is_warm else ""
    text = f"Rinse the probe and put it into {stand_in}{both}. Enter when it is."
    yield confirm(f"{key}_in", title, text)
    numbers = {}
    for each in point["numbers"]:
        text = f"Its {each['name']}, as printed for its temperature."
        step = number(f"{key}_{each['name']}", title, text, each["unit"], each["low"], each["high"])
        numbers[each["name"]] = yield step
    temperature_c = None
    if is_warm:
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
    if last.temperature_c is not None:
        held_c = before["figures"].get("temperature_c")
        want = Want("used_c", facts.channel, "temperature", None, "degC")
        draft = draft._replace(
            wants=(want,), expected=lambda heard: _must(facts, last, heard["used_c"], held_c)
        )
    return (yield from concluded(facts, draft))


def _must(facts: Facts, last: Told, used_c: float | None, held_c: float | None) -> Expected:
    """What the last reference must read: after it the instrument corrects as before, and not for that one.

    `used_c` is what it was told with the reading, `held_c` what it held when nothing tells it.
    """
    assert last.reference is not None, "only a reference has a temperature"
    assert last.temperature_c is not None, "or it is asked for none"
    corrected_c = held_c if used_c is None else used_c
    if corrected_c is None:
        return Expected(last.reference)
    if facts.quantity == "ph":
        return buffer_reads(Dip(last.reference, 0.0, last.temperature_c, 0.0), corrected_c)
    if abs(corrected_c - last.temperature_c) <= _ALIKE_C:
        return Expected(last.reference)
    warm = f"{corrected_c:.1f} degC, not for {last.temperature_c:.1f}"
    return Expected(last.reference, f" and it is corrected for {warm}")


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
