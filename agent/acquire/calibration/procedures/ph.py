"""A pH electrode that gives its millivolts, in one, two or three buffers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.calibration import electrode as sums
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
)
from agent.acquire.calibration.record import Found, Point
from agent.acquire.calibration.session import Facts, Refusal, Script, Sum
from agent.acquire.calibration.stability import Limits, Rest
from agent.acquire.calibration.step import Step, Want, choose, confirm, measure, number
from agent.acquire.convert.compensated import Amplifier
from agent.acquire.convert.ph import Electrode, Grade
from agent.acquire.convert.ph_buffers import BUFFERS, buffer_ph
from agent.quantity import factor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COLDEST_C, _WARMEST_C = 0.0, 50.0
_PLANS = {
    "acid": "two buffers, pH 7 and then 4: acid water",
    "base": "two buffers, pH 7 and then 10: alkaline water",
    "three": "pH 7, 4 and 10",
    "one": "pH 7; moves the offset only",
}
_ORDERS = {"one": ("7",), "acid": ("7", "4"), "base": ("7", "10"), "three": ("7", "4", "10")}
_SETS = {
    "us": "4.00 / 7.00 / 10.01 (also printed 4.01)",
    "hanna": "4.01 / 7.01 / 10.01 (Hanna)",
    "own": "another: I type in what is printed",
}
# The electrode's own drift may be 1 mV a minute, its noise half of one: engineering judgement.
_DRIFT_MV, _SPREAD_MV = 1.0, 0.5
# Buffers that came along in a car. The electrode does not tell 20 degrees: they are 3 % of its slope.
_COOL_C, _WARM_C = 15.0, 30.0


class _Dipped(NamedTuple):
    """One buffer, done."""

    name: str
    bottle: Bottle
    dip: sums.Dip
    raw: Rest


def ph(facts: Facts, worked_out: Sum) -> Script:
    """The whole procedure. `facts.law` is of kind `ph_electrode`."""
    plan = yield choose("plan", "How many buffers?", "Two or three show the slope, too.", _PLANS, "acid")
    buffers = yield choose("buffers", "Which buffers?", "As printed on the bottles at 25 degC.", _SETS, "us")
    places = yield from in_place(facts)
    thermometer = "" if (yield from _thermometer(facts)) == "hand" else facts.temperature
    done: list[_Dipped] = []
    for nominal in _ORDERS[plan]:
        title = f"Buffer {len(done) + 1} of {len(_ORDERS[plan])}: pH {nominal}"
        done.append((yield from _buffer(facts, title, _Bath(nominal, buffers, thermometer), done)))
    _check_temperatures(done)
    dips = [each.dip for each in done]
    electrode = sums.fitted(dips, _electrode(facts.law))
    found = sums.findings(electrode, dips)
    if found[0].grade is Grade.REJECT:
        raise Refusal("REFUSED", f"{_words(found)} Nothing was changed.")
    draft = _draft(facts, worked_out, done, electrode, found)
    draft.fields["figures"].update(places)
    return (yield from concluded(facts, draft))


class _Bath(NamedTuple):
    """Which buffer is next: what it is called, its set, and the thermometer in it; "": one read by hand."""

    nominal: str
    set: str
    thermometer: str


def _thermometer(facts: Facts) -> Talk[str]:
    if not facts.temperature:
        return "hand"
    options = {
        "probe": f"{facts.temperature}: it stands in the buffer, too",
        "hand": "a thermometer that I read",
    }
    question = choose(
        "thermometer", "Temperature", "What measures the buffer's temperature?", options, "probe"
    )
    chosen: str = yield question
    return chosen


def _buffer(facts: Facts, title: str, bath: _Bath, done: Sequence[_Dipped]) -> Talk[_Dipped]:
    """One buffer, from its bottle to a signal that fits it."""
    key = f"ph{bath.nominal}"
    said = None
    printed = None
    while True:
        if said is None:
            said = yield from bottle(key, title, facts.today)
            if bath.set == "own":
                printed = yield from _printed(key, title, bath.nominal, done)
        raw, temperature_c = yield from _stood(facts, key, title, bath)
        is_odd = bath.thermometer and not done and not _COOL_C <= temperature_c <= _WARM_C
        if is_odd and (yield _doubted(key, bath, temperature_c)) == "again":
            continue
        ph_now = printed if printed is not None else _table_ph(bath, temperature_c)
        dip = sums.Dip(ph_now, _mv(facts, raw.value), temperature_c, raw.settled_s)
        if not sums.is_another(dip):
            return _Dipped(_name(bath, ph_now), said, dip, raw)
        said = said if (yield from _wrong_one(key, dip)) else None


def _stood(facts: Facts, key: str, title: str, bath: _Bath) -> Talk[tuple[Rest, float]]:
    """The signal at rest in a buffer, and how warm that is."""
    both = f", and {bath.thermometer} with it" if bath.thermometer else ""
    yield confirm(
        f"{key}_in",
        title,
        f"Rinse the probe, dab it dry, put it into the buffer of pH {bath.nominal}{both}. Stir once. Enter"
        " when it stands in it.",
    )
    if not bath.thermometer:
        temperature_c: float = yield _asked_c(key, title)
        heard = yield from at_rest(_measurement(facts, key, title, bath))
        return rest_of(heard, "raw"), temperature_c
    hint = f"If it is {bath.thermometer}: begin anew, and read a thermometer by hand."
    heard = yield from at_rest(_measurement(facts, key, title, bath), hint)
    return rest_of(heard, "raw"), rest_of(heard, "temperature").value


def _doubted(key: str, bath: _Bath, temperature_c: float) -> Step:
    return choose(
        f"{key}_doubt",
        "Is the buffer so warm?",
        f"{bath.thermometer} says {temperature_c:.1f} degC. If it does not stand in the buffer, every value"
        " is wrong that follows.",
        {"yes": "it stands in the buffer", "again": "it did not, and does now: measure once more"},
    )


def _asked_c(key: str, title: str) -> Step:
    return number(f"{key}_c", title, "The temperature of the buffer.", "degC", _COLDEST_C, _WARMEST_C)


def _printed(key: str, title: str, nominal: str, done: Sequence[_Dipped]) -> Talk[float]:
    """What the bottle says at its temperature. The same buffer twice gives no slope."""
    remark = ""
    while True:
        told: float = yield number(
            f"{key}_printed",
            title,
            f"{remark}The pH printed for its temperature, near {nominal}.",
            "",
            1.0,
            13.0,
        )
        before = [each.dip.ph for each in done]
        if all(abs(told - each) > 1.0 for each in before):
            return told
        remark = "That is the same buffer again: a slope needs another one. "


def _wrong_one(key: str, dip: sums.Dip) -> Talk[bool]:
    """Whether it goes on with the same bottle. Raises Refusal."""
    looks = sums.looks_like(dip.mv, dip.temperature_c)
    why = f"{dip.mv:.1f} mV: this looks like pH {looks:.1f}, not {dip.ph:g}. The wrong bottle, or the"
    why += " electrode is spent."
    options = {
        "again": "it stands in the right one now, of the lot that I told",
        "other": "I take another bottle",
        "stop": "nothing is changed",
    }
    chosen = yield choose(f"{key}_wrong", "Not this buffer", why, options)
    if chosen == "stop":
        raise Refusal("REFUSED", f"{why} Nothing was changed.")
    return bool(chosen == "again")


def _measurement(facts: Facts, key: str, title: str, bath: _Bath) -> Step:
    per_mv = _raw_per_mv(facts)
    limits = Limits(_DRIFT_MV * per_mv, _SPREAD_MV * per_mv)
    center = facts.law["center_mv"] / factor(facts.raw_unit, "mV")
    # A person is shown the electrode's own millivolts.
    wants = [Want("raw", facts.channel, "raw", limits, "mV", scale=1 / _raw_per_mv(facts), shift=center)]
    if bath.thermometer:
        limits = value_limits("temperature")
        wants.append(Want("temperature", bath.thermometer, "value", limits, "degC"))
    return measure(f"{key}_rest", title, "Leave the probe in the buffer until it is at rest.", tuple(wants))


def _table_ph(bath: _Bath, temperature_c: float) -> float:
    name = _in_set(bath)
    try:
        return buffer_ph(name, temperature_c)
    except ValueError as error:
        raise Refusal("REFUSED", f"{error}. Let the buffer come to a usual temperature.") from None


def _in_set(bath: _Bath) -> str:
    return next(name for name in BUFFERS if name.startswith(f"{bath.set}-{bath.nominal}."))


def _name(bath: _Bath, ph_now: float) -> str:
    return f"own-{ph_now:g}" if bath.set == "own" else _in_set(bath)


def _check_temperatures(done: Sequence[_Dipped]) -> None:
    all_c = [each.dip.temperature_c for each in done]
    if max(all_c) - min(all_c) > sums.FARTHEST_APART_C:
        raise Refusal(
            "REFUSED",
            f"The buffers lie {max(all_c) - min(all_c):.1f} degC apart. Let them stand together for half an"
            " hour. Nothing was changed.",
        )


def _draft(
    facts: Facts,
    worked_out: Sum,
    done: Sequence[_Dipped],
    electrode: Electrode,
    found: Sequence[sums.Finding],
) -> Draft:
    law = {"kind": "ph_electrode", **_law_of(electrode)}
    last = done[-1].dip
    fields: dict[str, Any] = {
        "procedure": "ph",
        "points": [_point(each, facts)._asdict() for each in done],
        "as_found": _errors(None, done, worked_out),
        "as_left": _errors(law, done, worked_out),
        "law": law,
        "figures": sums.figures(electrode, [each.dip for each in done]),
        "verdict": found[0].grade.value,
        "notes": " ".join(filter(None, [_words(found), *(each.bottle.note for each in done)])),
    }
    summary, within = f"{_words(found)} At {electrode.temperature_c:.1f} degC.", near(facts, last.ph)
    if not facts.temperature:
        told_c = facts.law.get("temperature_c")
        usual_c = electrode.temperature_c if told_c is None else told_c
        return Draft(fields, last.ph, within, summary, expected=lambda _heard: buffer_reads(last, usual_c))
    # The thermometer's newest good value may be one of before it was put into the buffer.
    want = Want("used_c", facts.channel, "temperature", None, "degC")

    def expected(heard: Mapping[str, Any]) -> Expected:
        used_c = heard["used_c"]
        return buffer_reads(last, electrode.temperature_c if used_c is None else used_c)

    return Draft(fields, last.ph, within, summary, (want,), expected)


def _words(found: Sequence[sums.Finding]) -> str:
    return " ".join(each.text[0].upper() + each.text[1:] for each in found)


def _point(each: _Dipped, facts: Facts) -> Point:
    return Point(
        label=each.name,
        reference=each.dip.ph,
        reference_unit=facts.unit,
        raw=each.raw.value,
        raw_unit=facts.raw_unit,
        lot=each.bottle.lot,
        temperature_c=each.dip.temperature_c,
        spread=each.raw.spread,
        drift_per_min=each.raw.drift_per_min,
        n=each.raw.n,
        taken_s=each.raw.taken_s,
    )


def _errors(law: Mapping[str, Any] | None, done: Sequence[_Dipped], worked_out: Sum) -> list[dict[str, Any]]:
    """What the channel says of each buffer under a law (None: that in force), against what it is."""
    found = []
    for each in done:
        value = worked_out(law, each.raw.value, {"temperature": each.dip.temperature_c}).value
        if value is not None:
            found.append(Found(each.dip.ph, value, round(value - each.dip.ph, 3))._asdict())
    return found


def _electrode(law: Mapping[str, Any]) -> Electrode:
    return Electrode(law["zero_mv"], law["acid_slope_mv"], law["base_slope_mv"], law["calibrated_c"])


def _law_of(electrode: Electrode) -> dict[str, float]:
    return {
        "zero_mv": electrode.zero_mv,
        "acid_slope_mv": electrode.acid_slope_mv,
        "base_slope_mv": electrode.base_slope_mv,
        "calibrated_c": electrode.temperature_c,
    }


def _mv(facts: Facts, raw: float) -> float:
    """What the electrode gives, behind its amplifier."""
    return Amplifier(facts.raw_unit, facts.law["center_mv"], facts.law["gain"]).electrode_mv(raw)


def _raw_per_mv(facts: Facts) -> float:
    return abs(float(facts.law["gain"])) / factor(facts.raw_unit, "mV")
