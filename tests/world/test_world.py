"""A few short worlds. At length: scripts/world."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.world import broken
from tests.world.__main__ import MEMORY
from tests.world.weather import Theme
from tests.world.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.world.judge import Verdict

CALM = Theme(wires=False, far_sides=False, disk=False, sleeps=False, upkeep=False, orders=False, clock=False)
DAYS, AFTER_DAYS = 1.0, 1.1


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Callable[..., Verdict]]:
    """Live through a world: `live(seed, theme)`."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else tmp_path) as root:
        worlds = iter(range(100))

        def through(
            seed: int, theme: Theme | None = None, days: float = DAYS, after_days: float = AFTER_DAYS
        ) -> Verdict:
            return World(Path(root) / str(next(worlds)), seed, days, theme, after_days).run()

        yield through


def again(seed: int) -> str:
    """How to repeat a world by hand."""
    return f"scripts/world --days {DAYS} --seed {seed}"


@pytest.mark.parametrize("seed", [3, 8, 13, 21])
def test_nothing_is_lost_altered_or_invented_in_a_world_of_faults(
    live: Callable[..., Verdict], seed: int
) -> None:
    verdict = live(seed)
    assert not verdict.complaints, f"{again(seed)}\n{verdict.words()}"
    assert verdict.counts["committed"] > 1000


def test_one_seed_is_one_run(live: Callable[..., Verdict]) -> None:
    first, second, other = (live(seed, days=0.5, after_days=0.1) for seed in (5, 5, 6))
    assert first.digest == second.digest
    assert first.counts == second.counts
    assert first.digest != other.digest


@pytest.mark.parametrize(
    ("sabotage", "theme", "rule"),
    [
        (
            broken.bookmark_before_acknowledgement,
            CALM._replace(far_sides=True, power=False),
            "no record is lost",
        ),
        (broken.no_checksum, CALM._replace(is_offline=True, rots=True), "nothing is altered"),
        (broken.commit_not_awaited, CALM, "no record is lost"),
    ],
    ids=["bookmark-before-acknowledgement", "no-checksum", "commit-not-awaited"],
)
def test_a_broken_rule_is_noticed_within_three_worlds(
    live: Callable[..., Verdict],
    sabotage: Callable[[], AbstractContextManager[None]],
    theme: Theme,
    rule: str,
) -> None:
    with sabotage():
        assert any(rule in live(seed, theme).complaints for seed in (1, 4, 5))
