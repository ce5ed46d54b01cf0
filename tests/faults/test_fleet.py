"""F47: five hundred stations whose broker comes back do not come back in step."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from agent.publish.contact import Contact
from agent.publish.contract import UnavailableError

_STATIONS, _OUTAGE_S = 500, 600.0


@pytest.fixture(autouse=True)
def one_chance(request: pytest.FixtureRequest) -> None:
    """The waits draw from the common source of chance."""
    random.seed(request.config.getoption("--faults-seed"))


def return_s(station: int) -> float:
    """When this station, without its broker from 0 on, tries for the first time after the outage."""
    contact, now_s = Contact(f"sink-{station}"), 0.0
    while now_s < _OUTAGE_S:
        now_s += contact.failed(UnavailableError("nobody there"))
    return now_s - _OUTAGE_S


def test_a_fleet_comes_back_spread_over_a_minute() -> None:
    returns_s = [return_s(station) for station in range(_STATIONS)]
    assert max(returns_s) > 50
    busiest = max(Counter(int(second) for second in returns_s).values())
    assert busiest < _STATIONS / 10, "no second sees a tenth of the fleet"
