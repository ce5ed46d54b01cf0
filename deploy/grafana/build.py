# ruff: noqa: INP001, S608 - a script run by path; its queries are constants that Grafana sends, nobody's input
"""Write the Grafana dashboards: `python3 deploy/grafana/build.py [folder]`. Standard library only.

The JSON in `dashboards/` is generated: change this or `texts.toml`, run it, commit all.
A test holds them equal.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from blocks import (
    BLUE,
    GREEN,
    GREY,
    MAUVE,
    NO_DATA,
    ORANGE,
    RED,
    YELLOW,
    Json,
    Says,
    annotation,
    dashboard,
    datasource_variable,
    override,
    query_variable,
    steps,
    table,
    target,
    timeline,
    timeseries,
    values,
)

FOLDER = Path(__file__).parent
TEXTS: dict[str, Any] = tomllib.loads((FOLDER / "texts.toml").read_text(encoding="utf-8"))

HERE = '"site" =~ /^${site:regex}$/ AND "station" =~ /^${station:regex}$/'
# InfluxDB 3 looks back one day for SHOW TAG VALUES unless told otherwise: a silent site would leave the list.
EVER = "time > now() - 400d"
HOURLY = 'AND $timeFilter GROUP BY time($__interval), "station", "sensor" fill(none)'

AGE_COLUMN = "Age · 距今"
AGE = override("^Time$", unit="dateTimeFromNow", displayName=AGE_COLUMN)
COLOURED = {"type": "color-text"}
FLAG = override(
    "^flag$",
    custom__cellOptions=COLOURED,
    mappings=values(
        {
            1: ("good · 正常", GREEN),
            2: ("not evaluated · 未检验", GREEN),
            3: ("suspect · 可疑", YELLOW),
            4: ("fail · 不合格", RED),
            9: (NO_DATA, GREY),
        }
    ),
)
# The Chinese four-level warning convention; red is the highest.
LEVELS = {
    1: ("blue · 蓝色", BLUE),
    2: ("yellow · 黄色", YELLOW),
    3: ("orange · 橙色", ORANGE),
    4: ("red · 红色", RED),
}
SEVERITY = override(
    "^severity$",
    custom__cellOptions=COLOURED,
    mappings=values({0: ("information · 信息", GREEN), **LEVELS}),
)
# What the detectors find in water and ground; a sick probe is no hazard.
HAZARD = '"kind" =~ /^(acid_drainage|subsidence)$/'
FAULT = "\"kind\" = 'sensor_fault'"
NEITHER = '"kind" !~ /^(acid_drainage|subsidence|sensor_fault)$/'


def title(key: str) -> str:
    """A title in both languages, on one line."""
    words = TEXTS[key]["title"]
    return f"{words['en']} · {words['zh']}"


def says(key: str, *more: str) -> Says:
    """Title and description of a panel; the texts `more` follow its own."""
    return Says(
        title(key),
        "\n\n".join(" ".join(TEXTS[part]["about"][lang] for part in (key, *more)) for lang in ("en", "zh")),
    )


def trend(quantities: str) -> list[Json]:
    """The two queries of a quantity, or of several by `a|b`: good values as lines, doubtful ones apart."""
    source = f'FROM "reading" WHERE "quantity" =~ /^({quantities})$/ AND {HERE}'
    group = 'AND $timeFilter GROUP BY time($__interval), "station", "sensor", "quantity"'
    name = "$tag_station $tag_sensor" + (" $tag_quantity" if "|" in quantities else "")
    return [
        target("A", f'SELECT mean("value") {source} AND "qc" <= 2 {group} fill(null)', name),
        target("B", f'SELECT mean("value") {source} AND "qc" > 2 {group} fill(none)', f"suspect {name}"),
    ]


def plot(
    quantity: str, unit: str, limits: Json | None = None, also: str = "", scale: Json | None = None
) -> Json:
    """One quantity over time, with `also` a second one for comparison."""
    quantities = f"{quantity}|{also}" if also else quantity
    return timeseries(says(quantity, "lines"), unit, trend(quantities), limits=limits, scale=scale)


def open_events() -> Json:
    """What needs a person now."""
    latest = (
        'SELECT last("active") AS "active", "severity", "phase", "by", "title", "text" '
        f'FROM "event" WHERE {HERE} AND {EVER} GROUP BY "station", "kind", "subject"'
    )
    query = (
        f'SELECT "severity", "phase", "by", "title", "text" FROM ({latest}) WHERE "active" = 1 '
        'GROUP BY "station", "kind", "subject"'
    )
    return table(says("open_events"), query, "severity", AGE, SEVERITY, newest_first=True)


def last_values() -> Json:
    """How old the newest value of each channel is."""
    query = (
        f'SELECT last("value") AS "value", "qc" AS "flag" FROM "reading" WHERE {HERE} AND {EVER} '
        'GROUP BY "station", "sensor", "quantity"'
    )
    return table(says("last_values"), query, AGE_COLUMN, AGE, FLAG, newest_first=False)


def completeness() -> Json:
    """Readings with a value among all readings, which include the failed ones."""
    query = f'SELECT count("value") / count("qc") FROM "reading" WHERE {HERE} {HOURLY}'
    targets = [target("A", query, "$tag_station $tag_sensor")]
    return timeseries(
        says("completeness"),
        "percentunit",
        targets,
        style="points",
        interval="1h",
        scale={"min": 0, "max": 1},
    )


def completeness_by_day() -> Json:
    """What the station's own account says, in which times without any reading count too."""
    query = f'SELECT sum("n_all") / sum("n_expected") FROM "reading_1d" WHERE {HERE} {HOURLY}'
    targets = [target("A", query, "$tag_station $tag_sensor")]
    return timeseries(
        says("completeness_by_day"),
        "percentunit",
        targets,
        style="points",
        interval="1d",
        scale={"min": 0, "max": 1},
    )


def not_good() -> Json:
    """Readings an hour that nobody should build on."""
    query = f'SELECT count("qc") FROM "reading" WHERE "qc" > 2 AND {HERE} {HOURLY}'
    targets = [target("A", query, "$tag_station $tag_sensor")]
    return timeseries(says("not_good"), "short", targets, style="bars", interval="1h", scale={"min": 0})


def history() -> Json:
    """What happened in the chosen time."""
    query = (
        'SELECT "phase", "severity", "by", "title", "text" '
        f'FROM "event" WHERE {HERE} AND $timeFilter GROUP BY "station", "kind", "subject"'
    )
    return table(says("history"), query, "Time", SEVERITY, newest_first=True)


def alarms() -> Json:
    """Which level of each hazard stood when."""
    query = (
        'SELECT "severity" * "active" AS "level" '
        f'FROM "event" WHERE {HAZARD} AND {HERE} AND $timeFilter GROUP BY "station", "kind"'
    )
    targets = [target("A", query, "$tag_station $tag_kind")]
    return timeline(says("alarms"), targets, values({0: ("over · 已解除", GREEN), **LEVELS}))


def marks() -> list[Json]:
    """Events on every time axis: alarms by level, so that each has its colour, then the others.

    What a person answered is no other event; the tables show it.
    """
    columns, told = 'SELECT "title", "text", "kind", "phase" FROM "event"', "\"phase\" != 'acknowledged'"
    kinds = [
        *(
            (f"marks_{n}", f'{HAZARD} AND "severity" = {n} AND "active" = 1', LEVELS[n][1])
            for n in (4, 3, 2, 1)
        ),
        ("marks_over", f'{HAZARD} AND "active" = 0', GREEN),
        ("marks_fault", FAULT, MAUVE),
        ("events", NEITHER, GREY),
    ]
    return [
        annotation(title(key), f"{columns} WHERE {which} AND {told} AND {HERE} AND $timeFilter", colour)
        for key, which, colour in kinds
    ]


def site() -> Json:
    """The page of one restored mine: what is open and fresh, the water, the ground, the station."""
    sites = f'SHOW TAG VALUES FROM "reading" WITH KEY = "site" WHERE {EVER}'
    stations = (
        f'SHOW TAG VALUES FROM "reading" WITH KEY = "station" WHERE "site" =~ /^${{site:regex}}$/ AND {EVER}'
    )
    return dashboard(
        "skyground-site",
        says("site"),
        variables=[
            datasource_variable(title("data_source")),
            query_variable("site", title("site"), sites, several=False),
            query_variable("station", title("station"), stations, several=True),
        ],
        annotations=marks(),
        panels=[
            open_events(),
            last_values(),
            alarms(),
            plot("ph", "none", steps((None, RED), (6, GREEN), (9, RED)), scale={"decimals": 2}),
            plot("turbidity", "suffix: FNU/NTU"),
            plot("conductivity", "suffix: µS/cm"),
            plot("water_level", "suffix: m", scale={"decimals": 3}),
            plot("pore_pressure", "pressurekpa", also="barometric_pressure"),
            plot("soil_moisture", "percentunit", scale={"min": 0}),
            plot("temperature", "celsius"),
            plot("supply_voltage", "volt", steps((None, RED), (12, GREEN))),
            completeness(),
            completeness_by_day(),
            not_good(),
            history(),
        ],
    )


def main(folder: Path) -> None:
    """Write every dashboard into `folder`."""
    text = json.dumps(site(), ensure_ascii=False, indent=2)
    (folder / "site.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER / "dashboards")
