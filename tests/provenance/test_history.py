"""Finding an observation by its time: over power cuts, wrong clocks, other channels, long silences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.cli.main import main
from agent.journal.history import History
from agent.model import Observation
from tests.journal.conftest import HEAD, PH, Store, observation
from tests.journal.machine import T0_NS, Machine

if TYPE_CHECKING:
    from pathlib import Path

    from agent.journal.history import Nearest

HOUR = 3600
NS = 10**9


def history(path: Path) -> History:
    def refuse(seq: int) -> None:
        raise AssertionError(f"record {seq} is damaged")

    return History(path, refuse)


def true_s(near: Nearest) -> list[float | None]:
    """Seconds since the machine's first start, which its records hold."""
    return [
        None if each is None or not isinstance(each.record, Observation) else each.record.value
        for each in near
    ]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Three boots, of the second of which the network never told the time; power cuts between them."""
    made = Machine(tmp_path / "journal.db")
    made.boot().sync().run(2 * HOUR).off(5 * HOUR)
    made.boot().run(HOUR).off(HOUR)
    made.boot().run(HOUR).sync().run(HOUR)
    return made


def test_every_observation_is_found_by_its_time(machine: Machine) -> None:
    seen = [one for one in machine.observed() if one.entry.time.settled]
    machine.writer.close()
    look = history(machine.path)
    assert len({one.entry.boot for one in seen}) == 3
    for one in seen:
        near = look.nearest(str(PH), one.entry.time.wall_ns)
        assert near.before is not None
        assert near.before.time.wall_ns == one.entry.time.wall_ns
        assert near.after is None or near.after.time.wall_ns > one.entry.time.wall_ns
    look.close()


def test_what_has_no_settled_time_is_found_by_what_its_clock_said(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "journal.db").boot().run(HOUR)
    seen = machine.observed()
    machine.writer.close()
    look = history(machine.path)
    assert not seen[-1].entry.time.settled
    assert look.nearest(str(PH), seen[-1].entry.record.at.wall_ns).before == seen[-1].entry
    look.close()


def test_in_a_power_cut_the_neighbours_lie_on_either_side(machine: Machine) -> None:
    machine.writer.close()
    look = history(machine.path)
    near = look.nearest(str(PH), T0_NS + 4 * HOUR * NS)
    before, after = true_s(near)
    assert before is not None
    assert after is not None
    assert before <= 2 * HOUR < 7 * HOUR <= after
    look.close()


def test_a_power_cut_is_why_there_is_none(capsys: pytest.CaptureFixture[str], machine: Machine) -> None:
    machine.writer.close()
    words = ["explain", "ph-3/ph", "2026-11-22T04:00", "--state-dir", str(machine.path.parent)]
    assert main([*words, "--config", str(machine.path.parent / "no.toml")]) == 0
    text = capsys.readouterr().out
    assert "NONE WAS MADE THEN: no power\n" in text


def test_a_channel_that_was_silent_is_looked_for_among_the_others(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db").open()
    for hour in range(12):
        store.clock.mono_s = 1000.0 + hour * HOUR
        at = store.clock.now()
        store.journal.append([observation(hour, PH if hour in {0, 11} else HEAD, at)])
        store.step()
    base_ns = store.clock.now().wall_ns - 11 * HOUR * NS
    store.writer.close()
    look = history(tmp_path / "journal.db")
    near = look.nearest(str(PH), base_ns + 5 * HOUR * NS)
    assert true_s(near) == [6.0, 17.0]
    assert look.nearest("ph-3/other", base_ns) == (None, None)
    look.close()


def test_an_empty_journal_has_nothing_to_explain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Store(tmp_path / "journal.db").open().writer.close()
    look = history(tmp_path / "journal.db")
    assert look.nearest(str(PH), T0_NS) == (None, None)
    assert look.ends() is None
    look.close()
    assert main(["explain", "ph-3/ph", "now", "--state-dir", str(tmp_path), "--config", "no.toml"]) == 2
    assert "there are: none yet" in capsys.readouterr().err
