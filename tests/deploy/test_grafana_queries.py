"""Every query of the dashboards answers from a real InfluxDB that the agent's own sink has filled."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from agent.config.schema import InfluxSink as InfluxConfig
from agent.model import (
    Calibration,
    Channel,
    Completeness,
    Event,
    Flag,
    Health,
    Instant,
    Observation,
    Record,
    Severity,
    StationId,
    Tally,
    Trust,
    Why,
)
from agent.publish.influx.sink import InfluxSink
from tests.deploy.test_grafana_json import LOADED
from tests.sinks.world import entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.influxdb import Influxdb

MINUTES = 120
MARKS: list[Any] = LOADED["site"]["annotations"]["list"]
FAULT_COLOUR = "rgba(140, 120, 170, 0.8)"
CHANNELS = {
    "ph-3": {"ph": 6.5, "temperature": 11.0},
    "turb-4": {"turbidity": 12.0},
    "soil-1": {"soil_moisture": 0.3, "conductivity": 800.0},
    "level-1": {"water_level": 2.5},
    "piezo-5": {"pore_pressure": 180.0},
    "baro-6": {"barometric_pressure": 98.0},
    "battery": {"supply_voltage": 13.1},
}
# Of every four readings of an instrument one is suspect, and one did not happen.
SUSPECT, MISSING = 1, 3


class Store(NamedTuple):
    """A filled database and the span of its readings."""

    server: Influxdb
    database: str
    first_ms: int
    last_ms: int

    def ask(self, query: str, station: str = "st-01|st-02") -> list[dict[str, Any]]:
        """Expand as browser and Grafana do, and run; from midnight on, where days are filed."""
        midnight_ms = self.first_ms // 86_400_000 * 86_400_000
        expanded = (
            query.replace("${site:regex}", "north-dump")
            .replace("${station:regex}", f"({station})")
            .replace("$timeFilter", f"time >= {midnight_ms}ms and time <= {self.last_ms}ms")
            .replace("$__interval", "4m")
        )
        assert re.search(r"\$[\w{]", expanded) is None, f"not expanded: {expanded}"
        return self.server.query(expanded, self.database)


def reading(sensor: str, quantity: str, value: float, at: Instant, minute: int) -> Observation:
    """One minute of one channel: good, suspect at a tenfold value, good, missing, and again."""
    flag = {SUSPECT: Flag.SUSPECT, MISSING: Flag.MISSING}.get(minute % 4, Flag.GOOD)
    shown = {SUSPECT: value * 10, MISSING: None}.get(minute % 4, value)
    raw = None if shown is None else shown / 100
    why = {SUSPECT: Why.SITE_RANGE, MISSING: Why.NO_ANSWER}.get(minute % 4, Why.NONE)
    return Observation(
        Channel(sensor, quantity, "", ""), at, raw, shown, flag, why, Calibration("none", "{}")
    )


def instant(wall_ms: int) -> Instant:
    """That wall time."""
    return Instant(wall_ms * 1_000_000, 0, Trust.NTP)


def records(first_ms: int) -> Iterator[Record]:
    """Two hours of every channel, heartbeats, one event that is over and one that is not."""
    for minute in range(MINUTES):
        at = instant(first_ms + minute * 60_000)
        for sensor, quantities in CHANNELS.items():
            for quantity, value in quantities.items():
                yield reading(sensor, quantity, value, at, minute)
        yield Health(at, {"uptime_s": minute * 60.0})
    whole_day = {
        f"{sensor}/{quantity}": Tally(1440, 1080, 720, {"no_power": 360})
        for sensor, quantities in CHANNELS.items()
        for quantity in quantities
    }
    day = datetime.fromtimestamp(first_ms / 1000, UTC).date().isoformat()
    yield Completeness(instant(first_ms), day, whole_day)
    early, late = instant(first_ms + 600_000), instant(first_ms + 1_200_000)
    yield Event(
        "e1", "sensor_fault", "turb-4", "raised", Severity.YELLOW, early, "turb-4 is silent", "no answer"
    )
    yield Event("e1", "sensor_fault", "turb-4", "cleared", Severity.INFO, late, "turb-4 is back", "20 min")
    yield Event("e3", "sensor_fault", "ph-3", "raised", Severity.YELLOW, late, "ph-3 is silent", "no answer")
    yield Event(
        "e2", "bus_down", "rs485-0", "raised", Severity.ORANGE, late, "rs485-0 is down", "adapter unplugged"
    )
    yield from alarms(first_ms)


def alarms(first_ms: int) -> Iterator[Event]:
    """Water that turned acid and is well again; ground that moved, was an advisory first and is open."""
    told = [
        ("acid_drainage", "raised", Severity.YELLOW),
        ("acid_drainage", "updated", Severity.RED),
        ("acid_drainage", "acknowledged", Severity.RED),
        ("acid_drainage", "cleared", Severity.RED),
        ("subsidence", "raised", Severity.BLUE),
        ("subsidence", "updated", Severity.ORANGE),
        ("subsidence", "acknowledged", Severity.ORANGE),
    ]
    for n, (kind, phase, level) in enumerate(told):
        at = instant(first_ms + (n + 2) * 600_000)
        title = f"{kind}, {level.name.lower()}"
        by = {"by": "M. Weber"} if phase == "acknowledged" else {}
        yield Event(kind, kind, "station", phase, level, at, title, "why", {"confidence": 0.8, **by})


@pytest.fixture(scope="module")
def store(influxdb: Influxdb) -> Store:
    """Both stations of the site, written by the sink."""
    database = influxdb.new_database()
    first_ms = (int(time.time()) // 3600 - 3) * 3_600_000
    config = InfluxConfig(id="archive", kind="influxdb", url=influxdb.url, api="v1", bucket=database)
    for name in ("st-01", "st-02"):
        sink = InfluxSink(config, None, StationId("north-dump", name, "j1"))
        sink.send(entries(records(first_ms)))
        sink.close()
    return Store(influxdb, database, first_ms, first_ms + MINUTES * 60_000 - 1)


def targets() -> list[Any]:
    """Every query of every panel."""
    return [
        pytest.param(panel, target, id=f"{name}-{panel['id']}{target['refId']}")
        for name, dashboard in LOADED.items()
        for panel in dashboard["panels"]
        for target in panel["targets"]
    ]


def query_of(title: str, ref: str = "A") -> str:
    """The query of the Site panel whose title begins with `title`."""
    (panel,) = [panel for panel in LOADED["site"]["panels"] if panel["title"].startswith(f"{title} ·")]
    (query,) = [target["query"] for target in panel["targets"] if target["refId"] == ref]
    return str(query)


@pytest.mark.parametrize(("panel", "target"), targets())
def test_every_panel_query_returns_rows_with_the_tags_that_name_them(
    store: Store, panel: Any, target: Any
) -> None:
    rows = store.ask(target["query"])
    assert rows
    named = {tag.removeprefix("$tag_") for tag in target.get("alias", "").split() if tag.startswith("$tag_")}
    assert ({"time"} | named) <= set(rows[0]), panel["title"]


@pytest.mark.parametrize("variable", ["site", "station"])
def test_every_drop_down_is_filled(store: Store, variable: str) -> None:
    (item,) = [item for item in LOADED["site"]["templating"]["list"] if item["name"] == variable]
    expected = {"site": {"north-dump"}, "station": {"st-01", "st-02"}}[variable]
    assert {row["value"] for row in store.ask(item["query"])} == expected


@pytest.mark.parametrize("mark", MARKS, ids=[str(mark["name"]) for mark in MARKS])
def test_marks_carry_title_text_and_tags(store: Store, mark: Any) -> None:
    rows = store.ask(mark["query"], station="st-01")
    wanted = {mark["titleColumn"], mark["textColumn"], *mark["tagsColumn"].split(",")}
    assert wanted < set(rows[0])


def test_each_event_is_marked_once_an_alarm_in_the_colour_of_its_level(store: Store) -> None:
    marked = {
        mark["iconColor"]: [(row["kind"], row["phase"]) for row in store.ask(mark["query"], station="st-01")]
        for mark in MARKS
    }
    assert len(marked) == len(MARKS), "a colour means one thing"
    assert marked["red"] == [("acid_drainage", "updated")]
    assert marked["orange"] == [("subsidence", "updated")]
    assert marked["yellow"] == [("acid_drainage", "raised")]
    assert marked["blue"] == [("subsidence", "raised")]
    assert marked["green"] == [("acid_drainage", "cleared")]
    assert sum(map(len, marked.values())) == 9, "an answer of a person is no other event"
    assert {kind for kind, _ in marked[FAULT_COLOUR]} == {"sensor_fault"}


def test_the_level_of_each_hazard_holds_until_it_is_over(store: Store) -> None:
    rows = store.ask(query_of("Alarms"), "st-01")
    assert [row["level"] for row in rows if row["kind"] == "acid_drainage"] == [2, 4, 4, 0]
    assert [row["level"] for row in rows if row["kind"] == "subsidence"] == [1, 3, 3]


def test_lines_are_made_of_good_values_and_dots_of_the_others(store: Store) -> None:
    good = [row["mean"] for row in store.ask(query_of("pH"), "st-01") if row["mean"] is not None]
    dots = [row["mean"] for row in store.ask(query_of("pH", "B"), "st-01")]
    assert good == pytest.approx([6.5] * (MINUTES // 4))
    assert dots == pytest.approx([65.0] * (MINUTES // 4))


def test_piezometer_and_barometer_share_a_panel(store: Store) -> None:
    rows = store.ask(query_of("Pore pressure and barometer"), "st-01")
    assert {row["quantity"] for row in rows} == {"pore_pressure", "barometric_pressure"}


def test_completeness_counts_what_brought_a_value(store: Store) -> None:
    """Three of four readings have one: good, suspect, good, missing."""
    rows = store.ask(query_of("Completeness"), "st-01")
    assert {row["sensor"] for row in rows} == set(CHANNELS)
    assert {row["count_count"] for row in rows} == {0.75}


def test_a_day_is_complete_by_the_station_s_own_account(store: Store) -> None:
    """Filed under its midnight; a quarter of it had no power, so that no reading tells of it."""
    rows = store.ask(query_of("Completeness by day"), "st-01")
    assert {row["sensor"] for row in rows} == set(CHANNELS)
    assert {row["sum_sum"] for row in rows} == {0.75}


def test_not_good_counts_the_suspect_and_the_missing(store: Store) -> None:
    rows = store.ask(query_of("Readings that are not good"), "st-01")
    assert {row["count"] for row in rows if row["sensor"] == "turb-4"} == {2}


def test_last_value_is_the_last_that_had_one(store: Store) -> None:
    """The newest record is a missing one; the age shown is that of the value before it."""
    rows = store.ask(query_of("Last value of each instrument"), "st-02")
    (row,) = [row for row in rows if row["quantity"] == "water_level"]
    assert row["value"] == 2.5
    assert row["flag"] == Flag.GOOD
    assert row["time"] == store.last_ms + 1 - 2 * 60_000
    assert {(row["sensor"], row["quantity"]) for row in rows} == {
        (sensor, quantity) for sensor, quantities in CHANNELS.items() for quantity in quantities
    }


def test_open_events_forget_what_is_over(store: Store) -> None:
    rows = store.ask(query_of("Open events"), "st-01")
    assert {row["by"] for row in rows if row["phase"] == "acknowledged"} == {"M. Weber"}
    assert sorted((row["kind"], row["subject"], row["severity"], row["title"]) for row in rows) == [
        ("bus_down", "rs485-0", Severity.ORANGE, "rs485-0 is down"),
        ("sensor_fault", "ph-3", Severity.YELLOW, "ph-3 is silent"),
        ("subsidence", "station", Severity.ORANGE, "subsidence, orange"),
    ]


def test_history_keeps_what_is_over(store: Store) -> None:
    rows = store.ask(query_of("Events in this time"), "st-01")
    assert sorted({row["phase"] for row in rows}) == ["acknowledged", "cleared", "raised", "updated"]
    assert len(rows) == 11
    assert {"severity", "title", "text", "station", "kind", "subject"} < set(rows[0])
