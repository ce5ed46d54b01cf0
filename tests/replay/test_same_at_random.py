"""Whatever happens to a station, a replay of its journal comes to the same alarms. Seeded."""

from __future__ import annotations

import json
import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from agent.cli.main import main
from agent.events.levels import level_word
from agent.watch.contract import Role
from agent.watch.names import raised_s
from tests.watch.live_site import DAY_S, LiveSite, water
from tests.watch.water_site import fallen, risen

if TYPE_CHECKING:
    from pathlib import Path

    from agent.model import Event
    from agent.watch.contract import Sample

    Heard = tuple[float, Role, Sample]

_WATER = water(18, {Role.PH: fallen(1.8, 4.0), Role.EC: risen(0.4, 4.0)})
_BEGUN = 3 * 96 * 15  # a day before the water turns


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station that knows its water, and was stopped."""
    state = tmp_path_factory.mktemp("begun")
    site = LiveSite(state / "journal.db")
    site.live(_WATER[:_BEGUN], looks=15)
    site.stop()
    return state


def _at(state: Path, tmp_path: Path) -> LiveSite:
    shutil.copytree(state, tmp_path / "state")
    return LiveSite(tmp_path / "state" / "journal.db", begin_s=_WATER[_BEGUN - 1][0])


def _live_with_accidents(site: LiveSite, rng: random.Random, samples: list[Heard]) -> None:
    """Pieces of any length, and after each maybe a stop or a crash."""
    at = 0
    while at < len(samples):
        upto = at + rng.randrange(30, 200)
        site.live(samples[at:upto], looks=rng.randrange(1, 5))
        at = upto
        match rng.randrange(3):
            case 0:
                site.stop()
                site.start()
            case 1:
                site.crash()
                site.start()


def _replayed(site: LiveSite, tmp_path: Path) -> list[dict[str, Any]]:
    events = tmp_path / "events.jsonl"
    assert main(["replay", str(site.path), "--events", str(events), "--quiet"]) == 0
    return [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]


def _of_live(event: Event) -> tuple[object, ...]:
    data = event.data
    return event.id, event.phase, level_word(event.severity), data["mechanism"], data["known_utc"]


def _of_replay(row: dict[str, Any]) -> tuple[object, ...]:
    return row["id"], row["phase"], row["level"], row["mechanism"], row["time_utc"]


def _raised_s(tellings: list[tuple[object, ...]]) -> float:
    return raised_s(str(tellings[0][0]))


@pytest.mark.parametrize("seed", range(2))
def test_restarts_change_nothing(begun: Path, tmp_path: Path, seed: int) -> None:
    site = _at(begun, tmp_path)
    _live_with_accidents(site, random.Random(seed), _WATER[_BEGUN:])
    site.look()
    site.crash()
    live = [_of_live(each) for each in site.events()]
    assert {each[2] for each in live} >= {"yellow", "red"}
    assert [_of_replay(row) for row in _replayed(site, tmp_path)] == live


@pytest.mark.parametrize("seed", [0, 1])
def test_what_comes_late_comes_to_the_same_incident_at_the_same_level(
    begun: Path, tmp_path: Path, seed: int
) -> None:
    """Live looks back when it comes, a replay at the end: the steps between may have other times."""
    rng = random.Random(seed)
    site = _at(begun, tmp_path)
    first = _BEGUN + rng.randrange(3 * 96, 3 * 120)
    last = first + rng.randrange(30, 3 * 96)
    kept = [each for each in _WATER[first:last] if each[1] is not Role.RAIN]
    before, behind = _WATER[_BEGUN:first], _WATER[last:]
    _live_with_accidents(site, rng, [*before, *(each for each in _WATER[first:last] if each not in kept)])
    site.clock.utc_s += 3600.0
    site.live(kept)
    _live_with_accidents(site, rng, behind)
    site.clock.utc_s += 7200.0
    site.look()
    site.crash()
    live = [_of_live(each) for each in site.events() if each.kind == "acid_drainage"]
    told = [_of_replay(row) for row in _replayed(site, tmp_path) if row["kind"] == "acid_drainage"]
    for each in (live, told):
        assert len({(name, phase, level) for name, phase, level, *_ in each}) == len(each)
        assert len({name for name, *_ in each}) == 1
        assert each[-1][2] == "red"
    assert _raised_s(told) - _raised_s(live) < DAY_S
