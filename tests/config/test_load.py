"""Loading: a right file becomes a Config; a wrong one becomes a list that a technician can work through."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.load import ConfigError, ConfigUnreadableError, load
from tests.config.rig import INFLUX, LEVEL, LINE, MQTT, PH, RIGHT, changed, loaded, refused

if TYPE_CHECKING:
    from pathlib import Path

SERIAL = 'kind = "serial"\n'
STATION = 'id = "st-01"\n'

# What is changed, the code that it gives, the line it points at, and words that the message must hold.
CASES = {
    "misspelt key": (PH, PH + "perod_s = 5\n", "SG-C010", 17, ["`perod_s`", "did you mean `period_s`?"]),
    "key of no table": (
        PH,
        PH + "zzz = 5\n",
        "SG-C010",
        17,
        ["`zzz`", 'sensor "ph-3"', "response_timeout_s"],
    ),
    "too many keys to choose from": (MQTT, MQTT + "zzz = 5\n", "SG-C010", 32, ["config.example.toml shows"]),
    "few keys to choose from": (STATION, STATION + "[log]\nzzz = 1\n", "SG-C010", 5, ["[log]", "level"]),
    "misspelt table": (STATION, STATION + "[pubish]\n", "SG-C010", 4, ["`pubish`"]),
    "misspelt required key": (
        MQTT,
        'hots = "h"\n',
        "SG-C010",
        31,
        ["did you mean `host`? (required, and missing here)"],
    ),
    "missing key": (
        MQTT,
        "",
        "SG-C011",
        28,
        ["`host`", 'publish "office"', 'add: host = "mqtt.example.org"'],
    ),
    "missing choice": ('input = "A0"\n', "", "SG-C011", 20, ['add: input = "A0"']),
    "missing kind": (SERIAL, "", "SG-C011", 5, ['add: kind = "host", "i2c" or "serial"']),
    "misspelt kind key": (PH, 'modl = "sup-ph8001"\n', "SG-C010", 16, ["did you mean `model`?"]),
    "text for a number": (PH, PH + 'period_s = "60"\n', "SG-C012", 17, ["0.1 to 86400", "without quotes"]),
    "number for text": (MQTT, "host = 5\n", "SG-C012", 31, ["not 5", 'host = "5"']),
    "number for a truth": (MQTT, MQTT + "tls = 1\n", "SG-C012", 32, ["true or false, not 1"]),
    "date for text": (MQTT, "host = 2026-11-22\n", "SG-C012", 31, ["not a date or time"]),
    "table for text": (MQTT, "host = {}\n", "SG-C012", 31, ["not a table"]),
    "text for a table": (PH, PH + 'expect = "x"\n', "SG-C012", 17, ["must be a table, not text in quotes"]),
    "text for a path": (
        STATION,
        STATION + "state_dir = true\n",
        "SG-C012",
        4,
        ["a path in quotes, not true"],
    ),
    "text for a conversion": (LINE, 'convert.water_level = "V"\n', "SG-C012", 26, ["must be a table"]),
    "below the range": (PH, PH + "period_s = 0\n", "SG-C013", 17, ["a number from 0.1 to 86400, not 0"]),
    "above zero": (
        PH,
        PH + "response_timeout_s = 0\n",
        "SG-C013",
        17,
        ["a number above 0, up to 60, not 0"],
    ),
    "address": (LEVEL, LEVEL + "address = 0x50\n", "SG-C013", 26, ["from 0x48 to 0x4b, not 0x50"]),
    "endless number": (
        LINE,
        'convert.water_level = { kind = "loop_4_20ma", at_4ma = inf, at_20ma = 1 }\n',
        "SG-C013",
        26,
        ["must be a number, not inf"],
    ),
    "not a number": (PH, PH + "period_s = nan\n", "SG-C013", 17, ["not nan"]),
    "choice": (SERIAL, SERIAL + 'parity = "evn"\n', "SG-C013", 8, ['"none", "even" or "odd"', "`even`"]),
    "number choice": (SERIAL, SERIAL + "baud = 9601\n", "SG-C013", 8, ["57600 or 115200, not 9601"]),
    "pattern": ('"north-dump"', '"North Dump"', "SG-C013", 2, ["lower-case letters"]),
    "reference": (MQTT, MQTT + 'password_from = "hunter2"\n', "SG-C013", 32, ["credential:NAME", "env:NAME"]),
    "empty text": (INFLUX, 'bucket = ""\n', "SG-C013", 37, ["not empty"]),
    "long text": (PH, PH + f'title = "{"x" * 121}"\n', "SG-C013", 17, ["0 to 120 characters"]),
    "pair": (PH, PH + "expect.ph = [1, 2, 3]\n", "SG-C013", 17, ["[low, high]"]),
    "element": (PH, PH + 'expect.ph = [1, "2"]\n', "SG-C012", 17, ["element 2 of `ph`", "a number"]),
    "no table brackets": (
        '[[publish]]\nid = "office"',
        '[publish.x]\nid = "office"',
        "SG-C003",
        33,
        ["TOML"],
    ),
    "unknown model": (
        '"sup-ph8001"',
        '"SUP-PH8002"',
        "SG-C014",
        16,
        ["did you mean `sup-ph8001`?", "known:"],
    ),
    "kind of no sense": (SERIAL, "kind = 5\n", "SG-C014", 7, ["unknown kind `5`"]),
    "secret": (MQTT, MQTT + 'password = "hunter2"\n', "SG-C015", 32, ["password_from", "change the secret"]),
    "secret elsewhere": (STATION, STATION + 'api_key = "hunter2"\n', "SG-C015", 4, ["LoadCredential"]),
    "not TOML": (PH, "model = sup-ph8001\n", "SG-C003", 16, ['key = "text"', "once this is right"]),
    "twice": (PH, PH + PH, "SG-C003", 17, ["stands twice"]),
    "open text": (INFLUX, 'bucket = """', "SG-C003", 37, ["TOML"]),
    "impossible number": (PH, PH + f"unit = {'9' * 5000}\n", "SG-C003", 0, ["4300 digits"]),
    "too deep": (PH, PH + f"expect = {'[' * 20}{']' * 20}\n", "SG-C003", 0, ["16 levels"]),
    "far too deep": (PH, PH + f"expect = {'[' * 9000}{']' * 9000}\n", "SG-C003", 0, ["16 levels"]),
}


def test_a_right_file_becomes_a_config(tmp_path: Path) -> None:
    config = loaded(tmp_path, RIGHT)
    assert config.station.site == "north-dump"
    assert [sensor.model for sensor in config.sensor] == ["sup-ph8001", "ads1115"]
    assert config.sensor[0].period_s == 60.0


@pytest.mark.parametrize("name", CASES)
def test_one_mistake_gives_one_message_at_its_line(tmp_path: Path, name: str) -> None:
    """Code, line and words; nothing else is complained about; no secret shows."""
    old, new, code, line, words = CASES[name]
    error = refused(tmp_path, changed(old, new))
    assert [(problem.code, problem.line) for problem in error.problems] == [(code, line)]
    shown = error.render()
    assert all(word in shown for word in words), shown
    assert "hunter2" not in shown + str(error.as_dict()) + str(error)


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Also those inside a table whose kind is misspelt, and those between tables."""
    text = changed(PH, 'model = "sup-ph80"\nunti = 3\n').replace('bus = "i2c-1"', 'bus = "i2c-2"')
    text = text.replace(MQTT, "").replace('site = "north-dump"', "site = 7")
    found = [(problem.line, problem.code) for problem in refused(tmp_path, text).problems]
    assert found == [(2, "SG-C012"), (16, "SG-C014"), (17, "SG-C010"), (24, "SG-C021"), (29, "SG-C011")]


def test_a_misspelt_kind_key_hides_nothing_else_of_its_table(tmp_path: Path) -> None:
    text = changed('kind = "mqtt"', 'kid = "mqtt"').replace(MQTT, "host = 5\n")
    assert [problem.line for problem in refused(tmp_path, text).problems] == [30, 31]


def test_an_empty_file_is_told_what_to_begin_with(tmp_path: Path) -> None:
    shown = refused(tmp_path, "").render()
    for line in ("[station]", 'site = "north-dump"', "[[bus]]", 'kind = "i2c"', "[[sensor]]", 'input = "A0"'):
        assert line in shown


@pytest.mark.parametrize("name", ["bus", "sensor", "publish"])
def test_one_pair_of_brackets_where_two_are_needed(tmp_path: Path, name: str) -> None:
    text = f'[station]\nsite = "a"\nid = "b"\n[{name}]\nid = "x"\n'
    problems = refused(tmp_path, text).problems
    assert any(f"write [[{name}]]" in problem.help and problem.line == 4 for problem in problems)


def test_a_list_of_things_that_are_no_tables(tmp_path: Path) -> None:
    text = 'bus = [1]\nsensor = ["x"]\n[station]\nsite = "a"\nid = "b"\n'
    found = refused(tmp_path, text).problems
    assert [(problem.line, problem.code) for problem in found] == [(1, "SG-C012"), (2, "SG-C012")]
    assert "element 1 of `bus`" in found[0].message


def test_no_more_than_twenty_problems_are_shown_and_the_rest_is_counted(tmp_path: Path) -> None:
    error = refused(tmp_path, RIGHT + "".join(f"zz{n} = 1\n" for n in range(30)))
    assert error.render().count("error[") == 20
    assert "... and 10 more" in error.render()
    assert "30 problems; nothing was started, and recorded data are untouched" in error.render()
    assert len(error.as_dict()["problems"]) == 30


@pytest.mark.parametrize("value", ["1", "'x'", "true", "[1]", "{}", "{a = [{}]}", "2026-01-01", "[[[]]]"])
def test_any_key_may_hold_any_type_without_a_crash(tmp_path: Path, value: str) -> None:
    """Each value of the file in turn is replaced by something foreign: an answer in words, or none at all."""
    lines = RIGHT.split("\n")
    for number, line in enumerate(lines):
        if " = " not in line:
            continue
        key = line.split(" = ", 1)[0]
        text = "\n".join([*lines[:number], f"{key} = {value}", *lines[number + 1 :]])
        try:
            loaded(tmp_path, text)
        except ConfigError as error:
            assert error.render()  # noqa: PT017 - not every value is wrong for every key


@given(text=st.text(st.sampled_from("ab[]{}=\"'#.,\n 1-\\é\x00\x1b"), max_size=60))
def test_no_text_whatever_makes_it_crash(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Any text is a configuration or a ConfigError that can be shown, and shows no control characters."""
    error = refused(tmp_path_factory.getbasetemp(), text)
    assert "\x1b" not in error.render()


SPOTS = [match.start() for match in re.finditer(r"\w", RIGHT)]


@given(spots=st.lists(st.tuples(st.sampled_from(SPOTS), st.sampled_from(["", "x", "zzzzz"])), max_size=8))
def test_any_typing_errors_are_answered(
    tmp_path_factory: pytest.TempPathFactory, spots: list[tuple[int, str]]
) -> None:
    """Letters lost or gained anywhere, in several places: still a configuration or an answer."""
    letters = list(RIGHT)
    for spot, letter in spots:
        letters[spot] = letter
    try:
        loaded(tmp_path_factory.getbasetemp(), "".join(letters))
    except ConfigError as error:
        assert error.render()  # noqa: PT017 - some changes are harmless


def test_two_tables_of_unknown_kind_one_of_them_beyond_guessing(tmp_path: Path) -> None:
    text = changed(PH, 'modl = "zzzzzz"\n').replace('"ads1115"', '"ads1116"')
    found = [(problem.line, problem.code) for problem in refused(tmp_path, text).problems]
    assert found == [(16, "SG-C010"), (22, "SG-C014")]


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(ConfigUnreadableError) as caught:
        load(tmp_path / "none.toml")
    assert caught.value.problems[0].code == "SG-C001"
    assert "no such file" in caught.value.render()


def test_a_pipe_or_a_directory_is_unreadable_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ConfigUnreadableError, match="1 problem"):
            load(path)


def test_a_huge_file_is_no_configuration(tmp_path: Path) -> None:
    error = refused(tmp_path, "#" * ((1 << 20) + 1))
    assert [problem.code for problem in error.problems] == ["SG-C002"]
    assert "larger than 1024 KiB" in error.render()


def test_latin_1_is_told_apart_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b'a = "x"\nb = "\xfc"\n')
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert "0xfc in line 2" in caught.value.problems[0].message


def test_a_file_from_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode())
    assert load(path).station.id == "st-01"
    path.write_bytes(b"\xef\xbb\xbf" + changed(MQTT, "host = 5\n").replace("\n", "\r\n").encode())
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (31, 1)
    assert " 31 | host = 5\n" in caught.value.render()
