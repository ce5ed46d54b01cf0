"""Records as rows, with a checksum each. Pure.

SQLite does not notice a flipped bit in a value; the CRC does, before the value leaves the station. The names
behind the dictionary numbers are part of it, so a damaged dictionary cannot move a value to another channel.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from agent.model import (
    Calibration,
    Channel,
    Completeness,
    Event,
    Flag,
    Health,
    Input,
    Instant,
    Judgement,
    Observation,
    Record,
    Severity,
    Tally,
    Trust,
    Visit,
    Why,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

OBSERVATION, EVENT, HEALTH, COMPLETENESS, JUDGEMENT, VISIT = 1, 2, 3, 4, 5, 6

COLUMNS = "seq, kind, boot, mono_ns, wall_ns, trust, channel, raw, value, flag, why, calibration, body, crc"
INSERT = f"INSERT INTO record ({COLUMNS}) VALUES ({','.join('?' * 14)})"  # noqa: S608 - constants only

_NO_INPUTS: Mapping[str, Input] = MappingProxyType({})
_NO_CHECKSUM = 1 << 40  # fits no stored one
_HEAD = struct.Struct("<qBqqB")
_DATA = struct.Struct("<ddBBBI")


class Row(NamedTuple):
    """One line of the record table, column by column."""

    seq: int
    kind: int
    boot: int
    mono_ns: int
    wall_ns: int
    trust: int
    channel: int | None
    raw: float | None
    value: float | None
    flag: int | None
    why: int | None
    calibration: int | None
    body: str | None
    crc: int


class Names(NamedTuple):
    """What the dictionary numbers of one row stand for."""

    boot: str
    channel: Channel | None
    calibration: Calibration | None

    def seed(self) -> int:
        """The CRC of the names: where a row's CRC begins."""
        return zlib.crc32("\x1f".join((self.boot, *(self.channel or ()), *(self.calibration or ()))).encode())


def checksum(row: Row, seed: int) -> int:
    """CRC-32 of a row but its last column, as the signed number that SQLite stores in four bytes."""
    try:
        crc = zlib.crc32(_content(row), seed)
    except (struct.error, AttributeError):  # a flipped bit can make text of a number
        return _NO_CHECKSUM
    return crc - (1 << 32) if crc >= 1 << 31 else crc


def _content(row: Row) -> bytes:
    data = _HEAD.pack(row.seq, row.kind, row.mono_ns, row.wall_ns, row.trust)
    if row.flag is not None:
        data += _DATA.pack(
            row.raw or 0.0,
            row.value or 0.0,
            row.raw is None,
            row.value is None,
            row.flag,
            row.why or 0,
        )
    if row.body is not None:
        data += row.body.encode()
    return data


def observation_row(
    seq: int, boot: int, record: Observation | Judgement, numbers: tuple[int, int], seed: int
) -> Row:
    """An observation as a row, or a later word on one; `numbers` are its channel's and its calibration's."""
    kind = OBSERVATION
    if isinstance(record, Judgement):
        kind, record = JUDGEMENT, record.observation
    at = record.at
    # SQLite has no NaN: it stores NULL, which is what "not a number" means here too.
    raw, value = _number(record.raw), _number(record.value)
    row = Row(
        seq,
        kind,
        boot,
        at.mono_ns,
        at.wall_ns,
        at.trust,
        numbers[0],
        raw,
        value,
        record.flag,
        record.why,
        numbers[1],
        _inputs_body(record.inputs),
        0,
    )
    return row._replace(crc=checksum(row, seed))


def body_row(seq: int, boot: int, record: Event | Health | Completeness | Visit, seed: int) -> Row:
    """What is not about one observation as a row: its content is JSON."""
    at = record.at
    match record:
        case Event():
            kind, body = EVENT, _event_body(record)
        case Health():
            kind, body = HEALTH, _json(record.numbers)
        case Completeness():
            kind, body = COMPLETENESS, _completeness_body(record)
        case Visit():
            kind, body = VISIT, _visit_body(record)
    row = Row(
        seq,
        kind,
        boot,
        at.mono_ns,
        at.wall_ns,
        at.trust,
        None,
        None,
        None,
        None,
        None,
        None,
        body,
        0,
    )
    return row._replace(crc=checksum(row, seed))


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _event_body(event: Event) -> str:
    fields = {**event._asdict(), "data": dict(event.data)}
    del fields["at"]
    if not event.data:
        del fields["data"]
    return _json(fields)


def _visit_body(visit: Visit) -> str:
    fields = {**visit._asdict(), "data": dict(visit.data)}
    del fields["at"]
    return _json(fields)


def _inputs_body(inputs: Mapping[str, Input]) -> str | None:
    """None when nothing corrected the value, so that most rows do not grow."""
    if not inputs:
        return None
    return _json({role: (_number(each.value), _number(each.age_s)) for role, each in inputs.items()})


def _completeness_body(account: Completeness) -> str:
    channels = {name: tally._asdict() for name, tally in account.channels.items()}
    return _json({"day": account.day, "channels": channels})


def _json(body: object) -> str:
    return whole(json.dumps(body, ensure_ascii=False, separators=(",", ":")))


def whole(text: str) -> str:
    """A text that can be written: half a character, as far sides may send it, becomes a question mark."""
    return text.encode(errors="replace").decode()


def record_of(row: Row, names: Names) -> Record:
    """The record that a row holds. The row's checksum has been verified before."""
    at = Instant(row.wall_ns, row.mono_ns, Trust(row.trust))
    if row.kind in {OBSERVATION, JUDGEMENT} and names.channel is not None and names.calibration is not None:
        observation = Observation(
            names.channel,
            at,
            row.raw,
            row.value,
            Flag(row.flag or 0),
            Why(row.why or 0),
            names.calibration,
            _inputs(row.body) if row.body else _NO_INPUTS,
        )
        return observation if row.kind == OBSERVATION else Judgement(observation)
    body = json.loads(row.body or "{}")
    if row.kind == EVENT:
        return Event(at=at, **{**body, "severity": Severity(body["severity"])})
    if row.kind == COMPLETENESS:
        channels = {name: Tally(**tally) for name, tally in body["channels"].items()}
        return Completeness(at, body["day"], channels)
    if row.kind == VISIT:
        return Visit(at=at, **body)
    return Health(at, body)


def _inputs(body: str) -> dict[str, Input]:
    return {role: Input(*each) for role, each in json.loads(body).items()}
