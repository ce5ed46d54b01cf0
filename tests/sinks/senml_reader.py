"""A small SenML reader that knows RFC 8428 and the labels in the README, and nothing of the writer."""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One resolved record."""

    journal: str
    seq: int
    name: str
    time_ms: int
    value: float | None
    missing: str | None
    unit: str | None
    qc: int
    why: int
    clock: str
    err: float | None
    boot: str | None
    up: float | None


def read(payload: bytes) -> list[Row]:
    """Unpack, resolve base fields (RFC 8428 4.1, 4.6) and running sequence numbers."""
    base: dict[str, Any] = {"bn": "", "bt": 0, "journal": "", "seq": None, "clock": "ntp", "err": None}
    rows: list[Row] = []
    text = zlib.decompress(payload) if payload[:1] == b"\x78" else payload
    for record in json.loads(text, parse_constant=_refuse):
        base.update({key: record[key] for key in ("bn", "bt", "journal", "boot") if key in record})
        if "clock" in record:
            base.update(clock=record["clock"], err=record.get("err"))
        base["seq"] = record["seq"] if "seq" in record else base["seq"] + 1
        assert ("v" in record) + ("vs" in record) == 1, "one value per record (RFC 8428 4.2)"
        assert not any(key.endswith("_") for key in record), "would mean must-understand (RFC 8428 4.4)"
        rows.append(_row(base, record))
    return rows


def _row(base: dict[str, Any], record: dict[str, Any]) -> Row:
    return Row(
        journal=base["journal"],
        seq=base["seq"],
        name=base["bn"] + record["n"],
        time_ms=round((base["bt"] + record.get("t", 0)) * 1000),
        value=record.get("v"),
        missing=record.get("vs"),
        unit=record.get("u"),
        qc=record["qc"],
        why=record.get("why", 0),
        clock=base["clock"],
        err=base["err"],
        boot=base["boot"] if "up" in record else None,
        up=record.get("up"),
    )


def _refuse(constant: str) -> None:
    message = f"{constant} is not JSON (RFC 8259 6)"
    raise ValueError(message)
