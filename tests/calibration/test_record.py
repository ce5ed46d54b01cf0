"""The text of a calibration: what is written comes back, and what is damaged never does."""

from __future__ import annotations

import json
import string
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acquire.calibration.fields import RecordError
from agent.acquire.calibration.pointer import MOST_MOVES, Move, Pointers
from agent.acquire.calibration.pointer import from_text as pointers_from
from agent.acquire.calibration.pointer import to_text as pointers_text
from agent.acquire.calibration.record import (
    TRUSTS,
    CalibrationRecord,
    Found,
    Point,
    from_json,
    from_text,
    to_text,
)
from tests.calibration.rig import RECORD

NAMES = st.text(string.ascii_lowercase + string.digits + "-_", min_size=1, max_size=20).map("a{}".format)
WORDS = st.text(st.characters(codec="utf-8"), max_size=30)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
AMOUNTS = st.floats(0, 100_000)
JSON = st.dictionaries(
    WORDS, st.one_of(st.none(), st.booleans(), st.integers(), FINITE, WORDS, st.lists(FINITE)), max_size=4
)
POINTS = st.builds(
    Point,
    label=WORDS,
    reference=FINITE,
    reference_unit=WORDS,
    raw=st.none() | FINITE,
    raw_unit=WORDS,
    lot=WORDS,
    temperature_c=st.none() | FINITE,
    spread=st.none() | AMOUNTS,
    drift_per_min=st.none() | FINITE,
    n=st.none() | st.integers(0, 1000),
    taken_s=st.none() | AMOUNTS,
)
FOUND = st.lists(st.builds(Found, FINITE, FINITE, FINITE), max_size=2).map(tuple)
RECORDS = st.builds(
    CalibrationRecord,
    id=NAMES,
    sensor=NAMES,
    quantity=NAMES,
    at=st.datetimes().map(lambda at: f"{at.replace(year=1970 + at.year % 200):%Y-%m-%dT%H:%M:%SZ}"),
    at_trust=st.sampled_from(TRUSTS),
    by=WORDS,
    procedure=WORDS,
    raw_unit=WORDS,
    unit=WORDS,
    model=WORDS,
    law=st.none() | JSON,
    verdict=WORDS,
    points=st.lists(POINTS, max_size=3).map(tuple),
    as_found=FOUND,
    as_left=FOUND,
    figures=st.dictionaries(WORDS, FINITE, max_size=3),
    notes=WORDS,
    valid_days=st.none() | AMOUNTS,
    config_law=JSON,
    instrument=JSON,
)


@settings(max_examples=50)
@given(RECORDS)
def test_a_record_comes_back_as_it_was_written(record: CalibrationRecord) -> None:
    assert from_text(to_text(record).encode()) == record


@settings(max_examples=200)
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found_or_changes_nothing(at: int, bit: int) -> None:
    """Blanks between the values are not part of the content."""
    data = bytearray(to_text(RECORD).encode())
    data[at % len(data)] ^= 1 << bit
    with suppress(RecordError):
        assert from_text(bytes(data)) == RECORD


@settings(max_examples=100)
@given(st.binary(max_size=200) | JSON.map(lambda each: json.dumps(each).encode()))
def test_whatever_stands_in_a_file_is_a_record_or_refused(data: bytes) -> None:
    with pytest.raises(RecordError):
        from_text(data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "../../etc/passwd"),
        ("sensor", ".."),
        ("quantity", ""),
        ("at", "2026-11-22"),
        ("at", "2026-02-30T00:00:00Z"),
        ("at", "1969-12-31T23:59:59Z"),
        ("at_trust", "moon"),
        ("by", 7),
        ("notes", "x" * 2001),
        ("notes", "\ud800"),
        ("law", [1]),
        ("points", {"raw": 1}),
        ("points", [3]),
        ("points", [{"reference": True}]),
        ("points", [{"reference": 10**400}]),
        ("figures", {"slope_percent": "98"}),
        ("valid_days", -1),
        ("valid_days", 1e9),
    ],
)
def test_a_field_that_makes_no_sense_is_named(field: str, value: Any) -> None:
    fields = {**RECORD.as_json(), field: value}
    with pytest.raises(
        RecordError, match=r"'(id|sensor|quantity|at|at_trust|by|notes|law|points|reference|slope|valid)"
    ):
        from_json(fields)


def test_a_later_format_is_refused_by_its_number() -> None:
    fields = json.loads(pointers_text(Pointers()))
    assert fields["format"] == 1
    with pytest.raises(RecordError, match="checksum"):
        from_text(json.dumps({**fields, "format": 2}).encode())


def test_its_date_follows_from_its_days() -> None:
    assert RECORD._replace(valid_days=30).expires == "2026-12-22T10:15:00Z"
    assert RECORD._replace(valid_days=0).expires is None
    assert RECORD._replace(valid_days=30, at_trust="none").expires is None


def test_a_record_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(RecordError, match="JSON"):
        to_text(RECORD._replace(figures={"slope_percent": float("nan")}))
    with pytest.raises(RecordError, match="bytes"):
        to_text(RECORD._replace(notes="x" * 300_000))


def test_moves_are_bounded_and_what_is_in_force_is_never_forgotten() -> None:
    pointers = Pointers().moved(Move("temperature", "first", "", "", ""))
    for number in range(MOST_MOVES + 5):
        pointers = pointers.moved(Move("ph", f"id-{number}", "", "", ""))
    assert len(pointers.moves) == MOST_MOVES
    assert pointers.quantities == ["ph", "temperature"]
    assert pointers_from(pointers_text(pointers).encode()) == pointers
    assert pointers.trail("ph")[1].id == f"id-{MOST_MOVES + 3}"


@pytest.mark.parametrize(
    ("moves", "trail"),
    [
        ("", ""),
        ("abc", "cba"),
        ("aba", "a"),
        ("abab", "ba"),
        ("abcbd", "dba"),
        ("abb", "ba"),
        ("ab-", ""),
        ("ab-c", "c"),
        ("ab-b", "b"),
    ],
)
def test_who_goes_back_does_not_come_back_to_what_he_left(moves: str, trail: str) -> None:
    """`-` is the configuration."""
    pointers = Pointers()
    for each in moves:
        pointers = pointers.moved(Move("ph", None if each == "-" else each, "", "", ""))
        pointers = pointers.moved(Move("temperature", "t", "", "", ""))
    assert [move.id for move in pointers.trail("ph")] == list(trail)
