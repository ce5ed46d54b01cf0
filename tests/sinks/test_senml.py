"""SenML packs as an independent reader sees them."""

from __future__ import annotations

import json
from math import inf, isfinite, isinf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clock import NS
from agent.model import (
    Channel,
    Entry,
    Flag,
    Instant,
    Observation,
    Record,
    Severity,
    Stamp,
    TimeSource,
    Trust,
    Why,
)
from agent.publish.contract import RejectedError
from agent.publish.mqtt.messages import Limits, Topics, messages
from agent.publish.mqtt.senml import pack, reason_word
from agent.quantity import QUANTITIES, senml_unit
from tests.sinks.senml_reader import read
from tests.sinks.world import (
    LEVEL,
    PH,
    RAW,
    T0_NS,
    as_read,
    at,
    entries,
    event,
    health,
    observation,
    readings,
    station,
)

STATION = station("seep-1")
TOPICS = Topics.of("mine/v1", STATION)
WIDE = Limits(rows=100, packet_bytes=10**6)

_CHANNELS = st.sampled_from([PH, LEVEL, Channel("soil.2", "soil_moisture", "m3/m3", "%")])
_INSTANTS = st.builds(Instant, st.integers(0, 4 * 10**18), st.integers(0, 10**18), st.sampled_from(Trust))
_WHYS = st.integers(0, (1 << 9) - 1).map(Why)
_NUMBERS = st.none() | st.floats()
_OBSERVATIONS = st.builds(
    Observation, _CHANNELS, _INSTANTS, _NUMBERS, _NUMBERS, st.sampled_from(Flag), _WHYS, st.just(RAW)
)
_RETOLD = st.builds(
    Stamp,
    st.integers(0, 4 * 10**18),
    st.sampled_from([TimeSource.REPAIRED, TimeSource.ESTIMATED]),
    st.sampled_from([1.08, 3600.0, inf]),
    st.just(value=True),
)
_SEQS = st.lists(st.integers(1, 10**12), min_size=1, max_size=30, unique=True).map(sorted)


@st.composite
def _runs(draw: st.DrawFn) -> list[Entry]:
    """Observations with any holes in their sequence."""
    found = ((seq, draw(_OBSERVATIONS)) for seq in draw(_SEQS))
    return [
        Entry(
            seq, draw(st.sampled_from(["boot-1", "boot-2"])), record, draw(st.just(as_read(record)) | _RETOLD)
        )
        for seq, record in found
    ]


@given(_runs())
def test_a_reader_gets_back_what_was_observed(run: list[Entry]) -> None:
    """Identity, name, time to the ms and how good it is, value, flag, reasons survive any mix of them."""
    rows = read(pack(run, STATION))
    assert len(rows) == len(run)
    for row, entry in zip(rows, run, strict=True):
        seen = entry.record
        assert isinstance(seen, Observation)
        value = seen.value if seen.value is not None and isfinite(seen.value) else None
        assert (row.journal, row.seq) == (STATION.journal, entry.seq)
        assert row.name == f"north/seep-1/{seen.channel}"
        assert row.time_ms == entry.time.wall_ns // 1_000_000
        assert row.value == value
        assert (row.missing is None) == (value is not None)
        assert (row.qc, row.why) == (seen.flag, seen.why)
        assert row.clock == entry.time.source.name.lower()
        assert row.err == (None if row.clock == "ntp" or isinf(entry.time.error_s) else entry.time.error_s)
        unsettled = not entry.time.settled
        assert row.boot == (entry.boot if unsettled else None)
        assert row.up == (seen.at.mono_ns // 10**6 / 1000 if unsettled else None)


def test_a_pack_looks_as_the_readme_shows_it() -> None:
    run = entries(
        [
            observation(0, 3.412),
            observation(0.25, None, Flag.MISSING, Why.NO_ANSWER, LEVEL),
        ],
        first=4711,
    )
    assert json.loads(pack(run, STATION)) == [
        {
            "bn": "north/seep-1/",
            "bt": T0_NS / 1e9,
            "journal": STATION.journal,
            "seq": 4711,
            "n": "ph-3/ph",
            "u": "pH",
            "v": 3.412,
            "qc": 1,
        },
        {"n": "level-1/water_level", "t": 0.25, "vs": "no_answer", "qc": 9, "why": 1},
    ]


def test_seq_is_repeated_only_where_it_does_not_follow_by_one() -> None:
    run = readings(3) + readings(2, first=7)
    records = json.loads(pack(run, STATION))
    assert [record.get("seq") for record in records] == [1, None, None, 7, None]


@pytest.mark.parametrize(
    ("quantity", "name"),
    [("temperature", "Cel"), ("ph", "pH"), ("soil_moisture", "/"), ("tilt", "deg"), ("supply_voltage", "V")],
)
def test_units_are_named_as_senml_names_them(quantity: str, name: str) -> None:
    assert senml_unit(quantity, QUANTITIES[quantity].units[0]) == name


def test_no_number_becomes_a_word_and_never_nan() -> None:
    for value in (nan, inf, -inf, None):
        (row,) = read(pack(entries([observation(0, value)]), STATION))
        assert row.missing == "missing"


def test_the_first_reason_is_the_word() -> None:
    assert reason_word(Why.BUS_DOWN | Why.NO_ANSWER) == "no_answer"


def test_only_observations_fit_in_a_pack() -> None:
    with pytest.raises(TypeError, match="Event"):
        pack(entries([event(0)]), STATION)


def _plan(records: list[Record], limits: Limits = WIDE) -> list[tuple[str, int]]:
    planned = messages(entries(records), TOPICS, STATION, limits)
    return [(message.topic.rpartition("/")[2], message.rows) for message in planned]


def test_runs_of_observations_share_messages_and_the_rest_travels_alone() -> None:
    records: list[Record] = [observation(0), observation(1), event(2), health(3), observation(4)]
    assert _plan(records) == [("readings", 2), ("event", 1), ("health", 1), ("readings", 1)]


@given(st.integers(0, 40), st.integers(1, 12))
def test_no_message_has_more_rows_than_allowed(count: int, rows: int) -> None:
    plan = _plan([observation(n) for n in range(count)], Limits(rows, 10**6))
    assert sum(part for _, part in plan) == count
    assert all(part <= rows for _, part in plan)


@given(st.integers(1, 40), st.integers(200, 2000))
def test_a_packet_limit_halves_messages_but_loses_none(count: int, packet_bytes: int) -> None:
    run = readings(count)
    sent = list(messages(run, TOPICS, STATION, Limits(100, packet_bytes)))
    assert all(len(message.topic) + len(message.payload) < packet_bytes for message in sent)
    assert [row.seq for message in sent for row in read(message.payload)] == list(range(1, count + 1))


def test_an_entry_that_alone_exceeds_the_packet_limit_is_rejected_in_its_turn() -> None:
    planned = messages(entries([observation(0), event(1, "x" * 1000)]), TOPICS, STATION, Limits(100, 500))
    assert next(planned).rows == 1
    with pytest.raises(RejectedError, match="takes 500 at the most"):
        next(planned)


def test_an_event_says_who_what_and_when() -> None:
    (message,) = messages(entries([event(0, "pH 3.1 \ud800 矿井")], 9), TOPICS, STATION, WIDE)
    assert json.loads(message.payload) == {
        "site": "north",
        "station": "seep-1",
        "journal": STATION.journal,
        "seq": 9,
        "time": "2025-11-22T10:00:00.000Z",
        "id": "e1",
        "kind": "acid_drainage",
        "subject": "seep-1",
        "phase": "raised",
        "severity": int(Severity.ORANGE),
        "level": "orange",
        "title": "Acid water at seep 1",
        "text": "pH 3.1 ? 矿井",
    }


def test_a_heartbeat_carries_finite_numbers_and_its_doubt_about_the_clock() -> None:
    late = health(0)._replace(at=at(0, Trust.RTC), numbers={"uptime_s": 5.0, "load": nan})
    (message,) = messages(entries([late]), TOPICS, STATION, WIDE)
    body = json.loads(message.payload)
    assert body["numbers"] == {"uptime_s": 5.0}
    assert (body["clock"], body["err"]) == ("rtc", 60.0)
    assert "up" not in body


def _of_1970(seq: int, since_s: int) -> Entry:
    record = observation(0)._replace(at=Instant(since_s * NS, since_s * NS, Trust.NONE))
    return Entry(seq, "9d2b", record, as_read(record))


def test_what_may_still_be_put_right_says_from_which_boot_and_when_in_it() -> None:
    """As the README shows it: a consumer that has kept `boot` and `up` adds `offset_s` when it is told."""
    early = [_of_1970(1, 60), _of_1970(2, 120)]
    (message,) = messages(early, TOPICS, STATION, WIDE)
    first, second = json.loads(message.payload)
    assert (first["clock"], first["boot"], first["up"], first["bt"]) == ("none", "9d2b", 60.0, 60.0)
    assert (second["up"], second["t"]) == (120.0, 60.0)
    assert "boot" not in second
    assert "err" not in first
    (told,) = messages([early[0]._replace(record=event(0))], TOPICS, STATION, WIDE)
    body = json.loads(told.payload)
    assert (body["clock"], body["boot"], body["time"]) == ("none", "9d2b", "1970-01-01T00:01:00.000Z")


def test_a_deflated_message_says_the_same_in_less_and_cannot_be_mistaken() -> None:
    wide = list(messages(readings(100), TOPICS, STATION, WIDE))
    small = list(messages(readings(100), TOPICS, STATION, WIDE._replace(deflate=True)))
    assert wide[0].payload[:1] == b"["
    assert small[0].payload[:1] == b"\x78"
    assert read(small[0].payload) == read(wide[0].payload)
    assert len(small[0].payload) < len(wide[0].payload) / 3


def test_what_deflating_makes_longer_stays_as_it_is() -> None:
    """A pack of one value gains; the payload is never more than it would be without."""
    for count in (1, 2, 3):
        (plain,) = messages(readings(count), TOPICS, STATION, WIDE)
        (small,) = messages(readings(count), TOPICS, STATION, WIDE._replace(deflate=True))
        assert len(small.payload) <= len(plain.payload)
        assert read(small.payload) == read(plain.payload)


def test_the_packet_limit_counts_what_goes_over_the_wire() -> None:
    """Deflated, a hundred values fit where plain they need several messages."""
    limits = Limits(rows=100, packet_bytes=1500)
    assert len(list(messages(readings(100), TOPICS, STATION, limits))) > 1
    (one,) = messages(readings(100), TOPICS, STATION, limits._replace(deflate=True))
    assert one.rows == 100


def test_deflated_messages_are_halved_too() -> None:
    limits = Limits(rows=100, packet_bytes=400, deflate=True)
    parts = list(messages(readings(100), TOPICS, STATION, limits))
    assert len(parts) > 1
    assert [row.seq for part in parts for row in read(part.payload)] == list(range(1, 101))


def test_only_packs_are_deflated() -> None:
    (told,) = messages(entries([event(1, "x" * 500)]), TOPICS, STATION, WIDE._replace(deflate=True))
    assert json.loads(told.payload)["text"] == "x" * 500
