"""Everything that is known of one observation, as JSON values: for people it is put into lines elsewhere."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from agent.acquire.calibration.due import validity
from agent.acquire.calibration.record import utc_text
from agent.acquire.calibration.store import CalibrationError
from agent.clock import NS
from agent.model import Event, Judgement, Observation, Visit, Why
from agent.provenance.deliveries import deliveries
from agent.provenance.meaning import reasons
from agent.provenance.repeat import repeated
from agent.provenance.work import work_at
from agent.publish.stamp import iso_ms

if TYPE_CHECKING:
    from agent.acquire.calibration.store import Calibrations
    from agent.config.schema_calibrate import Calibrate
    from agent.journal.history import Had, History
    from agent.model import Entry, Stamp

_DAY_S = 86_400.0
_CONFIGURED = "config-"


def story(history: History, entry: Entry, store: Calibrations, terms: Calibrate | None) -> dict[str, Any]:
    """Of an entry that holds an observation. Raises sqlite3.Error.

    `terms`: how long calibrations of its channel are believed; None where the configuration does not say.
    """
    made = entry.record
    assert isinstance(made, Observation)
    return {
        "channel": str(made.channel),
        "time": iso_ms(entry.time.wall_ns),
        "value": made.value,
        "unit": made.channel.unit,
        "raw": made.raw,
        "raw_unit": made.channel.raw_unit,
        "sum": _sum(made),
        "calibration": _calibration(entry, made, store, terms),
        "inputs": _inputs(made),
        **_flag(made),
        "later": [_word(history, each) for each in history.words_on(entry)],
        "work": _work(history, entry),
        "clock": _clock(entry),
        "record": {
            "journal": history.journal_id,
            "seq": entry.seq,
            "boot": entry.boot,
            "up_s": round(made.at.mono_ns / NS, 3),
        },
        "deliveries": [
            {**each._asdict(), "times": [_had(had, entry) for had in each.times]}
            for each in deliveries(history, entry.seq)
        ],
    }


def _sum(made: Observation) -> dict[str, Any] | None:
    found = repeated(made)
    if found is None:
        return None
    return {**found._asdict(), "steps": [str(step) for step in found.steps]}


def _calibration(
    entry: Entry, made: Observation, store: Calibrations, terms: Calibrate | None
) -> dict[str, Any]:
    name = made.calibration.id
    about: dict[str, Any] = {"id": name, "law": _law(made), "trouble": "", "record": None}
    if name.startswith(_CONFIGURED):
        return about
    try:
        record = store.read(name)
    except CalibrationError as error:
        return {**about, "trouble": error.what}
    age_s = None if record.at_s is None else entry.time.wall_ns / NS - record.at_s
    expires_s = validity(record, terms).expires_s
    return {
        **about,
        "record": record.as_json(),
        "expires": None if expires_s is None else utc_text(expires_s),
        "age_d": None if age_s is None else round(age_s / _DAY_S, 2),
        "was_expired": Why.CALIBRATION_EXPIRED in made.why,
    }


def _law(made: Observation) -> Any:
    try:
        return json.loads(made.calibration.body)
    except ValueError:
        return made.calibration.body


def _inputs(made: Observation) -> list[dict[str, Any]]:
    law = _law(made)
    named = law if isinstance(law, dict) else {}
    return [
        {"role": role, "channel": named.get(role), "value": each.value, "age_s": each.age_s}
        for role, each in made.inputs.items()
    ]


def _flag(made: Observation) -> dict[str, Any]:
    return {"flag": int(made.flag), "quality": made.flag.name.lower(), "why": reasons(made.why)}


def _word(history: History, entry: Entry) -> dict[str, Any]:
    assert isinstance(entry.record, Judgement)
    said = history.said_at(entry.seq)
    return {
        **_flag(entry.record.observation),
        "seq": entry.seq,
        "said": None if said is None else iso_ms(said.wall_ns),
    }


def _work(history: History, entry: Entry) -> list[dict[str, Any]]:
    found = []
    for each in work_at(history, entry):
        assert isinstance(each.begin.record, Event)
        found.append(
            {
                "title": each.begin.record.title,
                "subject": each.begin.record.subject,
                "from": iso_ms(each.begin.time.wall_ns),
                "to": None if each.end is None else iso_ms(each.end.time.wall_ns),
                "noted": [_noted(visit) for visit in each.noted],
            }
        )
    return found


def _noted(entry: Entry) -> dict[str, Any]:
    visit = entry.record
    assert isinstance(visit, Visit)
    about = {"kind": visit.kind, "subject": visit.subject, "by": visit.by, "text": visit.text}
    return {"seq": entry.seq, "time": iso_ms(entry.time.wall_ns), **about}


def _clock(entry: Entry) -> dict[str, Any]:
    at = entry.record.at
    return {"as_read": iso_ms(at.wall_ns), "trust": at.trust.name.lower(), **_time(entry.time)}


def _time(time: Stamp) -> dict[str, Any]:
    return {
        "source": time.source.name.lower(),
        "error_s": round(time.error_s, 3) if isfinite(time.error_s) else None,
        "settled": time.settled,
    }


def _had(had: Had, entry: Entry) -> dict[str, Any]:
    """Nobody had it before it was made."""
    after = had.after and iso_ms(max(had.after.wall_ns, min(entry.time.wall_ns, had.before.wall_ns)))
    return {"after": after, "before": iso_ms(had.before.wall_ns)}
