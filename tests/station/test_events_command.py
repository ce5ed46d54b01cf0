"""`skyground events`, typed at a journal, and at a station that answers on its real socket."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.alarms import Alarms
from agent.cli.main import main
from agent.model import Severity
from agent.watch.contract import Finding, Hazard, Phase
from agent.watch.telling import event
from agent.watch.vigil import Alarm
from tests.journal.conftest import Store
from tests.station.rig import CONFIG, served

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
ACID, PROBE = "acid_drainage-20260725T1716Z", "sensor_fault-ph-3-ph-20260725T1716Z"
BEGUN_S = 1_785_001_000.0
EVIDENCE = {"ph": 5.12, "ph_below_lowest_days": 1.6, "ph_below_lowest_days_from": 0.3, "rain_48h_mm": 0.0}


class Site:
    """A journal with alarms in it, and a terminal."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.store = Store(folder / "journal.db").open()
        self.config = folder / "skyground.toml"
        self.config.write_text(CONFIG.format(state=folder))
        self._capsys = capsys

    def tell(
        self, alarm_id: str, hazard: Hazard, level: Severity, phase: Phase = Phase.RAISED, late_s: float = 0.0
    ) -> None:
        self.store.clock.mono_s += 3600.0
        at = self.store.clock.now()
        subject = "ph-3/ph" if hazard is Hazard.SENSOR else ""
        mechanism = "stuck" if hazard is Hazard.SENSOR else "acid_water"
        words = "It looks so.", "Take a sample.", mechanism
        finding = Finding(BEGUN_S, hazard, subject, phase, level, 0.83, EVIDENCE, *words)
        told = event(Alarm(alarm_id, BEGUN_S + 60.0, finding), at, late_s)
        self.store.journal.append([told])
        self.store.step()

    def type(self, *words: str, code: int = 0) -> str:
        """Standard output, or standard error of what did not go well."""
        assert main(["events", *words, "--config", str(self.config)]) == code
        said = self._capsys.readouterr()
        return said.err if code else said.out

    def ask(self, *words: str) -> Any:
        """As a program asks; the option stands before the word and after it."""
        assert main(["events", "--json", "--config", str(self.config), *words]) == 0
        return json.loads(self._capsys.readouterr().out)


@pytest.fixture
def site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("LOGNAME", "rossi")
    found = Site(tmp_path, capsys)
    yield found
    found.store.writer.close()


def test_the_gravest_that_is_open_comes_first_and_what_is_over_last(site: Site) -> None:
    site.tell(PROBE, Hazard.SENSOR, Severity.BLUE)
    site.tell(ACID, Hazard.ACID, Severity.YELLOW)
    site.tell(ACID, Hazard.ACID, Severity.RED, Phase.UPDATED)
    site.tell("subsidence-20260725T1716Z", Hazard.GROUND, Severity.ORANGE)
    site.tell("subsidence-20260725T1716Z", Hazard.GROUND, Severity.ORANGE, Phase.CLEARED)
    lines = site.type().splitlines()
    assert lines[0].startswith("red     2026-07-25 19:")
    assert lines[0].endswith(ACID)
    assert lines[1:3] == [
        "        Acid drainage, red: pH 1.6 below its lowest days",
        "        nobody has acknowledged it",
    ]
    assert lines[3].startswith("blue ")
    assert lines[6:8] == ["", "over:"]
    assert lines[8].startswith("orange ")
    assert lines[9] == "        Unstable ground, orange: pH 1.6 below its lowest days"
    answer = site.ask()
    assert [each["level"] for each in answer["open"]] == ["red", "blue"]
    assert answer["open"][0]["acknowledged"] is None
    assert answer["over"][0]["lasted_s"] == 3600.0
    assert site.ask("--last", "0")["over"] == []
    assert site.ask("--since", "2026-07-26")["over"] == []
    assert len(site.ask("--since", "2026-07-25")["over"]) == 1


def test_the_list_ends_with_what_to_type_about_the_gravest_that_waits_for_somebody(site: Site) -> None:
    site.tell(PROBE, Hazard.SENSOR, Severity.BLUE)
    site.tell(ACID, Hazard.ACID, Severity.RED)
    *_, last = site.type().splitlines()
    show, ack = re.findall(r"skyground events ([^,]+)", last)
    assert shlex.split(show) == ["show", ACID]
    assert shlex.split(ack) == ["ack", ACID, "--by", "NAME"]
    site.tell(ACID, Hazard.ACID, Severity.RED, Phase.CLEARED)
    assert f"ack {PROBE} --by" in site.type().splitlines()[-1]
    site.tell(PROBE, Hazard.SENSOR, Severity.BLUE, Phase.CLEARED)
    assert "skyground events" not in site.type()


def test_an_empty_list_says_so(site: Site) -> None:
    assert site.type() == "nothing is open\n"


def test_one_event_shows_every_number_its_threshold_its_life_and_what_to_do(site: Site) -> None:
    site.tell(ACID, Hazard.ACID, Severity.YELLOW)
    site.tell(ACID, Hazard.ACID, Severity.RED, Phase.UPDATED, late_s=7200.0)
    told = site.type("show", "acid")
    assert told.startswith(
        f"red: stop and protect   {ACID}\nAcid drainage, red, 2 h late: pH 1.6 below its lowest days\n"
    )
    assert f"{'pH below its lowest days':<44}{'1.6':>14}{'0.3':>14}\n" in told
    assert f"{'rain in 48 h':<44}{'0 mm':>14}\n" in told
    assert "\n\nIt looks so.\n\nNUMBER" in told, "the numbers stand in the table"
    for line in (
        "confidence  83 %",
        "known       2026-07-25 17:37 UTC",
        "late by     2 h",
        "do first    Take",
    ):
        assert f"\n{line}" in told
    assert "  yellow  raised, Acid drainage, yellow" in told
    assert "  red     updated, Acid drainage, red" in told
    assert told.endswith(f"skyground events ack {ACID} --by NAME\n")
    answer = site.ask("show", ACID)
    assert answer["found"]["figures"][0] == {
        "what": "pH below its lowest days",
        "value": 1.6,
        "unit": "",
        "threshold": 0.3,
    }
    assert [each["phase"] for each in answer["tellings"]] == ["raised", "updated"]


def test_an_unclear_name_is_not_guessed(site: Site) -> None:
    site.tell(ACID, Hazard.ACID, Severity.YELLOW)
    site.tell(PROBE, Hazard.SENSOR, Severity.BLUE)
    assert site.type("show", "2026", code=1).startswith("error: 2 events are meant\n")
    assert "no event 'slide'" in site.type("show", "slide", code=1)


def test_acknowledged_with_gloves_on_then_closed_with_a_reason(site: Site, tmp_path: Path) -> None:
    site.tell(ACID, Hazard.ACID, Severity.RED)
    handlers = Alarms(site.store.clock, site.store.journal).handlers()
    with served(tmp_path, handlers, site.store.step):
        told = site.type("ack")
        assert told.startswith("acknowledged by rossi: Acid drainage, red")
        assert "it stays open until it is over" in told
        assert "        acknowledged by rossi\n" in site.type()
        assert "nothing waits to be acknowledged" in site.type("ack", code=1)
        site.type("ack", "acid", "on my way", "--by", "L. Chen")
        assert "acknowledged by L. Chen: on my way" in site.type()
        assert site.type("close", ACID, "dosed, 7.1 by hand", "--by", "L. Chen").startswith(
            "closed by L. Chen"
        )
    told = site.type()
    assert told.startswith("nothing is open\n\nover:\nred ")
    assert "Closed by L. Chen: dosed, 7.1 by hand" in told
    shown = site.type("show", ACID)
    assert "acknowledged by L. Chen: on my way; closed by L. Chen" in shown
    assert "cleared by L. Chen: dosed, 7.1 by hand" in shown
    assert "events ack" not in shown


def test_every_command_on_the_page_does_what_it_says(site: Site, tmp_path: Path) -> None:
    """Typed as it stands there, one after the other."""
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    site.tell("acid_drainage-20261122T1815Z", Hazard.ACID, Severity.RED)
    handlers = Alarms(site.store.clock, site.store.journal).handlers()
    said = {}
    with served(tmp_path, handlers, site.store.step):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            assert words[:2] == ["skyground", "events"]
            said[line] = site.type(*words[2:])
            if words[2:3] == ["ack"] and PROBE not in site.type():
                site.tell(PROBE, Hazard.SENSOR, Severity.BLUE)
    assert len(said) >= 7
    assert all(said.values())
    (life,) = site.ask("--last", "5")["over"]
    assert life["closed_by"] == "M. Weber"


def test_without_a_station_nothing_is_acknowledged_and_that_is_said(site: Site) -> None:
    site.tell(ACID, Hazard.ACID, Severity.RED)
    told = site.type("ack", code=69)
    assert told == (
        "error: no station runs that could put it on record\nhelp: start it: systemctl start skyground\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (["--since", "yesterday"], 2, "'yesterday' is not a time"),
        (["--last", "-1"], 2, "--last is -1"),
        (["--state-dir", "/nowhere"], 69, "cannot be read"),
    ],
)
def test_what_cannot_be_asked_is_said(site: Site, words: list[str], code: int, what: str) -> None:
    assert what in site.type(*words, code=code)


def test_information_is_listed_only_when_asked_for(site: Site) -> None:
    at = site.store.clock.now()
    told = event(
        Alarm(ACID, 0.0, Finding(0.0, Hazard.ACID, "", Phase.RAISED, Severity.INFO, 1.0, {}, "", "")), at
    )
    site.store.journal.append([told._replace(kind="maintenance", id="m")])
    site.store.step()
    assert site.type() == "nothing is open\n"
    assert "info " in site.type("--all")
