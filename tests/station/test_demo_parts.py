"""What `skyground demo` makes of its arguments, and what it prints into a pipe."""

from __future__ import annotations

import argparse
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cli import demo
from agent.cli.alarm_lines import alarm_lines
from agent.cli.arguments import broker, database, positive_number
from agent.cli.screen import LinePrinter
from agent.model import Event, Instant, Severity, Trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOUR_NS = 3600 * 10**9
ALARM = Event(
    id="subsidence-20261116T0815Z",
    kind="subsidence",
    subject="station",
    phase="raised",
    severity=Severity.ORANGE,
    at=Instant(9 * HOUR_NS, 0, Trust.NTP),
    title="Unstable ground, orange: tension crack at piezo-5/water_level",
    text="Orange: act at once. " + "The ground may have cracked. " * 5,
)


def complaint(parse: Callable[[str], object], text: str) -> str:
    """What a person reads who typed `text`."""
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        parse(text)
    return str(caught.value)


@pytest.mark.parametrize(("text", "number"), [("600", 600), ("0.5", 0.5), ("86400", 86400), ("1e3", 1000)])
def test_positive_numbers(text: str, number: float) -> None:
    assert positive_number(text) == number


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("abc", "'abc' is not a number"),
        ("", "'' is not a number"),
        *((text, "not above 0") for text in ("0", "-1", "nan", "86401", "inf")),
    ],
)
def test_other_numbers_are_refused_in_words(text: str, words: str) -> None:
    assert words in complaint(positive_number, text)


@pytest.mark.parametrize(
    ("text", "host", "port", "shown"),
    [
        ("localhost", "localhost", 1883, "localhost:1883"),
        ("10.0.0.7:1884", "10.0.0.7", 1884, "10.0.0.7:1884"),
        ("[::1]:1884", "::1", 1884, "[::1]:1884"),
        ("[2001:db8::7]", "2001:db8::7", 1883, "[2001:db8::7]:1883"),
    ],
)
def test_brokers(text: str, host: str, port: int, shown: str) -> None:
    assert broker(text) == (host, port)
    assert str(broker(text)) == shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("::1", "brackets: [::1]:1883"),
        ("[::1", "no IPv6 address"),
        ("host:1883x", "the port must be a number from 1 to 65535"),
        ("host:99999", "the port must be a number from 1 to 65535"),
        ("host:0", "the port must be a number from 1 to 65535"),
        ("mqtt://host", "has a scheme"),
        ("host/topic", "not a host name"),
        ("user@host", "not a host name"),
        ("-host", "not a host name"),
        (":1883", "not a host name"),
        ("", "not a host name"),
        ("not a host", "blanks"),
    ],
)
def test_other_brokers_are_refused_in_words(text: str, words: str) -> None:
    assert words in complaint(broker, text)


@pytest.mark.parametrize(
    ("text", "url", "name"),
    [
        ("http://localhost:8086/mine", "http://localhost:8086", "mine"),
        ("https://[::1]/mine/", "https://[::1]", "mine"),
        ("http://h/behind/a/proxy/mine", "http://h/behind/a/proxy", "mine"),
    ],
)
def test_databases(text: str, url: str, name: str) -> None:
    assert database(text) == (url, name)
    assert str(database(text)) == f"{url}/{name}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("localhost:8086/db", "not a URL"),
        ("ftp://localhost/db", "not a URL"),
        ("http:///db", "not a URL"),
        ("http://localhost:8086", "must end with the database"),
        ("http://localhost:8086/", "must end with the database"),
        ("http://localhost:8086/db?x=1", "must end with the database"),
        ("http://localhost:8o86/db", "the port must be a number"),
        ("http://me:secret@localhost/db", "leave user and password out"),
        ("http://[localhost/db", "no IPv6 address"),
        ("http://localhost/d\nb", "cannot be printed"),
    ],
)
def test_other_databases_are_refused_in_words(text: str, words: str) -> None:
    assert words in complaint(database, text)


@given(st.text(max_size=30))
def test_whatever_is_accepted_is_what_the_configuration_says(name: str) -> None:
    """Quotes and backslashes included; nothing else than a complaint in words is raised."""
    try:
        args = argparse.Namespace(
            mqtt=broker("[::1]"), influx=database(f"http://localhost/{name}"), influx_api="v1"
        )
    except argparse.ArgumentTypeError:
        return
    mqtt, influx = tomllib.loads(demo._publish(args))["publish"]
    assert (mqtt["host"], mqtt["port"]) == args.mqtt
    assert (influx["url"], influx["bucket"]) == args.influx


def test_a_pipe_is_told_once_that_a_sink_is_in_trouble_and_once_that_it_is_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sink = {"sink": "mqtt", "last_error": "", "hint": "", "backlog": 3, "delivered": 0}
    trouble = {**sink, "last_error": "nothing listens", "hint": "start it"}
    printer = LinePrinter("headline")

    def shown(sink: dict[str, Any]) -> list[str]:
        printer.show({"channels": [], "sinks": [sink]}, [])
        return capsys.readouterr().out.splitlines()

    assert shown(sink) == ["headline"]
    assert shown(trouble) == ["SINK mqtt: nothing listens (3 waiting, data is safe); help: start it"]
    assert shown({**trouble, "last_error": "still nothing", "backlog": 9}) == []
    assert shown({**sink, "delivered": 12, "backlog": 0}) == ["SINK mqtt is back: 12 delivered, 0 waiting"]
    assert shown(sink) == []


def test_an_alarm_is_a_title_in_its_colour_and_its_text_below() -> None:
    title, *text = alarm_lines(ALARM, 60, colour=True)
    assert title.startswith("\x1b[38;5;208mUnstable ground, orange")
    assert title.endswith("...\x1b[0m")
    assert " ".join(line.strip() for line in text) == ALARM.text.strip()
    assert all(line.startswith("    ") and len(line) <= 60 for line in text)
    assert alarm_lines(ALARM, 80, colour=False)[0] == ALARM.title


def test_a_pipe_hears_of_an_alarm_with_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    printer = LinePrinter("headline")
    printer.show({"channels": [], "sinks": []}, [ALARM, ALARM._replace(kind="sensor_fault")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"EVENT raised subsidence: {ALARM.title}"
    assert lines[2].startswith("    Orange: act at once.")
    assert lines[-1] == f"EVENT raised sensor_fault: {ALARM.title}"


def test_the_end_tells_what_was_found_and_when_and_what_to_do_next(tmp_path: Path) -> None:
    gone = demo.ending([ALARM], 2 * HOUR_NS, 8.25, None)
    assert gone[0] == "8.2 hours passed on the site; the detectors warned of:"
    assert gone[1] == f"  after  7.0 h: {ALARM.title}"
    assert gone[-1] == "demo ended; nothing is left behind"
    kept = demo.ending([], 0, 1.0, tmp_path / "a mine")
    assert "skyground explain ph-3/ph 1970-01-01T01:00:00.000Z" in kept[2]
    assert kept[0] == "1.0 hours passed on the site; the detectors warned of nothing"
    assert f"skyground events --all --config '{tmp_path}/a mine/station.toml'" in kept[1]


@pytest.mark.parametrize("text", ["-1", "61", "2.5", "", "a week"])
def test_days_of_history_are_few_and_whole(text: str) -> None:
    assert "no number of days from 0 to 60" in complaint(demo.days, text)
    assert demo.days("10") == 10
