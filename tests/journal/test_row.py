"""Rows: whatever is stored comes back equal, and no change of a stored bit goes unnoticed."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.journal.file.row import Names, Row, body_row, checksum, observation_row, record_of
from agent.model import (
    Calibration,
    Channel,
    Event,
    Flag,
    Health,
    Input,
    Instant,
    Judgement,
    Observation,
    Severity,
    Trust,
    Visit,
    Why,
)

TIMES = st.integers(0, 2**62)
INSTANTS = st.builds(Instant, TIMES, TIMES, st.sampled_from(Trust))
NAMES = st.text(min_size=1, max_size=20)
CHANNELS = st.builds(Channel, NAMES, NAMES, NAMES, NAMES)
CALIBRATIONS = st.builds(Calibration, NAMES, st.text(max_size=50))
NUMBERS = st.none() | st.floats(allow_nan=False, width=64)
OBSERVATIONS = st.builds(
    Observation,
    CHANNELS,
    INSTANTS,
    NUMBERS,
    NUMBERS,
    st.sampled_from(Flag),
    st.integers(0, 2**28 - 1).map(Why),
    CALIBRATIONS,
    st.dictionaries(NAMES, st.builds(Input, NUMBERS, NUMBERS), max_size=3),
)
JUDGEMENTS = st.builds(Judgement, OBSERVATIONS)
EVENTS = st.builds(
    Event, NAMES, NAMES, NAMES, NAMES, st.sampled_from(Severity), INSTANTS, st.text(), st.text()
)
HEALTHS = st.builds(Health, INSTANTS, st.dictionaries(NAMES, st.floats(-1e9, 1e9)))
WORDS = st.text(max_size=20)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)
VISITS = st.builds(
    Visit, NAMES, WORDS, NAMES, NAMES, WORDS, INSTANTS, WORDS, st.dictionaries(NAMES, DATA, max_size=3)
)


def row_of(record: Observation | Judgement) -> tuple[Row, Names]:
    """An observation, or a word on it, as a row, with its names."""
    about = record.observation if isinstance(record, Judgement) else record
    names = Names("boot-a", about.channel, about.calibration)
    return observation_row(7, 1, record, (1, 1), names.seed()), names


@given(OBSERVATIONS | JUDGEMENTS)
def test_an_observation_survives_the_row(record: Observation | Judgement) -> None:
    row, names = row_of(record)
    assert record_of(row, names) == record
    assert checksum(row, names.seed()) == row.crc
    assert -(2**31) <= row.crc < 2**31


@given(st.one_of(EVENTS, HEALTHS, VISITS))
def test_a_body_survives_the_row(record: Event | Health | Visit) -> None:
    names = Names("boot-a", None, None)
    assert record_of(body_row(7, 1, record, names.seed()), names) == record


@given(OBSERVATIONS, st.integers(0, 5), st.integers(0, 61))
def test_one_flipped_bit_of_an_integer_column_is_noticed(record: Observation, which: int, bit: int) -> None:
    row, names = row_of(record)
    column = ("seq", "kind", "mono_ns", "wall_ns", "trust", "flag")[which]
    limit = 7 if column in {"kind", "trust", "flag"} else 61
    changed: dict[str, Any] = {column: getattr(row, column) ^ (1 << min(bit, limit))}
    assert checksum(row._replace(**changed), names.seed()) != row.crc


@given(OBSERVATIONS, CHANNELS)
def test_a_value_moved_to_another_channel_is_noticed(record: Observation, other: Channel) -> None:
    row, names = row_of(record)
    if other != record.channel:
        assert checksum(row, names._replace(channel=other).seed()) != row.crc


@given(OBSERVATIONS, st.floats(allow_nan=False))
def test_another_input_is_noticed(record: Observation, value: float) -> None:
    row, names = row_of(record._replace(inputs={"temperature": Input(value, 0.0)}))
    other, _ = row_of(record._replace(inputs={"temperature": Input(None, 0.0)}))
    assert checksum(row._replace(body=other.body), names.seed()) != row.crc


def test_an_observation_that_nothing_corrected_takes_no_room_for_it() -> None:
    at = Instant(1, 2, Trust.NTP)
    row, _ = row_of(
        Observation(Channel("a", "ph", "1", "pH"), at, 1.0, 1.0, Flag.GOOD, Why.NONE, Calibration("c", "{}"))
    )
    assert row.body is None


def test_not_a_number_is_stored_as_no_number() -> None:
    at = Instant(1, 2, Trust.NTP)
    record = Observation(
        Channel("a", "ph", "1", "pH"), at, math.nan, math.nan, Flag.FAIL, Why.NONE, Calibration("c", "{}")
    )
    row, names = row_of(record)
    assert record_of(row, names) == record._replace(raw=None, value=None)
