"""The record of one calibration, and the JSON text that keeps it for ever. Pure.

Whoever questions a number years later needs what was done, by whom, with which references, what the channel
said before and after, and the law that came of it. The text carries a checksum: a card that flips a bit must
not move a whole channel.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.calibration.fields import (
    RecordError,
    amount,
    ident,
    instant,
    maybe,
    number,
    parsed,
    table,
    tables,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT = 1
LARGEST_BYTES = 256 * 1024
TRUSTS = ("none", "rtc", "ntp", "person")  # who told the time: nobody, a clock chip, the network, a person
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Point(NamedTuple):
    """One reference and what the instrument said in it.

    Attributes:
        reference: value of the buffer or standard, in `reference_unit`.
        raw: mean of `n` readings over `taken_s` seconds, in `raw_unit`; `spread` is their standard deviation.
        lot: the batch that is printed on the bottle.
    """

    label: str
    reference: float
    reference_unit: str
    raw: float | None = None
    raw_unit: str = ""
    lot: str = ""
    temperature_c: float | None = None
    spread: float | None = None
    drift_per_min: float | None = None
    n: int | None = None
    taken_s: float | None = None


class Found(NamedTuple):
    """What the channel said of a reference: `error` is value minus reference."""

    reference: float
    value: float
    error: float


class CalibrationRecord(NamedTuple):
    """One calibration of one channel. Immutable: a mistake is corrected by another record.

    Attributes:
        id: names it in files, observations and commands; see `new_id`.
        at: when, as `2026-11-22T10:15:00Z`; `at_trust` is who told that time, one of `TRUSTS`.
        by: who did it.
        procedure: how: `ph`, `linear`, `piecewise`, `certificate`, `zero`, `onboard`, ...
        as_found, as_left: what the channel said of references before and after.
        law: the `convert` table that came of it (`kind` and its numbers); None where it lives inside the
            instrument.
        figures: what the verdict rests on, by name with the unit last (`slope_percent`).
        verdict: `good`, or what is to be done about it: `service`, `maintenance`, `reject`, ...
        valid_days: after so many it is past its date; 0: never; None: as the configuration says.
        config_law: the `convert` table of the configuration that it was made for; empty when there was none.
        raw_unit, unit, model: of the channel, and of the instrument, that it was made for.
        instrument: what an instrument that calibrates inside itself said when it was read back.
    """

    id: str
    sensor: str
    quantity: str
    at: str
    at_trust: str
    by: str
    procedure: str
    raw_unit: str
    unit: str
    model: str
    law: Mapping[str, Any] | None
    verdict: str = "good"
    points: Sequence[Point] = ()
    as_found: Sequence[Found] = ()
    as_left: Sequence[Found] = ()
    figures: Mapping[str, float] = _NOTHING
    notes: str = ""
    valid_days: float | None = None
    config_law: Mapping[str, Any] = _NOTHING
    instrument: Mapping[str, Any] = _NOTHING

    @property
    def channel(self) -> str:
        """As everywhere: `ph-3/ph`."""
        return f"{self.sensor}/{self.quantity}"

    @property
    def at_s(self) -> float | None:
        """When, in seconds since 1970 UTC; None when nobody knew the time."""
        return None if self.at_trust == "none" else parsed(self.at).timestamp()

    @property
    def expires(self) -> str | None:
        """Its date by its own `valid_days`, for people; None without one."""
        if not self.valid_days or self.at_s is None:
            return None
        return utc_text((parsed(self.at) + timedelta(days=self.valid_days)).timestamp())

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values, without the checksum."""
        fields = self._asdict()
        for name in ("points", "as_found", "as_left"):
            fields[name] = [each._asdict() for each in fields[name]]
        for name in ("figures", "config_law", "instrument"):
            fields[name] = dict(fields[name])
        fields["law"] = None if self.law is None else dict(self.law)
        return {"format": FORMAT, **fields, "expires": self.expires}


def new_id(sensor: str, quantity: str, at: str, suffix: str) -> str:
    """`ph-3_ph_20261122T101500Z_ab12`; the suffix tells two of one second apart."""
    return f"{sensor}_{quantity}_{at.replace('-', '').replace(':', '')}_{suffix}"


def utc_text(wall_s: float) -> str:
    """Seconds since 1970 as `2026-11-22T10:15:00Z`, rounded down."""
    return f"{datetime.fromtimestamp(int(wall_s), UTC):%Y-%m-%dT%H:%M:%SZ}"


def to_text(record: CalibrationRecord) -> str:
    """The file's text. Raises RecordError when JSON or the limits do not take something in it."""
    return sealed(record.as_json(), LARGEST_BYTES)


def from_text(data: bytes) -> CalibrationRecord:
    """The record in a file. Raises RecordError: damaged, of another format, or not such a record at all."""
    return from_json(opened(data))


def from_json(fields: Mapping[str, Any]) -> CalibrationRecord:
    """A record from JSON values: of a file, or as somebody typed it in. Raises RecordError."""
    return CalibrationRecord(
        id=ident(fields, "id"),
        sensor=ident(fields, "sensor"),
        quantity=ident(fields, "quantity"),
        at=instant(fields, "at"),
        at_trust=text(fields, "at_trust", TRUSTS),
        by=text(fields, "by"),
        procedure=text(fields, "procedure"),
        raw_unit=text(fields, "raw_unit"),
        unit=text(fields, "unit"),
        model=text(fields, "model"),
        law=None if fields.get("law") is None else table(fields, "law"),
        verdict=text(fields, "verdict"),
        points=tuple(_point(each) for each in tables(fields, "points")),
        as_found=tuple(_found(each) for each in tables(fields, "as_found")),
        as_left=tuple(_found(each) for each in tables(fields, "as_left")),
        figures={name: number(table(fields, "figures"), name) for name in table(fields, "figures")},
        notes=text(fields, "notes"),
        valid_days=maybe(amount, fields, "valid_days"),
        config_law=table(fields, "config_law"),
        instrument=table(fields, "instrument"),
    )


def sealed(fields: Mapping[str, Any], limit_bytes: int) -> str:
    """JSON text for people, one value a line, with the checksum of its content as its last one.

    Raises RecordError when it cannot be written, or is longer than `limit_bytes`.
    """
    try:
        text_of = json.dumps(
            {**fields, "sha256": _digest(fields)}, ensure_ascii=False, allow_nan=False, indent=1
        )
        size = len(text_of.encode())
    except (ValueError, TypeError, RecursionError) as error:
        raise RecordError(f"it cannot be written as JSON: {error}") from error
    if size > limit_bytes:
        raise RecordError(f"it has {size} bytes; {limit_bytes} are the most")
    return text_of + "\n"


def opened(data: bytes) -> dict[str, Any]:
    """The content of a sealed text. Raises RecordError when it is not what was written."""
    try:
        fields = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"it is damaged: no JSON ({error})") from error
    if not isinstance(fields, dict):
        raise RecordError("it is damaged: no JSON object")
    said = fields.pop("sha256", None)
    try:
        is_whole = said == _digest(fields)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"it is damaged: {error}") from error
    if not is_whole:
        raise RecordError("it is damaged, or was edited: its checksum does not fit its content")
    if fields.get("format") != FORMAT:
        raise RecordError(f"its format is {fields.get('format')!r}; this software reads format {FORMAT}")
    return fields


def _digest(fields: Mapping[str, Any]) -> str:
    body = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(body.encode()).hexdigest()


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _point(fields: Mapping[str, Any]) -> Point:
    count = maybe(amount, fields, "n")
    return Point(
        label=text(fields, "label"),
        reference=number(fields, "reference"),
        reference_unit=text(fields, "reference_unit"),
        raw=maybe(number, fields, "raw"),
        raw_unit=text(fields, "raw_unit"),
        lot=text(fields, "lot"),
        temperature_c=maybe(number, fields, "temperature_c"),
        spread=maybe(amount, fields, "spread"),
        drift_per_min=maybe(number, fields, "drift_per_min"),
        n=None if count is None else int(count),
        taken_s=maybe(amount, fields, "taken_s"),
    )


def _found(fields: Mapping[str, Any]) -> Found:
    return Found(number(fields, "reference"), number(fields, "value"), number(fields, "error"))
