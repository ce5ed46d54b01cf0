"""Observations as SenML JSON (RFC 8428), with a few labels of our own. Pure.

A pack as it goes over the wire; `README.md` beside this file explains it to those who read it there:

    [{"bn": "north/seep-1/", "bt": 1763805600.0, "journal": "8c1f", "seq": 4711,
      "n": "ph-3/ph", "u": "pH", "v": 3.412, "qc": 1},
     {"n": "level-1/water_level", "t": 0.25, "vs": "no_answer", "qc": 9, "why": 1}]

Labels of ours, none of which ends in `_`, so that any SenML reader may ignore them (RFC 8428 4.4):
`journal` and `seq` name the record for ever (a record without `seq` follows the one before it by one),
`qc` is the QARTOD flag, `why` the bit mask of `agent.model.Why` when it is not 0. `clock` says how far the
times from here on can be believed, `err` within how many seconds: a pack begins with `ntp` (set by the
network), which is not written. A time that may still be put right comes with `boot` and `up`, the seconds
since that boot.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from agent.model import Observation, Why
from agent.publish.stamp import Doubt, doubt
from agent.quantity import senml_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Entry, StationId

_NS_PER_MS = 1_000_000


def reason_word(why: Why) -> str:
    """One word for a value that is missing: the first reason given."""
    return next((str(reason.name).lower() for reason in Why if reason in why), "missing")


def pack(entries: Sequence[Entry], station: StationId) -> bytes:
    """A SenML pack of observations, in order of `seq`. Raises TypeError when another record is among them."""
    base_ms = entries[0].time.wall_ns // _NS_PER_MS
    base: dict[str, Any] = {
        "bn": f"{station.site}/{station.station}/",
        "bt": base_ms / 1000,
        "journal": station.journal,
    }
    records: list[dict[str, Any]] = []
    follows, said = None, Doubt()
    for entry in entries:
        record = base if follows is None else {}
        if entry.seq != follows:
            record["seq"] = entry.seq
        said = _doubt(record, entry, said)
        _fill(record, entry, base_ms)
        records.append(record)
        follows = entry.seq + 1
    return json.dumps(records, separators=(",", ":"), allow_nan=False).encode()


def _doubt(record: dict[str, Any], entry: Entry, said: Doubt) -> Doubt:
    """How far its time can be believed, where that is another than of the record before."""
    doubted = doubt(entry)
    if (doubted.clock, doubted.err_s) != (said.clock, said.err_s):
        record["clock"] = doubted.clock
        if doubted.err_s is not None:
            record["err"] = doubted.err_s
    if doubted.up_s is not None:
        if doubted.boot != said.boot:
            record["boot"] = doubted.boot
        record["up"] = doubted.up_s
    return doubted._replace(boot=doubted.boot or said.boot)


def _fill(record: dict[str, Any], entry: Entry, base_ms: int) -> None:
    observation = entry.record
    if not isinstance(observation, Observation):
        raise TypeError(f"not an observation: {type(observation).__name__}")
    channel = observation.channel
    record["n"] = str(channel)
    offset_ms = entry.time.wall_ns // _NS_PER_MS - base_ms
    if offset_ms:
        record["t"] = offset_ms / 1000
    if observation.value is not None and isfinite(observation.value):
        record["u"] = senml_unit(channel.quantity, channel.unit)
        record["v"] = observation.value
    else:
        record["vs"] = reason_word(observation.why)
    record["qc"] = int(observation.flag)
    if observation.why:
        record["why"] = int(observation.why)
