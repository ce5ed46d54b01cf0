"""How a problem looks, and what never shows in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.mask import is_secret, masked
from agent.config.problem import Problem, Source, render
from agent.config.words import literal, printable, quote

PROBLEM = Problem(
    code="SG-C010",
    message="unknown key `perod_s`",
    line=2,
    column=3,
    span=7,
    label="did you mean `period_s`?",
    notes=("first used in line 1",),
    help="one\ntwo",
)


def test_a_problem_shows_place_line_carets_notes_and_help() -> None:
    assert render(PROBLEM, Source("site.toml", "a = 1\n  perod_s = 5\n")) == (
        "error[SG-C010]: unknown key `perod_s`\n"
        "  --> site.toml:2:3\n"
        "   |\n"
        " 2 |   perod_s = 5\n"
        "   |   ^^^^^^^ did you mean `period_s`?\n"
        "   |\n"
        "   = note: first used in line 1\n"
        "   = help: one\n"
        "           two"
    )


def test_a_problem_without_a_place_shows_no_line() -> None:
    problem = Problem(code="SG-C001", message="no such file", help="name the file")
    assert render(problem, Source("x.toml")) == (
        "error[SG-C001]: no such file\n --> x.toml\n  = help: name the file"
    )


def test_colour_is_only_added_when_asked_for() -> None:
    source = Source("site.toml", "a = 1\n  perod_s = 5\n")
    assert "\x1b" not in render(PROBLEM, source)
    assert "\x1b[1;31merror[SG-C010]\x1b[0m" in render(PROBLEM, source, colour=True)
    warning = Problem(code="SG-C050", message="m", level="warning")
    assert "\x1b[1;33mwarning[SG-C050]\x1b[0m" in render(warning, source, colour=True)


def test_carets_stand_under_the_key_behind_tabs_and_in_long_lines() -> None:
    tabbed = render(Problem(code="c", message="m", line=1, column=3, span=2), Source("f", "\t\tab = 1"))
    assert tabbed.endswith("| \t\tab = 1\n   | \t\t^^")
    far = Problem(code="c", message="m", line=1, column=501, span=9)
    _, _, _, line, carets = render(far, Source("f", "x" * 500 + "y" * 9 + "x" * 500)).split("\n")
    assert [char for char, mark in zip(line, carets, strict=False) if mark == "^"] == ["y"] * 9
    assert len(line) < 160


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('password = "hunter2" # x', "password = ***"),
        ("Password=hunter2", "Password=***"),
        ('"my-token" = "hunter2"', '"my-token" = ***'),
        ('publish = [{ id = "a", passwd = "hunter2" }]', 'publish = [{ id = "a", passwd = ***'),
        ('password_from = "hunter2"', "password_from = ***"),
        ('pasword_form = "hunter2"', "pasword_form = ***"),
        ("token: hunter2", "token: ***"),
        ('# secret = "hunter2"', "# secret = ***"),
        ('password_from = "credential:mqtt"  # ok', 'password_from = "credential:mqtt"  # ok'),
        ('url = "http://admin:hunter2@host:8086"', 'url = "http://***@host:8086"'),
        ('key_file = "/etc/station.key"', 'key_file = "/etc/station.key"'),
        ('host = "mqtt.example.org"', 'host = "mqtt.example.org"'),
    ],
)
def test_the_value_of_a_secret_is_replaced_by_stars(line: str, shown: str) -> None:
    assert masked(line) == shown


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_a_secret_of_several_lines_is_hidden_and_lines_keep_their_numbers(quotes: str) -> None:
    for end in (quotes, ""):
        text = masked(f"token = {quotes}\nhunter2\nhunter2{end}")
        assert "hunter2" not in text
        assert text.count("\n") == 2
    assert masked("passwords = [\n'hunter2',\n]\na = 1") == "passwords = ***\n\n\na = 1"


def test_a_long_word_takes_no_quadratic_time() -> None:
    """A megabyte of word characters is gone through at once; quadratic time would hit the time limit."""
    assert masked("pass" * 250_000) == "pass" * 250_000


@given(st.text(max_size=30))
def test_foreign_text_cannot_steer_a_terminal(text: str) -> None:
    assert all(char.isprintable() or char == "\t" for char in printable(text) + quote(text))


def test_long_names_are_cut_short() -> None:
    assert quote("x" * 100) == f"`{'x' * 60}...`"


def test_values_are_written_as_they_stand_in_the_file() -> None:
    assert literal([[0.0, 1], ["a", True]]) == '[[0, 1], ["a", true]]'


def test_secret_names() -> None:
    assert all(is_secret(key) for key in ("password", "PASSWD", "token_from", "api-key", "pasword", "secret"))
    assert not any(is_secret(key) for key in ("key_file", "username", "host", "parity"))
