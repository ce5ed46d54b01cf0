"""What `skyground explain` says where something is not as it should be; and the moments that it takes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import pytest

from agent.acquire.calibration.store import Calibrations
from agent.cli.explain_lines import lines
from agent.cli.moment import moment_ns
from agent.journal.history import History
from agent.model import Calibration, Flag, Instant, Observation, Trust, Why
from agent.provenance.story import story
from agent.publish.marks import receipt_mark
from tests.journal.conftest import Store
from tests.provenance.test_sums import observed

if TYPE_CHECKING:
    from pathlib import Path

NS = 10**9
NOON_NS = 1_795_348_800 * NS  # 2026-11-22T12:00Z


def told(path: Path, made: Observation, **changes: Any) -> str:
    """The lines of an observation that office refused, archive has stored, and nobody else has."""
    store = Store(path / "journal.db").open()
    store.journal.append([made])
    for sink, seq in (("archive", 1), ("office", 1), ("slow", 0), (receipt_mark("archive"), 2)):
        store.journal.advance(sink, seq)
    store.journal.park("office", 1, "the payload is too large")
    store.step()
    store.step(after_s=61)
    store.writer.close()
    history = History(store.journal.path, lambda _seq: None)
    (entry,) = history.read_after(0, 1)
    answer = story(history, entry, Calibrations(path), None)
    history.close()
    asked = {"asked": answer["time"], "distance_s": 0.0, "neighbours": [None, None], "absent": None}
    return "\n".join(lines({**asked, **answer, **changes}))


def test_each_destination_has_its_line(tmp_path: Path) -> None:
    text = told(tmp_path, observed("linear", 1.2))
    assert "archive: by " in text
    assert "  its far side says that it is stored" in text
    assert "office: REFUSED, by " in text
    assert ": the payload is too large" in text
    assert "slow: still waiting to be sent" in text


def test_a_value_that_its_sum_does_not_give_is_shouted_about(tmp_path: Path) -> None:
    text = told(tmp_path, observed("linear", 1.2)._replace(value=501.0))
    assert "THIS IS NOT WHAT WAS STORED: 501.0 then, 500.0 now" in text
    assert "repeats to the same value" not in text


def test_a_law_that_nobody_knows_any_more_is_told(tmp_path: Path) -> None:
    made = observed("linear", 1.2)._replace(calibration=Calibration("config-1", '{"kind":"quantum"}'))
    assert "CANNOT BE REPEATED: this version knows no law of kind 'quantum'" in told(tmp_path, made)


def test_a_silence_has_its_reason_and_no_sum(tmp_path: Path) -> None:
    made = observed("linear", 1.2)._replace(raw=None, value=None, flag=Flag.MISSING, why=Why.NO_ANSWER)
    text = told(tmp_path, made)
    assert "value      none" in text
    assert "9 missing\n           no answer: the instrument was silent" in text
    assert "\nsum" not in text


def test_a_raw_number_without_a_value_says_so(tmp_path: Path) -> None:
    assert "no value again" in told(tmp_path, observed("loop_4_20ma", 0.5))


def test_a_derived_value_names_its_source(tmp_path: Path) -> None:
    assert "120.0 kPa, the pore_pressure of the same sensor" in told(tmp_path, observed("head", 120.0))


def test_a_time_that_was_put_right_is_told_beside_the_wrong_one(tmp_path: Path) -> None:
    at = Instant(86_400 * NS, 42 * NS, Trust.NONE)
    text = told(tmp_path, observed("unit", 1.0)._replace(at=at))
    assert "said 1970-01-02 00:00:00 UTC; read wrong, put right by what the network told later" in text
    assert "settled: never changes again" in text


def test_a_clock_that_was_not_set_is_not_believed(tmp_path: Path) -> None:
    clock = {"as_read": "1970-01-02T00:00:00.000Z", "source": "none", "error_s": None, "settled": False}
    text = told(tmp_path, observed("unit", 1.0), clock=clock)
    assert "the clock was not set: as read, and likely wrong" in text
    assert "within no known bounds; NOT SETTLED: may still be put right" in text


def test_nothing_on_record_means_that_it_was_not_asked(tmp_path: Path) -> None:
    text = told(tmp_path, observed("unit", 1.0), absent=[])
    assert "NONE WAS MADE THEN: nothing is on record; it was not asked" in text


@pytest.mark.parametrize(
    ("text", "before_noon_s"),
    [
        ("now", 0),
        ("-2h", 7200),
        ("-90min", 5400),
        ("10:15", 6300),
        ("9:00:30", 10770),
        ("2026-11-22T11:00", 3600),
        ("2026-11-22 11:00Z", 3600),
        ("2026-11-22T12:00+01:00", 3600),
        ("2026-11-22", 43200),
    ],
)
def test_a_moment_is_in_utc(text: str, before_noon_s: int) -> None:
    assert moment_ns(text, NOON_NS) == NOON_NS - before_noon_s * NS


@pytest.mark.parametrize("text", ["", "soon", "25:00", "10:15:", "-", "2026-13-01", "1969-12-31", "-2"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        moment_ns(text, NOON_NS)
