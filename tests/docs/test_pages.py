"""The pages tell the truth: their commands, links, instruments and locks are what is really there."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent import __version__
from agent.cli.main import COMMANDS, _parser
from agent.config.load import load
from agent.config.schema import Journal, MqttSink, SinkBase
from agent.config.schema_notify import SmtpNotifier, WebhookNotifier
from agent.config.schema_watch import GroundAlarm, SensorAlarm, Watch
from drivers.registry import MODELS

if TYPE_CHECKING:
    from pydantic import BaseModel

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_readme_opens_with_the_two_commands_and_they_can_be_run() -> None:
    first, second, *_ = FENCED.findall(README)
    assert (first[1], second[1]) == ("scripts/demo\n", "scripts/test\n")
    for script in ("scripts/demo", "scripts/test", ".ci/run"):
        assert (ROOT / script).stat().st_mode & 0o111
        subprocess.run(["bash", "-n", str(ROOT / script)], check=True)


def test_ci_runs_the_test_command() -> None:
    assert "exec scripts/test" in (ROOT / ".ci/run").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    missing = [
        link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"`(?:\S*/)?skyground ([a-z]+)", page.read_text(encoding="utf-8")))
    assert named <= set(COMMANDS), f"{page}: {named - set(COMMANDS)}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_line_of_a_page_is_understood(page: Path) -> None:
    """Those to be typed, and those in a sentence that have arguments."""
    text = page.read_text(encoding="utf-8")
    typed = [line for kind, block in FENCED.findall(text) if kind in {"sh", ""} for line in block.split("\n")]
    lines = [re.split(r" # | && |\|", line)[0] for line in typed] + re.findall(r"`([^`\n]+)`", text)
    for line in lines:
        if found := re.match(r"(?:sudo (?:-u \w+ )?)?(?:/\S*/)?skyground ([a-z]+ .+)", line):
            words = shlex.split(found[1])
            assert _parser(words[0]).parse_args(words), line


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_script_that_a_page_names_can_be_run(page: Path) -> None:
    for script in set(re.findall(r"(?<![\w/])scripts/[a-z]+\b(?!\.)", page.read_text(encoding="utf-8"))):
        assert (ROOT / script).stat().st_mode & 0o111, script


@pytest.mark.parametrize(
    ("table", "section"),
    [
        (SmtpNotifier, "Who is told"),
        (WebhookNotifier, "Who is told"),
        (Watch, "Detectors"),
        (GroundAlarm, "Detectors"),
        (SensorAlarm, "Detectors"),
    ],
)
def test_what_there_is_to_decide_about_alarms_is_in_its_section_about_configuration(
    table: type[BaseModel], section: str
) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    here = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    asked = set(table.model_fields) - {"id"}
    assert sorted(key for key in asked if not re.search(rf"[`.\[]{key}[`\]\s]", here)) == []


@pytest.mark.parametrize("table", [SinkBase, MqttSink, Journal])
def test_what_there_is_to_decide_about_keeping_and_sending_is_on_the_page_about_configuration(
    table: type[BaseModel],
) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    keys = set(table.model_fields) if table is not MqttSink else {"deflate", "latest_s", "listen"}
    assert [key for key in keys - {"id", "batch_rows"} if f"{key}`" not in page] == []


def test_the_readme_names_every_command_and_every_instrument() -> None:
    assert [command for command in COMMANDS if f"`skyground {command}`" not in README] == []
    unnamed = [model for model in MODELS if f"| `{model}` |" not in README]
    rows = [f"| `{model}` | MEASURES | WIRE | TRUSTED |" for model in unnamed]
    assert not rows, "in the table of instruments of README.md put:\n" + "\n".join(rows)


def test_every_decision_is_in_the_list_of_decisions() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("0*.md")}


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.lock")), ids=name)
def test_every_locked_package_has_a_hash_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    packages = re.split(r"\n(?=\S)", text.strip())
    assert len(packages) > 3
    assert [package for package in packages if "--hash=sha256:" not in package] == []


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    wanted = [re.split(r"[<>=]", dependency)[0] for dependency in project["dependencies"]]
    assert [package for package in wanted if f"\n{package}==" not in f"\n{locked}"] == []


def test_the_changelog_knows_this_version_or_says_unreleased() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {__version__}" in changelog or "## Unreleased" in changelog


def test_the_rain_gauge_of_the_docs_passes_the_check(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "rain.md").read_text(encoding="utf-8")
    ((_, table),) = (block for block in FENCED.findall(text) if block[0] == "toml")
    head = (
        '[station]\nsite = "s"\nid = "t"\n[[bus]]\nid = "rs485-0"\nkind = "serial"\nport = "/dev/ttyUSB0"\n'
    )
    (tmp_path / "rain.toml").write_text(head + table, encoding="utf-8")
    (sensor,) = load(tmp_path / "rain.toml").sensor
    assert sensor.id == "rain-1"
