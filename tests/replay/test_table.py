"""Reading histories: rows in any order, in any state, and nothing dropped without a word."""

from __future__ import annotations

import gzip
import io
import math
import os
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.replay.opening import UnreadableError, is_journal, opened
from agent.replay.table import read

if TYPE_CHECKING:
    from pathlib import Path

    from agent.replay.table import Table

_HEAD = "time_utc,sensor,value,label,cls\n"


def _read(text: str) -> Table:
    return read(io.StringIO(text))


def test_a_row_is_a_time_a_sensor_and_a_value_and_the_rest_is_passed_over() -> None:
    table = _read(_HEAD + "2015-08-20T19:00:00Z,ph,7.9,0,ok\n2015-08-20T19:00:00Z,ec_us_cm,400,0,ok\n")
    assert table.sensors == ["ph", "ec_us_cm"]
    assert list(table.value) == [7.9, 400.0]
    assert datetime.fromtimestamp(table.t_s[0], UTC) == datetime(2015, 8, 20, 19, tzinfo=UTC)


def test_the_columns_stand_in_any_order_and_channel_is_as_good_as_sensor() -> None:
    table = _read("value,channel,Time_UTC\n1.5,ph,2026-01-01T00:00:00Z\n")
    assert (table.sensors, list(table.value)) == (["ph"], [1.5])


def test_a_time_without_a_zone_is_utc_and_one_with_another_zone_is_that() -> None:
    table = _read(_HEAD + "2026-01-01 01:00,ph,1,,\n2026-01-01T02:00+01:00,ph,1,,\n")
    assert table.t_s[0] == table.t_s[1] == datetime(2026, 1, 1, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("text", ["", "NA", "nan", " None ", "-", "inf", "1e999"])
def test_what_is_no_value_is_missing_without_a_word(text: str) -> None:
    table = _read(f"{_HEAD}2026-01-01T00:00:00Z,ph,{text},,\n")
    assert math.isnan(table.value[0])
    assert not table.refusals


def test_a_bad_row_is_told_with_its_line_and_stops_nothing() -> None:
    table = _read(
        _HEAD
        + "yesterday,ph,7,,\n2026-01-01T00:00:00Z,ph,seven,,\n2026-01-01T00:15:00Z\n\n"
        + "2026-01-01T00:15:00Z, ,7,,\n2026-01-01T00:30:00Z,ph,7.5,,\n"
    )
    assert [each.line for each in table.refused] == [2, 3, 4, 6]
    assert "yesterday" in table.refused[0].reason
    assert "counts as missing" in table.refused[1].reason
    assert len(table) == 2
    assert table.value[1] == 7.5


@pytest.mark.parametrize("time", ["0001-01-01T00:00+23:59", "9999-12-31T23:59:59-23:59", "1969-12-31T23:59Z"])
def test_a_time_that_no_station_has_seen_is_told(time: str) -> None:
    table = _read(f"{_HEAD}{time},ph,7,,\n")
    assert (len(table), table.refusals) == (0, 1)


def test_a_stray_quote_costs_its_own_line_and_no_other() -> None:
    rows = [f"2026-01-01T{at // 60:02}:{at % 60:02}:00Z,ph,7.{at % 10},," for at in range(600)]
    rows[50] = rows[50].replace(",7.", ',"7.')
    table = _read(_HEAD + "\n".join(rows) + "\n")
    assert (len(table), table.refusals) == (599, 1)
    assert table.refused[0].line == 52


@pytest.mark.parametrize("time", ["2026-01-01\n00:00:00", "2026-01-01\r00:00:00", "2026-01-01\x0000:00"])
def test_a_time_is_printable_words_in_one_line(time: str) -> None:
    table = _read(f'{_HEAD}"{time}",ph,7,,\n2026-01-01T00:15:00Z,ph,7,,\n')
    assert list(table.times()) == ["2026-01-01T00:15:00Z"]
    assert table.refusals > 0


def test_blanks_about_a_name_or_a_time_are_nothing_and_no_number_has_an_underscore() -> None:
    table = _read(_HEAD + " 2026-01-01T00:00:00Z , ph , 7.1 ,,\n2026-01-01T00:15:00Z,ph,7_0,,\n")
    assert table.sensors == ["ph"]
    assert table.value[0] == 7.1
    assert math.isnan(table.value[1])
    assert "'7_0' is not a number" in table.refused[0].reason


def test_of_many_bad_rows_the_first_are_told_and_all_are_counted() -> None:
    table = _read(_HEAD + "never,ph,7,,\n" * 30)
    assert table.refusals == 30
    assert len(table.refused) == 5


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "time_utc,value\n", "ph,ec\n7,8\n"])
def test_what_is_no_table_says_what_is_missing(text: str) -> None:
    with pytest.raises(UnreadableError, match="time_utc, channel"):
        _read(text)


def test_what_is_empty_says_so() -> None:
    with pytest.raises(UnreadableError, match="empty"):
        _read("")


def test_a_file_that_is_cut_off_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    rows = "".join(f"2026-01-{day:02}T00:00:00Z,ph,{day},,\n" for day in range(1, 29)) * 400
    packed = gzip.compress((_HEAD + rows).encode())
    (tmp_path / "cut.csv.gz").write_bytes(packed[: len(packed) // 2])
    with opened(str(tmp_path / "cut.csv.gz")) as text:
        table = read(text)
    assert 1000 < len(table) < 28 * 400
    assert "cannot be read" in table.trouble


def test_gzip_is_known_by_its_bytes_and_a_mark_at_the_beginning_is_no_letter(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(gzip.compress(b"\xef\xbb\xbf" + _HEAD.encode()))
    with opened(str(tmp_path / "plain")) as text:
        assert len(read(text)) == 0


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        is_journal(str(tmp_path / "none.csv"))
    with pytest.raises(UnreadableError, match="directory"), opened(str(tmp_path)):
        pass


def test_nothing_is_taken_out_of_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(_HEAD + "2026-01-01T00:00:00Z,ph,7,,\n", "utf-8"))
    writer.start()
    assert not is_journal(str(pipe))
    with opened(str(pipe)) as text:
        assert len(read(text)) == 1
    writer.join()


_ROWS = st.lists(
    st.tuples(
        st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - as files have
        st.sampled_from(["ph", "ec_us_cm", 'odd, "name"']),
        st.floats(-1e6, 1e6),
    ),
    max_size=20,
)


@settings(max_examples=40, deadline=None)
@given(_ROWS)
def test_every_row_comes_back_with_its_own_words_and_in_order_of_time(
    rows: list[tuple[datetime, str, float]],
) -> None:
    quoted = [(at.isoformat() + "Z", '"' + name.replace('"', '""') + '"', value) for at, name, value in rows]
    table = _read(_HEAD + "".join(f"{at},{name},{value!r},,\n" for at, name, value in quoted))
    assert list(table.times()) == [at for at, _, _ in quoted]
    assert [table.sensors[each] for each in table.sensor] == [name for _, name, _ in rows]
    assert list(table.value) == [value for _, _, value in rows]
    order = table.order()
    assert order == sorted(range(len(rows)), key=lambda row: (rows[row][0].timestamp(), row))
