# ruff: noqa: INP001 - a script and its parts, run by path; not an importable package
"""The pieces of a classic Grafana dashboard, as plain dictionaries.

Only what the dashboards here use. Every panel needs a title, a description and a unit; every query is
InfluxQL, the one language that InfluxDB 1, 2 and 3 share.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Json = dict[str, Any]

# A variable, not `__inputs`: those are filled by the import dialog only, never by provisioning.
DATASOURCE = {"type": "influxdb", "uid": "${DS}"}

GREEN, YELLOW, RED, BLUE, ORANGE, GREY, MAUVE = (
    "green",
    "yellow",
    "red",
    "blue",
    "orange",
    "rgba(140, 140, 140, 0.7)",
    "rgba(140, 120, 170, 0.8)",
)
NO_DATA = "no data · 无数据"


class Says(NamedTuple):
    """What a panel is called, and what it means and asks for; both in both languages."""

    title: str
    about: str


def target(ref: str, query: str, alias: str = "") -> Json:
    """One query of a panel: a table, or with `alias` time series under that name."""
    body = {
        "refId": ref,
        "datasource": DATASOURCE,
        "rawQuery": True,
        "query": query,
        "resultFormat": "time_series" if alias else "table",
    }
    return {**body, "alias": alias} if alias else body


def override(pattern: str, **properties: Any) -> Json:
    """Other field options for the series or columns whose name matches a regular expression."""
    return {
        "matcher": {"id": "byRegexp", "options": f"/{pattern}/"},
        "properties": [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()],
    }


def values(words: dict[int, tuple[str, str]]) -> list[Json]:
    """Numbers shown as coloured words. What is absent is grey: never the colour of good."""
    options = {str(n): {"text": text, "color": color, "index": n} for n, (text, color) in words.items()}
    nothing = {"match": "null+nan", "result": {"text": NO_DATA, "color": GREY}}
    return [{"type": "value", "options": options}, {"type": "special", "options": nothing}]


def steps(*pairs: tuple[float | None, str]) -> Json:
    """Absolute thresholds: each colour holds from its value upwards."""
    return {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in pairs]}


def _panel(kind: str, says: Says, unit: str, targets: list[Json], **defaults: Any) -> Json:
    return {
        "type": kind,
        "title": says.title,
        "description": says.about,
        "datasource": DATASOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": {"unit": unit, "noValue": NO_DATA, **defaults}, "overrides": []},
        "transformations": [],
    }


# Suspect and failed points: there, but never mistaken for the measurement.
_MUTED = override(
    "^suspect ",
    color={"mode": "fixed", "fixedColor": GREY},
    custom__drawStyle="points",
    custom__pointSize=4,
    custom__hideFrom={"legend": True, "tooltip": False, "viz": False},
)


def timeseries(
    says: Says,
    unit: str,
    targets: list[Json],
    *,
    limits: Json | None = None,
    style: str = "line",
    interval: str = "1m",
    scale: Json | None = None,
) -> Json:
    """Lines over time; `scale` may hold min, max and decimals.

    A hole longer than an hour stays a hole: no line pretends to know what was there.
    """
    custom = {
        "drawStyle": style,
        "lineWidth": 1,
        "fillOpacity": 60 if style == "bars" else 0,
        "showPoints": "auto",
        "spanNulls": 3_600_000,
        "thresholdsStyle": {"mode": "dashed" if limits else "off"},
    }
    panel = _panel(
        "timeseries",
        says,
        unit,
        targets,
        custom=custom,
        thresholds=limits or steps((None, GREEN)),
        **(scale or {}),
    )
    panel["interval"] = interval
    panel["fieldConfig"]["overrides"] = [_MUTED]
    panel["options"] = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "none"},
    }
    return panel


def timeline(says: Says, targets: list[Json], mappings: list[Json]) -> Json:
    """Coloured stretches: each value holds until the next one."""
    custom = {"lineWidth": 0, "fillOpacity": 80, "spanNulls": True}
    panel = _panel("state-timeline", says, "none", targets, custom=custom, mappings=mappings)
    panel["options"] = {
        "mergeValues": True,
        "showValue": "auto",
        "alignValue": "left",
        "rowHeight": 0.8,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return panel


def table(says: Says, query: str, sort: str, *overrides: Json, newest_first: bool) -> Json:
    """Rows, sorted by one column."""
    panel = _panel("table", says, "none", [target("A", query)], custom={"align": "auto"})
    panel["fieldConfig"]["overrides"] = list(overrides)
    panel["options"] = {
        "showHeader": True,
        "cellHeight": "sm",
        "sortBy": [{"displayName": sort, "desc": newest_first}],
    }
    return panel


def datasource_variable(label: str) -> Json:
    """`DS`: which InfluxDB, chosen in the page."""
    return {
        "name": "DS",
        "label": label,
        "type": "datasource",
        "query": "influxdb",
        "regex": "",
        "current": {},
        "options": [],
        "refresh": 1,
        "multi": False,
        "includeAll": False,
        "hide": 0,
    }


def query_variable(name: str, label: str, query: str, *, several: bool) -> Json:
    """A drop-down filled by a query, and filled again whenever the time range changes."""
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": query,
        "definition": query,
        "regex": "",
        "current": {},
        "options": [],
        "refresh": 2,
        "sort": 1,
        "multi": several,
        "includeAll": several,
        "hide": 0,
    }


def annotation(name: str, query: str, color: str) -> Json:
    """Marks on every time axis. Old Grafana reads the query beside the name, newer ones in `target`."""
    columns = {"titleColumn": "title", "textColumn": "text", "tagsColumn": "kind,phase", "timeEndColumn": ""}
    return {
        "name": name,
        "datasource": DATASOURCE,
        "enable": True,
        "hide": False,
        "iconColor": color,
        "query": query,
        **columns,
        "target": {
            "refId": "Anno",
            "datasource": DATASOURCE,
            "fromAnnotations": True,
            "rawQuery": True,
            "query": query,
            **columns,
        },
    }


def grid(panels: list[Json], height: int = 8) -> list[Json]:
    """Two to a row, each with an id of its own."""
    return [
        {"id": n + 1, "gridPos": {"x": 12 * (n % 2), "y": height * (n // 2), "w": 12, "h": height}, **panel}
        for n, panel in enumerate(panels)
    ]


def dashboard(
    uid: str, says: Says, *, variables: list[Json], annotations: list[Json], panels: list[Json]
) -> Json:
    """A whole page: the last week, refreshed each minute, not editable: its source is in the project."""
    return {
        "id": None,
        "uid": uid,
        "title": says.title,
        "description": says.about,
        "tags": ["skyground"],
        "schemaVersion": 36,  # Grafana 10.1; newer ones migrate it upwards
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "browser",
        "time": {"from": "now-7d", "to": "now"},
        "refresh": "1m",
        "links": [],
        "templating": {"list": variables},
        "annotations": {"list": annotations},
        "panels": grid(panels),
    }
