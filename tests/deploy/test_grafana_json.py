"""The dashboards are what their source says, and keep the rules that make them importable and readable."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana"
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
LOADED = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in DASHBOARDS}
KNOWN_PANELS = {"timeseries", "table", "stat", "geomap", "state-timeline", "status-history", "text"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def panels() -> list[Any]:
    """Every panel of every dashboard, named for the test report."""
    return [
        pytest.param(panel, id=f"{name}-{panel['id']}")
        for name, dashboard in LOADED.items()
        for panel in dashboard["panels"]
    ]


def inside(node: Any, key: str) -> Iterator[Any]:
    """Every value of `key`, at any depth."""
    if isinstance(node, dict):
        if key in node:
            yield node[key]
        for child in node.values():
            yield from inside(child, key)
    elif isinstance(node, list):
        for child in node:
            yield from inside(child, key)


def in_both_languages(text: str) -> bool:
    """Whether a text has an English and a Chinese part; a name such as pH is English enough."""
    return CHINESE.search(text) is not None and re.search(r"[A-Za-z]{2}", text) is not None


def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nobody edits the JSON by hand, and nobody forgets to build."""
    command = [sys.executable, "-W", "error", str(FOLDER / "build.py"), str(tmp_path)]
    subprocess.run(command, check=True, timeout=60)
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert built == {path.name: path.read_bytes() for path in DASHBOARDS}
    assert built


@pytest.mark.parametrize("panel", panels())
def test_a_panel_says_what_it_is_what_to_do_and_in_which_unit(panel: Any) -> None:
    assert panel["type"] in KNOWN_PANELS
    assert in_both_languages(panel["title"])
    assert in_both_languages(panel["description"])
    assert len(panel["description"]) > 60
    assert panel["fieldConfig"]["defaults"]["unit"]


@pytest.mark.parametrize("panel", panels())
def test_no_data_is_said_and_never_green(panel: Any) -> None:
    assert panel["fieldConfig"]["defaults"]["noValue"].startswith("no data")
    for mappings in inside(panel, "mappings"):
        (nothing,) = [mapping for mapping in mappings if mapping["type"] == "special"]
        assert nothing["options"]["match"] == "null+nan"
        assert nothing["options"]["result"]["color"] == "rgba(140, 140, 140, 0.7)"


@pytest.mark.parametrize("panel", panels())
def test_a_panel_has_targets_with_names_of_their_own(panel: Any) -> None:
    references = [target["refId"] for target in panel["targets"]]
    assert references
    assert len(set(references)) == len(references)
    assert all(target["rawQuery"] is True and target["query"] for target in panel["targets"])


@pytest.mark.parametrize("name", LOADED)
def test_every_source_of_data_is_the_variable(name: str) -> None:
    """A uid of one installation would break every other one."""
    sources = list(inside(LOADED[name], "datasource"))
    assert sources
    assert all(source == {"type": "influxdb", "uid": "${DS}"} for source in sources)
    first = LOADED[name]["templating"]["list"][0]
    assert (first["name"], first["type"], first["query"]) == ("DS", "datasource", "influxdb")
    assert "__inputs" not in LOADED[name]


@pytest.mark.parametrize("name", LOADED)
def test_drop_downs_follow_the_time_range_and_find_silent_sites(name: str) -> None:
    """`SHOW TAG VALUES` of InfluxDB 3 looks back one day unless the query says otherwise."""
    asked = [item for item in LOADED[name]["templating"]["list"] if item["type"] == "query"]
    assert {item["name"] for item in asked} == {"site", "station"}
    assert all(item["refresh"] == 2 and "time > now() - 400d" in item["query"] for item in asked)


@pytest.mark.parametrize("name", LOADED)
def test_labels_and_marks_are_in_both_languages(name: str) -> None:
    dashboard = LOADED[name]
    labels = [item["label"] for item in dashboard["templating"]["list"]]
    marks = [item["name"] for item in dashboard["annotations"]["list"]]
    assert all(map(in_both_languages, [dashboard["title"], dashboard["description"], *labels, *marks]))


@pytest.mark.parametrize("name", LOADED)
def test_marks_ask_the_same_in_old_and_new_grafana(name: str) -> None:
    """Old ones read `query` of the annotation, new ones that of its target."""
    marks = LOADED[name]["annotations"]["list"]
    assert marks
    assert all(mark["query"] == mark["target"]["query"] for mark in marks)
    assert all(mark["target"]["fromAnnotations"] is True for mark in marks)


@pytest.mark.parametrize("name", LOADED)
def test_the_page_is_read_only_and_its_panels_do_not_overlap(name: str) -> None:
    dashboard = LOADED[name]
    assert dashboard["editable"] is False
    assert dashboard["id"] is None
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    cells = [cell for panel in dashboard["panels"] for cell in _cells(panel["gridPos"])]
    assert len(set(cells)) == len(cells)
    assert all(x < 24 for x, _ in cells)


def _cells(place: dict[str, int]) -> list[tuple[int, int]]:
    return [(place["x"] + dx, place["y"] + dy) for dx in range(place["w"]) for dy in range(place["h"])]


def test_dashboards_have_uids_of_their_own() -> None:
    uids = [dashboard["uid"] for dashboard in LOADED.values()]
    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch(r"skyground-[a-z-]{1,30}", uid) for uid in uids)


def test_provisioning_names_the_database_and_fixed_uid() -> None:
    text = (FOLDER / "provisioning" / "datasources" / "skyground.yaml").read_text(encoding="utf-8")
    live = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert {"uid: skyground-influx", "dbName: skyground", "httpMode: POST"} <= set(live)
    assert not any(line.startswith("database:") for line in live)  # deprecated in favour of jsonData.dbName
