"""Events that a run left open and that the next one does not know how to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent import leftovers
from agent.config.schema import Config
from agent.model import Event, Instant, Severity, Trust

if TYPE_CHECKING:
    from collections.abc import Mapping

BEFORE, NOW = Instant(1, 1, Trust.NTP), Instant(9, 9, Trust.NTP)
CONFIG = Config.model_validate(
    {
        "station": {"site": "mine", "id": "st-1"},
        "bus": [{"id": "host", "kind": "host"}],
        "sensor": [{"id": "pi", "bus": "host", "model": "host"}],
        "publish": [{"id": "office", "kind": "mqtt", "host": "localhost"}],
        "notify": [
            {"id": "duty", "kind": "webhook", "url": "https://localhost"},
            {"id": "mail", "kind": "smtp", "host": "x", "sender": "s@example.org", "to": ["a@example.org"]},
        ],
    }
)
WATCHED = {"ph-3/ph"}


def event(kind: str, subject: str = "station", data: Mapping[str, str] | None = None) -> Event:
    return Event(
        f"{subject}/{kind}/1", kind, subject, "raised", Severity.YELLOW, BEFORE, "t", "x", data or {}
    )


def found(kind: str, subject: str = "station") -> Event:
    """What the detectors tell."""
    at = "2026-11-22T18:15:00Z"
    data = {"mechanism": "drift", "confidence": "1", "advice": "go", "seen_utc": at, "known_utc": at}
    return event(kind, subject, data)._replace(id=f"{kind}-20261122T1815Z")


@pytest.mark.parametrize(
    "adopted",
    [
        event("sensor_fault", "pi"),
        event("bus_fault", "host"),
        event("sensor_drift", "pi"),
        event("maintenance", "pi"),
        event("evicted"),
        event("receipt_gap", data={"sink": "office"}),
        event("sink_refused", data={"sink": "office"}),
        event("notify_refused", "duty", {"notifier": "duty", "about": "way"}),
        event("notify_unheard", "mail", {"notifier": "mail", "about": "a@example.org"}),
        found("acid_drainage"),
        found("sensor_fault", "ph-3/ph"),
    ],
)
def test_what_somebody_goes_on_with_is_left_open(adopted: Event) -> None:
    assert leftovers.ended([adopted], CONFIG, WATCHED, NOW) == []


@pytest.mark.parametrize(
    ("orphan", "why"),
    [
        (event("sensor_fault", "ph-3"), "no longer configured"),
        (event("bus_fault", "rs485"), "no longer configured"),
        (event("receipt_gap", data={"sink": "gone"}), "started again"),
        (event("notify_refused", data={"notifier": "gone", "about": "way"}), "started again"),
        (event("notify_refused", data={"notifier": "mail", "about": "b@example.org"}), "started again"),
        (event("disk_low"), "started again"),
        (found("sensor_fault", "ph-9/ph"), "no longer configured"),
        (event("of_an_older_agent"), "started again"),
    ],
)
def test_what_nobody_goes_on_with_ends_now_and_says_why(orphan: Event, why: str) -> None:
    (end,) = leftovers.ended([orphan], CONFIG, WATCHED, NOW)
    assert (end.id, end.phase, end.at) == (orphan.id, "cleared", NOW)
    assert why in end.text
    assert end.title == "over: t", "who reads the end alone must not think that it begins"


def test_what_the_detectors_found_ends_where_nothing_is_watched_any_more() -> None:
    (end,) = leftovers.ended([found("subsidence")], CONFIG, set(), NOW)
    assert (end.phase, end.text) == ("cleared", "No channel is configured any more that would show it.")


def test_the_end_is_not_told_as_the_word_of_who_had_answered() -> None:
    answered = event("receipt_gap", data={"sink": "gone", "by": "Ada", "note": "on my way"})
    (end,) = leftovers.ended([answered._replace(phase="acknowledged")], CONFIG, WATCHED, NOW)
    assert (end.phase, end.data) == ("cleared", {"sink": "gone"})
