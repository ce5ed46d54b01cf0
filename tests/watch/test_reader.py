"""The detectors on a journal: told once, whatever happens meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.watch.contract import Role
from tests.watch.live_site import LiveSite, story, water
from tests.watch.water_site import fallen, risen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.model import Event

ACID = water(20, {Role.PH: fallen(1.8, 4.0), Role.EC: risen(0.4, 4.0)})
# The onset is 16 days in, three samples at a time.
ONSET = 16 * 96 * 3


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    found = LiveSite(tmp_path / "journal.db")
    yield found
    found.crash()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """What is told of the same water by a station that nothing happens to."""
    site = LiveSite(tmp_path_factory.mktemp("whole") / "journal.db")
    site.live(ACID, looks=480)
    site.crash()
    return site.events()


def test_acid_water_is_told_with_its_evidence(uninterrupted: list[Event]) -> None:
    raised = uninterrupted[0]
    assert (raised.kind, raised.phase) == ("acid_drainage", "raised")
    assert raised.data["mechanism"]
    assert "late_s" not in raised.data


@pytest.mark.parametrize("after", [ONSET - 300, ONSET + 30, ONSET + 60, ONSET + 200])
@pytest.mark.parametrize("end", [LiveSite.crash, LiveSite.stop])
def test_a_restart_changes_nothing(
    site: LiveSite, uninterrupted: list[Event], after: int, end: Callable[[LiveSite], None]
) -> None:
    site.live(ACID[:after], looks=10)
    end(site)
    site.start()
    site.live(ACID[after:], looks=10)
    assert story(site.events()) == story(uninterrupted)
