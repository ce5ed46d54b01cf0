"""Several references against the raw signal: soil from dry to wet, turbidity standards, and others.

Two points make a line, more of them lines from point to point. What cannot be told apart, or turns back, is
no law.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.calibration.limits import raw_limits
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
from agent.acquire.calibration.rescale import law_unit
from agent.acquire.calibration.session import Facts, Refusal, Script, Sum
from agent.acquire.calibration.step import Want, confirm, measure, number, spoken
from agent.quantity import factor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agent.acquire.calibration.stability import Rest

_FEWEST, _MOST = 2, 10
# Between two points, times their noise, and times the scatter that counts as at rest: a signal without any
# noise is one of few bits. Engineering judgement.
_LEAST_STEP, _LEAST_CALM = 5.0, 2.0
# Of the law in force: a calibration that stretches it more is kept, and says so.
_LEAST_GAIN, _MOST_GAIN = 0.5, 2.0
_SEN0189_FOLDS_V = 2.5  # DFRobot's curve turns back below it
_NO_BOTTLE = Bottle("", "", is_old=False)


class Usual(NamedTuple):
    """What is usual for a quantity: references, their bounds, what the probe stands in, bottled or not."""

    references: tuple[float, ...] = ()
    low: float = -1e6
    high: float = 1e6
    stand_in: str = "the reference of"
    bottled: bool = True


_USUAL = {
    "soil_moisture": Usual((0.0, 0.4), 0.0, 1.0, "soil packed as in the ground, of", bottled=False),
    # At least 0, 100 and 800 NTU of formazin.
    "turbidity": Usual((0.0, 100.0, 800.0), 0.0, 10_000.0, "the standard, without light and bubbles:"),
}


class Taken(NamedTuple):
    """One reference, done. `at_rail` is the raw signal as it would be at the supply that the law is for."""

    reference: float
    raw: Rest
    at_rail: float
    bottle: Bottle


def points(facts: Facts, worked_out: Sum) -> Script:
    """The whole procedure."""
    usual = _USUAL.get(facts.quantity, Usual())
    count = yield number(
        "count",
        "How many points?",
        "Two make a line; more follow a curve.",
        "",
        _FEWEST,
        _MOST,
        float(max(_FEWEST, len(usual.references))),
    )
    places = yield from in_place(facts)
    taken: list[Taken] = []
    for place in range(int(count)):
        taken.append((yield from _point(facts, usual, place, taken, int(count))))
    law = _law(facts, taken)
    draft = _draft(facts, worked_out, law, taken, places)
    return (yield from concluded(facts, draft))


def _point(facts: Facts, usual: Usual, place: int, done: Sequence[Taken], count: int) -> Talk[Taken]:
    key, title = f"p{place + 1}", f"Point {place + 1} of {count}"
    reference = yield from _reference(facts, usual, place, done, title)
    said = (yield from bottle(key, title, facts.today)) if usual.bottled else _NO_BOTTLE
    yield confirm(
        f"{key}_in",
        title,
        f"Clean the probe and put it into {usual.stand_in} {reference:g}{spoken(facts.unit)}. Enter when it"
        " is.",
    )
    limits = raw_limits(facts.raw_unit, facts.quantity, facts.unit)
    wants = [Want("raw", facts.channel, "raw", limits, facts.raw_unit)]
    if facts.rail:
        wants.append(Want("rail", facts.rail, "value", None, "V"))
    heard = yield from at_rest(measure(f"{key}_rest", title, "Leave it until it is at rest.", tuple(wants)))
    raw = rest_of(heard, "raw")
    return Taken(reference, raw, _at_rail(facts, raw.value, heard), said)


def _at_rail(facts: Facts, raw: float, heard: Mapping[str, Any]) -> float:
    """Raises Refusal when the supply is to be known and is not."""
    if not facts.rail:
        return raw
    if not heard["rail"]:
        raise Refusal(
            "REFUSED", f"{facts.rail} has no value, and its signal follows it. Nothing was changed."
        )
    return float(raw * facts.law["rail_v"] / heard["rail"])


def _reference(facts: Facts, usual: Usual, place: int, done: Sequence[Taken], title: str) -> Talk[float]:
    default = usual.references[place] if place < len(usual.references) else None
    remark = ""
    while True:
        told: float = yield number(
            f"p{place + 1}",
            title,
            f"{remark}What is the reference?",
            facts.unit,
            usual.low,
            usual.high,
            default,
        )
        if all(told != each.reference for each in done):
            return told
        remark = "That one is done already: each reference is another one. "


def _law(facts: Facts, taken: Sequence[Taken]) -> dict[str, Any]:
    """Through the points. Raises Refusal when no law goes through them."""
    _check_apart(facts, taken)
    scale = factor(law_unit(facts), facts.unit)
    pairs = sorted([each.at_rail, each.reference / scale] for each in taken)
    law = {"points": pairs, "unit": law_unit(facts)}
    folds = _folds_raw(facts)
    if folds is not None:  # a line alone would have values where the signal folds back, and in air
        return {"kind": "piecewise", **law, "over_range_raw": folds}
    return {"kind": "linear" if len(pairs) == _FEWEST else "piecewise", **law}


def _check_apart(facts: Facts, taken: Sequence[Taken]) -> None:
    """By reference, the raw signal must go one way, in steps that noise does not make. Raises Refusal."""
    rising = sorted(taken, key=lambda each: each.reference)
    first = rising[1].at_rail - rising[0].at_rail
    limits = raw_limits(facts.raw_unit, facts.quantity, facts.unit)
    for before, after in pairwise(rising):
        step = after.at_rail - before.at_rail
        pair = f"{before.reference:g} and {after.reference:g}{spoken(facts.unit)}"
        raws = f"{before.raw.value:g} and {after.raw.value:g}{spoken(facts.raw_unit)}"
        _, calm = limits.at(before.raw.value)
        noise = max(before.raw.spread, after.raw.spread)
        if abs(step) <= max(_LEAST_STEP * noise, _LEAST_CALM * calm):
            why = "the probe does not tell them apart"
            raise Refusal("REFUSED", f"{pair} give {raws}: {why}. Nothing was changed.")
        if step * first < 0:
            why = "the signal turns back: a wrong standard, or beyond what the probe can measure"
            raise Refusal("REFUSED", f"{pair} give {raws}: {why}. Nothing was changed.")
    folds = _folds_raw(facts)
    dirtiest = rising[-1]
    if folds is not None and (dirtiest.raw.value - folds) * (rising[0].raw.value - folds) <= 0:
        raise Refusal(
            "REFUSED",
            f"{dirtiest.reference:g}{spoken(facts.unit)} gives {dirtiest.raw.value:g}"
            f"{spoken(facts.raw_unit)}, beyond"
            f" {folds:g}, where its signal folds back. Take a weaker standard. Nothing was changed.",
        )


def _folds_raw(facts: Facts) -> float | None:
    """From where on the signal folds back, in raw; None when it does not, or nobody knows."""
    if facts.configured.get("kind") == "sen0189":
        return _SEN0189_FOLDS_V * float(facts.configured["ratio"])
    told: Iterator[float | None] = (law.get("over_range_raw") for law in (facts.configured, facts.law))
    return next((folds for folds in told if folds is not None), None)


def _gain(facts: Facts, taken: Sequence[Taken], worked_out: Sum) -> float:
    """How much steeper than the law in force; 1 where that says nothing. Raises Refusal if turned round.

    Two references in the wrong order make a law, too.
    """
    found = sorted(errors(None, taken, worked_out), key=lambda each: float(each["reference"]))
    if len(found) < _FEWEST:
        return 1.0
    apart: float = found[-1]["value"] - found[0]["value"]
    really: float = found[-1]["reference"] - found[0]["reference"]
    if abs(apart) <= near(facts, really):
        return 1.0
    if really / apart < 0:
        raise Refusal(
            "REFUSED",
            f"Until now {found[0]['reference']:g} and {found[-1]['reference']:g}{spoken(facts.unit)} read"
            f" {found[0]['value']:.4g} and {found[-1]['value']:.4g}: the other way round. One was taken for"
            " the other; or else the law in the configuration is wrong. Nothing was changed.",
        )
    return really / apart


def _draft(
    facts: Facts, worked_out: Sum, law: dict[str, Any], taken: Sequence[Taken], places: Mapping[str, float]
) -> Draft:
    last = taken[-1]
    notes = [each.bottle.note for each in taken if each.bottle.note]
    noise = max(each.raw.spread for each in taken)
    gain = _gain(facts, taken, worked_out)
    is_usual = _LEAST_GAIN <= gain <= _MOST_GAIN
    if not is_usual:
        notes.insert(
            0, f"Values change {gain:.3g} times as much as by the law before: look at the references."
        )
    fields = {
        "procedure": "points",
        "points": [_as_point(facts, each)._asdict() for each in taken],
        "as_found": errors(None, taken, worked_out),
        "as_left": errors(law, taken, worked_out),
        "law": law,
        "figures": {"points_n": float(len(taken)), "noise_raw": noise, "gain": gain, **places},
        "verdict": "good" if is_usual else "service",
        "notes": " ".join(notes),
    }
    summary = " ".join([f"{len(taken)} points.", *notes])
    return Draft(fields, last.reference, near(facts, last.reference), summary)


def _as_point(facts: Facts, each: Taken) -> Point:
    raw = each.raw
    return Point(
        label=f"{each.reference:g}",
        reference=each.reference,
        reference_unit=facts.unit,
        raw=raw.value,
        raw_unit=facts.raw_unit,
        lot=each.bottle.lot,
        spread=raw.spread,
        drift_per_min=raw.drift_per_min,
        n=raw.n,
        taken_s=raw.taken_s,
    )


def errors(law: Mapping[str, Any] | None, taken: Sequence[Taken], worked_out: Sum) -> list[dict[str, Any]]:
    """What the channel says of each reference under a law (None: that in force), against what it is."""
    found = []
    for each in taken:
        value = worked_out(law, each.at_rail, {}).value
        if value is not None:
            found.append(Found(each.reference, value, round(value - each.reference, 6))._asdict())
    return found
