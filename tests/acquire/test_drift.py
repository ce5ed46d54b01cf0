"""A probe against a reading by hand: each criterion, and the life of the event."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acquire.drift import BOUNDS, Drifts, compared
from agent.model import Channel, Event, Instant, Severity, Trust

AT = Instant(1_785_000_000_000_000_000, 42, Trust.NTP)
PH = Channel("ph-3", "ph", "1", "mV")
EC = Channel("soil-1", "conductivity", "uS/cm", "uS/cm")


@pytest.mark.parametrize(
    ("quantity", "manual", "probe", "verdict"),
    [
        ("ph", 6.8, 6.6, "within"),
        ("ph", 6.8, 6.59, "drifted"),
        ("ph", 6.8, 8.8, "drifted"),
        ("ph", 6.8, 8.9, "unusable"),
        ("conductivity", 100.0, 105.0, "within"),
        ("conductivity", 100.0, 106.0, "drifted"),
        ("conductivity", 1000.0, 970.0, "within"),
        ("conductivity", 1000.0, 960.0, "drifted"),
        ("conductivity", 1000.0, 690.0, "unusable"),
        ("turbidity", 2.0, 2.5, "within"),
        ("turbidity", 2.0, 2.6, "drifted"),
        ("turbidity", 100.0, 105.0, "within"),
        ("turbidity", 100.0, 94.0, "drifted"),
        ("turbidity", 100.0, 131.0, "unusable"),
        ("temperature", 12.0, 11.8, "within"),
        ("temperature", 12.0, 11.7, "drifted"),
        ("temperature", 12.0, 14.1, "unusable"),
        ("temperature", -1.0, -1.3, "drifted"),
        ("water_level", 2.0, 9.0, "no_bound"),
        ("ph", 6.8, None, "no_probe"),
    ],
)
def test_a_probe_may_be_so_far_from_a_reading_by_hand(
    quantity: str, manual: float, probe: float | None, verdict: str
) -> None:
    assert compared(quantity, manual, probe).verdict == verdict


@given(st.sampled_from(sorted(BOUNDS)), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_what_is_not_to_be_published_is_also_to_be_calibrated(
    quantity: str, manual: float, probe: float
) -> None:
    found = compared(quantity, manual, probe)
    assert found.difference == pytest.approx(manual - probe, abs=1e-9)
    assert found.difference is not None
    assert found.allowed is not None
    is_far = abs(found.difference) > found.allowed
    assert (found.verdict == "within") is not is_far


def heard(drifts: Drifts, channel: Channel, manual: float, probe: float) -> list[tuple[str, Severity]]:
    events = drifts.hear(channel, compared(channel.quantity, manual, probe), AT)
    return [(event.phase, event.severity) for event in events]


def test_drift_is_raised_updated_and_over_with_a_reading_within_bounds() -> None:
    drifts = Drifts()
    assert heard(drifts, PH, 6.8, 6.8) == []
    assert heard(drifts, PH, 6.8, 6.5) == [("raised", Severity.YELLOW)]
    assert heard(drifts, PH, 6.8, 4.5) == [("updated", Severity.ORANGE)]
    assert drifts.open() == ["ph-3/ph"]
    assert heard(drifts, EC, 100.0, 100.0) == []
    assert heard(drifts, PH, 6.8, 6.7) == [("cleared", Severity.ORANGE)]
    assert drifts.open() == []


def test_a_calibration_ends_it() -> None:
    drifts = Drifts()
    heard(drifts, PH, 6.8, 6.5)
    (event,) = drifts.calibrated("ph-3/ph", AT)
    assert (event.phase, event.subject) == ("cleared", "ph-3")
    assert drifts.calibrated("ph-3/ph", AT) == []


def test_the_event_has_the_numbers_and_what_to_do() -> None:
    (event,) = Drifts().hear(PH, compared("ph", 6.8, 6.5), AT)
    assert event.text == (
        "By hand 6.8 pH, the probe 6.5 pH: +0.3, and 0.2 is allowed."
        " Clean the probe, compare again, then calibrate it."
    )
    assert (event.data["channel"], event.data["difference"], event.data["verdict"]) == (
        "ph-3/ph", 0.3, "drifted",
    )  # fmt: skip


def test_the_next_run_goes_on_with_it_once_the_journal_is_open() -> None:
    (event,) = Drifts().hear(PH, compared("ph", 6.8, 6.5), AT)
    known: list[tuple[Event, ...] | None] = [None]
    drifts = Drifts(lambda: known[0])
    assert drifts.open() == []
    known[0] = (event, event._replace(kind="gap", id="other"))
    assert drifts.open() == ["ph-3/ph"]
    (over,) = drifts.hear(PH, compared("ph", 6.8, 6.8), AT)
    assert (over.id, over.phase) == (event.id, "cleared")


def test_the_page_about_visits_has_the_bounds() -> None:
    page = (Path(__file__).parents[2] / "docs/visits.md").read_text(encoding="utf-8")
    for quantity, bounds in BOUNDS.items():
        (row,) = re.findall(rf"^\| `{quantity}` \|(.*)\|(.*)\|$", page, re.MULTILINE)
        for cell, bound in zip(row, bounds, strict=True):
            numbers = [float(number) for number in re.findall(r"[\d.]+(?= |$)", cell)]
            assert numbers == [each for each in bound if each], quantity
