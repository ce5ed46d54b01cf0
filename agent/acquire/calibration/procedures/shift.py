"""One or two references against the value: the law in force is moved, and otherwise stays as it is."""

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
from agent.acquire.calibration.rescale import moved
from agent.acquire.calibration.session import Facts, Refusal, Script, Sum
from agent.acquire.calibration.step import Want, confirm, measure, number, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.acquire.calibration.stability import Rest

# One standard sets the cell constant, or the saturation: a gain. Everything else is shifted.
_BY_GAIN = frozenset({"conductivity", "dissolved_oxygen"})
# Of a gain: nobody's probe changes so much between two calibrations. Engineering judgement.
_GOOD_SHARE, _LOWEST, _HIGHEST = 0.1, 0.5, 2.0
_IN_PLACE = frozenset({"water_level", "pore_pressure", "barometric_pressure", "displacement"})
_OTHER = (
    "Now the other one, far from the first: raise or lower the probe by a known length, or bring what it"
    " measures there. Enter when it is."
)


class Read(NamedTuple):
    """One reference, done: what the channel said of it, and the newest raw signal."""

    reference: float
    value: Rest
    raw: float | None
    bottle: Bottle


def one_point(facts: Facts, _worked_out: Sum) -> Script:
    """Shifted to one reference, such as a level dipped by hand; or multiplied, where that is the way."""
    return (yield from _shifted(facts, "one_point", 1))


def two_point(facts: Facts, _worked_out: Sum) -> Script:
    """Shifted and stretched to two references."""
    return (yield from _shifted(facts, "two_point", 2))


def _shifted(facts: Facts, name: str, count: int) -> Script:
    places = yield from in_place(facts)
    read: list[Read] = []
    while len(read) < count:
        place = len(read) + 1
        title = f"Reference {place} of {count}"
        if read and facts.quantity in _IN_PLACE:
            yield confirm("r2_in", title, _OTHER)
        read.append((yield from _reference(facts, f"r{place}", title)))
    gain, offset = _line(facts, read)
    grade = _grade(gain)
    draft = _draft(facts, name, read, (gain, offset), grade)
    draft.fields["figures"].update(places)
    return (yield from concluded(facts, draft))


def _reference(facts: Facts, key: str, title: str) -> Talk[Read]:
    said = Bottle("", "", is_old=False)
    if facts.quantity not in _IN_PLACE:
        said = yield from bottle(key, title, facts.today)
        yield confirm(f"{key}_in", title, "Clean the probe and put it into the reference. Enter when it is.")
    wants = (
        Want("value", facts.channel, "value", value_limits(facts.quantity), facts.unit),
        Want("raw", facts.channel, "raw", None, facts.raw_unit),
    )
    heard = yield from at_rest(measure(f"{key}_rest", title, "Leave it until it is at rest.", wants))
    text = "What is it really, as the certificate says or as you measured it just now?"
    reference = yield number(key, title, text, facts.unit, -1e6, 1e6)
    return Read(reference, rest_of(heard, "value"), heard["raw"], said)


def _line(facts: Facts, read: Sequence[Read]) -> tuple[float, float]:
    """Gain and offset. Raises Refusal when there are none."""
    one, other = read[0], read[-1]
    if len(read) == 1:
        if facts.quantity not in _BY_GAIN:
            return 1.0, one.reference - one.value.value
        if one.value.value <= 0:
            raise Refusal(
                "REFUSED", f"It reads {one.value.value:g}{spoken(facts.unit)}: no gain makes that right."
            )
        return one.reference / one.value.value, 0.0
    apart = other.value.value - one.value.value
    least = near(facts, max(abs(one.reference), abs(other.reference)))
    if abs(other.reference - one.reference) <= least or abs(apart) <= least:
        raise Refusal(
            "REFUSED",
            f"{one.reference:g} and {other.reference:g}{spoken(facts.unit)} read {one.value.value:g} and"
            f" {other.value.value:g}: they lie too near to each other. Nothing was changed.",
        )
    gain = (other.reference - one.reference) / apart
    return gain, one.reference - gain * one.value.value


def _grade(gain: float) -> str:
    """What to make of it. Raises Refusal for what cannot be."""
    if not _LOWEST <= gain <= _HIGHEST:
        raise Refusal(
            "REFUSED",
            f"The values would be multiplied by {gain:.3g}: a wrong reference, a wrong unit, a broken probe."
            " Nothing was changed.",
        )
    return "good" if abs(gain - 1) <= _GOOD_SHARE else "service"


def _draft(facts: Facts, name: str, read: Sequence[Read], line: tuple[float, float], grade: str) -> Draft:
    gain, offset = line
    fields: dict[str, Any] = {
        "procedure": name,
        "points": [_as_point(facts, each)._asdict() for each in read],
        "as_found": [_found(each.reference, each.value.value) for each in read],
        "as_left": [_found(each.reference, gain * each.value.value + offset) for each in read],
        "law": moved(facts, gain, offset),
        "figures": {"gain": gain, "offset": offset},
        "verdict": grade,
        "notes": " ".join(each.bottle.note for each in read if each.bottle.note),
    }
    last = read[-1].reference
    return Draft(fields, last, near(facts, last), f"Multiplied by {gain:.4g}, shifted by {offset:.4g}.")


def _found(reference: float, value: float) -> Mapping[str, Any]:
    return Found(reference, value, round(value - reference, 6))._asdict()


def _as_point(facts: Facts, each: Read) -> Point:
    return Point(
        label=f"{each.reference:g}",
        reference=each.reference,
        reference_unit=facts.unit,
        raw=each.raw,
        raw_unit=facts.raw_unit,
        lot=each.bottle.lot,
        n=each.value.n,
        taken_s=each.value.taken_s,
    )
