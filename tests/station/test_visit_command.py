"""`skyground visit` and `skyground maintenance`, typed at a station that answers on its real socket."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from agent.cli.main import main
from agent.upkeep import Upkeep
from tests.journal.conftest import Store
from tests.station.rig import served
from tests.station.test_visits import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def station(folder: Path) -> Iterator[tuple[Site, Path]]:
    """A site whose journal is written while it is asked."""
    store = Store(folder / "journal.db").open()
    site = Site(store)
    handlers = {**site.visits.handlers(), **Upkeep(site.maintenance).handlers()}
    try:
        with served(folder, handlers, store.step) as config:
            yield site, config
    finally:
        store.writer.close()


class Terminal:
    """Types commands, reads what they print."""

    def __init__(self, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._config = config
        self._capsys = capsys

    def type(self, *words: str, code: int = 0) -> str:
        """Standard output, or standard error of what did not go well."""
        assert main([*words, "--config", str(self._config)]) == code
        said = self._capsys.readouterr()
        return said.err if code else said.out


@pytest.fixture
def at_site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Site, Terminal]]:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("LOGNAME", "rossi")
    with station(tmp_path) as (site, config):
        yield site, Terminal(config, capsys)


def test_a_service_visit_from_its_beginning_to_its_end(
    at_site: tuple[Site, Terminal], tmp_path: Path
) -> None:
    site, terminal = at_site
    picture = tmp_path / "seep.jpg"
    picture.write_bytes(b"orange water")
    site.probe(6.5)
    assert terminal.type("visit", "list") == "no visit is under way\n"
    told = terminal.type("visit", "start", "ph-3", "--for", "45min", "--note", "spring service")
    assert told.startswith("recorded: start of ph-3 by rossi, 2026-07-25T")
    assert "values of ph-3 are kept and marked, no alert, for 45 min at most" in told
    assert terminal.type("visit", "list") == "visit of rossi: ph-3; ends in 45 min at the latest\n"
    told = terminal.type("visit", "reading", "ph-3/ph", "6.80", "--with", "WTW 3310 SN 123")
    assert told.split("\n")[1:-1] == [
        "by hand 6.8", "probe   6.5, good, 0 s ago", "manual - probe = +0.3 (allowed: 0.2)",
        "MORE THAN IS ALLOWED: clean the probe, compare again, then calibrate it",
    ]  # fmt: skip
    terminal.type("visit", "note", "the wiper was stuck", "--about", "ph-3")
    terminal.type("visit", "sample", "B-17", "--note", "for iron and sulfate")
    told = terminal.type(
        "visit", "photo", str(picture), "--bearing", "270", "--point", "P3", "--by", "L. Chen"
    )
    assert hashlib.sha256(b"orange water").hexdigest() in told
    assert "ph-3/ph has drifted: calibrate it" in terminal.type("visit", "list")
    assert "it measures the site again" in terminal.type("visit", "end")
    kinds = ["start", "reading", "note", "sample", "photo", "end"]
    assert [record.kind for record in site.records()] == kinds
    assert {record.visit for record in site.records()} == {site.records()[0].id}
    assert site.records()[4].by == "L. Chen"


def test_a_visit_record_for_programs(at_site: tuple[Site, Terminal]) -> None:
    _, terminal = at_site
    told: dict[str, Any] = json.loads(terminal.type("visit", "note", "otter tracks", "--json"))
    assert (told["kind"], told["text"], told["by"], told["subject"]) == (
        "note",
        "otter tracks",
        "rossi",
        "station",
    )


def test_what_is_refused_says_what_to_do(at_site: tuple[Site, Terminal]) -> None:
    _, terminal = at_site
    told = terminal.type("visit", "reading", "ph-9/ph", "7", code=1)
    assert (
        told == "error: there is no channel 'ph-9/ph'\nhelp: it is one of: ph-3/ph, piezo-5/pore_pressure\n"
    )


def test_a_picture_that_is_not_there(at_site: tuple[Site, Terminal]) -> None:
    site, terminal = at_site
    assert "none.jpg cannot be read: No such file" in terminal.type("visit", "photo", "none.jpg", code=66)
    assert site.records() == []


def test_maintenance_begins_ends_and_is_listed(at_site: tuple[Site, Terminal]) -> None:
    site, terminal = at_site
    told = terminal.type("maintenance", "begin", "ph-3", "--for", "45min", "--note", "cleaning")
    assert told == "maintenance of ph-3: ends in 45 min (cleaning)\n"
    assert site.in_force() == ["ph-3"]
    (shown,) = json.loads(terminal.type("maintenance", "list", "--json"))
    assert (shown["subject"], shown["note"], shown["left_s"]) == ("ph-3", "cleaning", 2700)
    assert terminal.type("maintenance", "end", "ph-3") == "no maintenance is in force\n"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("begin", "ph-9"), "there is no sensor 'ph-9'"),
        (("begin", "ph-3", "--for", "5s"), "maintenance for 5.0 s is not possible"),
        (("begin", "ph-3", "--for", "2d"), "maintenance for 172800.0 s is not possible"),
        (("begin", "ph-3", "--note", "two\nlines"), "note cannot be kept: it holds"),
        (("begin", "ph-3", "--note", "x" * 201), "note cannot be kept: it has 201 characters"),
        (("end", "ph-3"), "no maintenance of 'ph-3' is in force"),
    ],
)
def test_maintenance_that_makes_no_sense_is_refused(
    at_site: tuple[Site, Terminal], words: tuple[str, ...], what: str
) -> None:
    site, terminal = at_site
    told = terminal.type("maintenance", *words, code=1)
    assert f"error: {what}" in told
    assert "help: " in told
    assert site.in_force() == []


@pytest.mark.parametrize("command", [("visit", "list"), ("visit", "end"), ("maintenance", "list")])
def test_nobody_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    config = tmp_path / "skyground.toml"
    config.write_text(f'[station]\nsite = "north"\nid = "s"\nstate_dir = "{tmp_path}"\n')
    told = Terminal(config, capsys).type(*command, code=69)
    assert told.startswith("error: no station runs")
