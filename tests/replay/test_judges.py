"""Quality control over a table: the station's own flags, row by row."""

from __future__ import annotations

import io
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agent.model import Flag, Why
from agent.replay.judges import Judges
from agent.replay.table import read

if TYPE_CHECKING:
    from agent.replay.heard import Heard

_AT = 1_700_000_100


def _judged(rows: list[tuple[int, str, str]]) -> tuple[list[Heard], list[int], Judges]:
    """Rows as (quarter of an hour, sensor, value)."""
    text = "".join(f"{_iso(at)},{name},{value}\n" for at, name, value in rows)
    judges = Judges(read(io.StringIO("time_utc,sensor,value\n" + text)))
    heard = list(judges.heard())
    return heard, list(judges.flags), judges


def _iso(at: int) -> str:
    return datetime.fromtimestamp(_AT + 900 * at, UTC).isoformat()


def _calm(count: int) -> list[tuple[int, str, str]]:
    return [(at, "ph", f"{7.5 + 0.02 * math.sin(at / 7) + 0.01 * (at % 3):.3f}") for at in range(count)]


def test_a_spike_is_flagged_on_its_own_row_though_the_next_one_shows_it() -> None:
    rows = _calm(60)
    rows[50] = (50, "ph", "9.9")
    heard, flags, _ = _judged(rows)
    assert [at for at, flag in enumerate(flags) if flag == Flag.SUSPECT] == [50]
    assert heard[49].sample.flag is Flag.GOOD


def test_what_no_instrument_says_fails_and_a_blank_is_missing() -> None:
    rows = _calm(12)
    rows[4] = (4, "ph", "-9999")
    rows[5] = (5, "ph", "15")
    rows[6] = (6, "ph", "")
    heard, flags, _ = _judged(rows)
    assert flags[4:7] == [Flag.FAIL, Flag.FAIL, Flag.MISSING]
    assert Why.SENSOR_RANGE in heard[5].sample.why
    assert heard[6].sample.value is None


def test_values_reach_the_detectors_in_the_stations_unit() -> None:
    heard, _, _ = _judged([(0, "stage_cm", "120"), (0, "temp_f", "212")])
    assert [round(each.sample.value or 0.0, 6) for each in heard] == [1.2, 100.0]


def test_an_unknown_sensor_is_not_evaluated_and_nobody_hears_it() -> None:
    heard, flags, judges = _judged([(0, "colour", "3"), (0, "ph", "7")])
    assert flags == [Flag.NOT_EVALUATED, Flag.GOOD]
    assert [each.channel for each in heard] == ["ph"]
    assert judges.unknown == ["colour"]


def test_a_moment_that_comes_twice_counts_once() -> None:
    rows = [*_calm(20), (10, "ph", "3.0")]
    heard, flags, judges = _judged(rows)
    assert len(heard) == 20
    assert judges.repeated == 1
    assert flags[20] == Flag.GOOD


def test_the_order_of_the_rows_changes_nothing() -> None:
    rows = _calm(60)
    rows[50] = (50, "ph", "9.9")
    heard, flags, _ = _judged(rows)
    again, turned, _ = _judged(rows[::-1])
    assert again == heard
    assert turned == flags[::-1]


def test_the_loss_of_a_neighbour_speaks_against_a_value_as_on_one_logger() -> None:
    """Turbidity rises in the hour in which pH loses its value."""
    turbid = [
        (at, "turbidity_ntu", f"{5 + 0.3 * math.sin(at / 5) + 0.1 * (at % 4):.2f}") for at in range(400)
    ]
    turbid[380] = (380, "turbidity_ntu", "9")
    calm = _calm(400)
    lost = [*calm[:380], (380, "ph", ""), *calm[381:]]
    flags = [
        _judged([row for pair in zip(ph, turbid, strict=True) for row in pair])[1] for ph in (calm, lost)
    ]
    assert [each[2 * 380 + 1] for each in flags] == [Flag.GOOD, Flag.SUSPECT]
