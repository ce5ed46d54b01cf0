"""What `skyground explain` prints for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.acquire.calibration.due import UNFIT
from agent.cli.table import age

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_WIDTH = 11
_SOURCES = {
    "ntp": "set by the network when it was read",
    "rtc": "from the clock chip",
    "repaired": "read wrong, put right by what the network told later in the same boot",
    "estimated": "never told in that boot: estimated from those around it",
    "none": "the clock was not set: as read, and likely wrong",
}


def lines(told: Mapping[str, Any]) -> list[str]:
    """`told` as in the answer of `skyground explain --json`."""
    return [
        *_head(told),
        "",
        *_block("value", [_value(told)]),
        *_block("raw", [_raw(told)]),
        *_block("sum", _sum(told)),
        *_block("law", _calibration(told["calibration"])),
        *_block("corrected", [_input(each) for each in told["inputs"]]),
        *_block("flag", _flag(told)),
        *_block("later", [line for word in told["later"] for line in _word(word)]),
        *_block("work", [line for work in told["work"] for line in _work(work)]),
        *_block("clock", _clock(told["clock"])),
        *_block("record", _record(told["record"])),
        *_block(
            "delivered", [line for each in told["deliveries"] for line in _delivery(each)] or ["to nobody"]
        ),
    ]


def _block(name: str, said: Sequence[str]) -> Iterator[str]:
    for n, line in enumerate(said):
        yield f"{'' if n else name:<{_WIDTH}}{line}"


def _head(told: Mapping[str, Any]) -> list[str]:
    far = told["distance_s"]
    where = (
        "at the time asked for" if not far else f"{_seconds(abs(far))} {'after' if far > 0 else 'before'} it"
    )
    found = [f"{told['channel']}, asked for {_at(told['asked'])}"]
    if told["absent"] is not None:
        why = ", ".join(each.replace("_", " ") for each in told["absent"])
        found.append(f"NONE WAS MADE THEN: {why or 'nothing is on record; it was not asked'}")
    found.append(f"the nearest was made at {_at(told['time'])}, {where} (record {told['record']['seq']})")
    for name, each in zip(("the last not after it", "the next"), told["neighbours"], strict=True):
        if each is not None and each["seq"] != told["record"]["seq"]:
            found.append(f"{name}: {_at(each['time'])} (record {each['seq']})")
    return found


def _value(told: Mapping[str, Any]) -> str:
    return _amount(told["value"], told["unit"]) or "none"


def _raw(told: Mapping[str, Any]) -> str:
    law = told["calibration"]["law"]
    source = law.get("from") if isinstance(law, dict) else None
    of = f", the {source} of the same sensor" if source else ""
    return (
        f"{_amount(told['raw'], told['raw_unit'])}{of}" if told["raw"] is not None else "there was no number"
    )


def _amount(number: float | None, unit: str) -> str:
    if number is None:
        return ""
    return f"{number!r}" if unit == "1" else f"{number!r} {unit}"


def _sum(told: Mapping[str, Any]) -> list[str]:
    found = told["sum"]
    if found is None:
        return []
    if found["trouble"]:
        return [f"CANNOT BE REPEATED: {found['trouble']}"]
    steps = list(found["steps"]) or (
        [] if found["value"] is None else ["the value is what the instrument said"]
    )
    if found["value"] is not None:
        steps.append(f"rounded to {found['decimals']} decimals: {found['value']!r}")
    again = "no value again" if found["value"] is None else "repeats to the same value"
    if told["value"] is None and found["value"] is not None and found["same"]:
        again = "which does not count: there is no measurement behind it"
    return [*steps, again if found["same"] else _not_same(told["value"], found["value"])]


def _not_same(stored: float | None, now: float | None) -> str:
    return f"THIS IS NOT WHAT WAS STORED: {stored!r} then, {now!r} now. Report it with the output of --json"


def _calibration(about: Mapping[str, Any]) -> list[str]:
    record = about["record"]
    kind = about["law"].get("kind", "") if isinstance(about["law"], dict) else ""
    if about["trouble"]:
        return [f"{kind}, calibration {about['id']}", f"its record cannot be shown: {about['trouble']}"]
    if record is None:
        return [f"{kind}, from the configuration ({about['id']}), no calibration"]
    old = "at an unknown time" if about["age_d"] is None else f"{about['age_d']:g} days before"
    return [
        f"{kind}, calibration {record['id']}",
        f"made {_at(record['at'])} by {record['by']} ({record['procedure']}), {old}",
        f"verdict: {record['verdict']}; {_until(about)}",
    ]


def _until(about: Mapping[str, Any]) -> str:
    if about["record"]["verdict"] in UNFIT:
        return "fit for no value"
    until = f"valid until {_at(about['expires'])}" if about["expires"] else "without a date"
    return f"{until}; PAST ITS DATE THEN" if about["was_expired"] else until


def _input(each: Mapping[str, Any]) -> str:
    whence = each["channel"] or "a channel that is not named"
    if each["value"] is None:
        had = "nothing good" if each["age_s"] is None else f"only a value {_seconds(each['age_s'])} old"
        return f"NOT by {each['role']}: {whence} had {had}"
    return f"by {each['role']} {each['value']!r} of {whence}, {_seconds(each['age_s'])} old"


def _flag(told: Mapping[str, Any]) -> list[str]:
    named = f"{told['flag']} {told['quality'].replace('_', ' ')}"
    return [named, *(f"{word.replace('_', ' ')}: {meaning}" for word, meaning in told["why"].items())]


def _word(word: Mapping[str, Any]) -> list[str]:
    first, *rest = _flag(word)
    said = "" if word["said"] is None else f", said about {_at(word['said'])}"
    return [f"{first}{said} (record {word['seq']})", *rest]


def _work(work: Mapping[str, Any]) -> Iterator[str]:
    until = "goes on" if work["to"] is None else f"to {_at(work['to'])}"
    yield f"{work['title']}; {_at(work['from'])}, {until}"
    for each in work["noted"]:
        text = f": {each['text']}" if each["text"] else ""
        yield f"  {_at(each['time'])} {each['kind']} of {each['subject']} by {each['by']}{text}"


def _clock(clock: Mapping[str, Any]) -> list[str]:
    error = "within no known bounds" if clock["error_s"] is None else f"true within {clock['error_s']:g} s"
    settled = "settled: never changes again" if clock["settled"] else "NOT SETTLED: may still be put right"
    return [f"said {_at(clock['as_read'])}; {_SOURCES[clock['source']]}", f"{error}; {settled}"]


def _record(record: Mapping[str, Any]) -> list[str]:
    up = f"{record['up_s']:.1f} s after the start of boot {record['boot']}"
    return [f"{record['seq']} of journal {record['journal']}", up]


def _delivery(each: Mapping[str, Any]) -> Iterator[str]:
    when = ", and again ".join(_between(had) for had in each["times"]) or "when is not on record"
    match each["state"]:
        case "delivered":
            yield f"{each['sink']}: {when}"
        case "parked":
            yield f"{each['sink']}: REFUSED, {when}: {each['reason']}"
        case _:
            yield f"{each['sink']}: still waiting to be sent"
    if each["stored"] is not None:
        yield f"  its far side {'says' if each['stored'] else 'has not said'} that it is stored"


def _between(had: Mapping[str, Any]) -> str:
    if had["after"] is None:
        return f"by {_at(had['before'])} at the latest"
    return f"between {_at(had['after'])} and {_at(had['before'])}"


def _at(moment: str) -> str:
    """`2026-11-22 10:15:03 UTC`, the part of a second where there is one."""
    return moment.replace("T", " ").replace(".000Z", "Z").replace("Z", " UTC")


def _seconds(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds < 100 else age(seconds)  # noqa: PLR2004 - then the parts matter no more
