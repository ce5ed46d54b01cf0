"""Observations as SenML JSON (RFC 8428), with a few labels of our own. Pure.

A pack as it goes over the wire; `README.md` beside this file explains it to those who read it there:

    [{"bn": "north/seep-1/", "bt": 1763805600.0, "journal": "8c1f", "seq": 4711,
      "n": "ph-3/ph", "u": "pH", "v": 3.412, "qc": 1},
     {"n": "level-1/water_level", "t": 0.25, "vs": "no_answer", "qc": 9, "why": 1}]

Labels of ours, none of which ends in `_`, so that any SenML reader may ignore them (RFC 8428 4.4):
`journal` and `seq` name the record for ever (a record without `seq` follows the one before it by one),
`qc` is the QARTOD flag, `why` the bit mask of `agent.model.Why` when it is not 0. `clock` says how far the
times from here on can be believed: a pack begins with `ntp` (set by the network), which is not written.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from agent.model import Observation, Trust, Why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Entry, StationId

_NS_PER_MS = 1_000_000

# Names registered by RFC 8428 (Cel, pH, /) and RFC 8798 (deg, mm, mV). The others travel as they are
# written everywhere else in the station: a value is never rescaled on its way out.
_UNITS = {"degC": "Cel", "m3/m3": "/"}


def unit_name(quantity: str, unit: str) -> str:
    """The SenML name of a unit."""
    return "pH" if quantity == "ph" else _UNITS.get(unit, unit)


def reason_word(why: Why) -> str:
    """One word for a value that is missing: the first reason given."""
    return next((str(reason.name).lower() for reason in Why if reason in why), "missing")


def pack(entries: Sequence[Entry], station: StationId) -> bytes:
    """A SenML pack of observations, in order of `seq`. Raises TypeError when another record is among them."""
    base_ms = entries[0].record.at.wall_ns // _NS_PER_MS
    base: dict[str, Any] = {
        "bn": f"{station.site}/{station.station}/",
        "bt": base_ms / 1000,
        "journal": station.journal,
    }
    records: list[dict[str, Any]] = []
    follows, trust = None, Trust.NTP
    for entry in entries:
        record = base if follows is None else {}
        if entry.seq != follows:
            record["seq"] = entry.seq
        if entry.record.at.trust is not trust:
            trust = entry.record.at.trust
            record["clock"] = trust.name.lower()
        _fill(record, entry.record, base_ms)
        records.append(record)
        follows = entry.seq + 1
    return json.dumps(records, separators=(",", ":"), allow_nan=False).encode()


def _fill(record: dict[str, Any], observation: object, base_ms: int) -> None:
    if not isinstance(observation, Observation):
        raise TypeError(f"not an observation: {type(observation).__name__}")
    channel, at = observation.channel, observation.at
    record["n"] = str(channel)
    offset_ms = at.wall_ns // _NS_PER_MS - base_ms
    if offset_ms:
        record["t"] = offset_ms / 1000
    if observation.value is not None and isfinite(observation.value):
        record["u"] = unit_name(channel.quantity, channel.unit)
        record["v"] = observation.value
    else:
        record["vs"] = reason_word(observation.why)
    record["qc"] = int(observation.flag)
    if observation.why:
        record["why"] = int(observation.why)
