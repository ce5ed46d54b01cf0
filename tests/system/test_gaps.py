"""What is missing and why, asked of the real agent and of what it leaves behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.servers.process import wait_until
from tests.system.test_run import all_good, skyground

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.system.agent_process import AgentProcess


def gaps(agent: AgentProcess) -> dict[str, Any]:
    """As a program asks."""
    told = skyground("gaps", "--json", "--days", "3", "--config", str(agent.config))
    assert told.returncode == 0, told.stderr
    answer: dict[str, Any] = json.loads(told.stdout)
    return answer


def test_a_killed_station_knows_afterwards_what_is_missing_and_why(
    make_agent: Callable[..., AgentProcess],
) -> None:
    agent = make_agent()
    agent.start()
    wait_until(lambda: all_good(agent), "first values")
    agent.kill()
    before = gaps(agent)
    agent.start()
    wait_until(lambda: all_good(agent), "values again")
    after = gaps(agent)
    assert [gap["reason"] for gap in before["gaps"] if gap["what"] == "station"] == []
    (gap,) = (gap for gap in after["gaps"] if gap["what"] == "station")
    assert gap["reason"] == "crashed"
    tallies = [tally for day in after["days"].values() for tally in day.values()]
    assert all(tally["expected"] == tally["present"] + sum(tally["missing"].values()) for tally in tallies)
    assert sum(tally["missing"].get("crashed", 0) for tally in tallies) == gap["observations"]
    status = skyground("status", "--config", str(agent.config))
    assert "TODAY" in status.stdout
    assert all(channel["today"] is not None for channel in today(agent))


def today(agent: AgentProcess) -> list[dict[str, Any]]:
    """The channels of today's account, once the ledger has caught up."""
    wait_until(lambda: agent.status()["completeness"]["today"] is not None, "the ledger has counted")
    channels: dict[str, Any] = agent.status()["completeness"]["today"]["channels"]
    return [{"today": tally["expected"]} for tally in channels.values()]


def test_maintenance_is_told_marked_and_outlives_the_process(
    make_agent: Callable[..., AgentProcess],
) -> None:
    agent = make_agent().start()
    wait_until(lambda: all_good(agent), "first values")

    def maintenance(*words: str) -> str:
        told = skyground("maintenance", *words, "--config", str(agent.config))
        assert told.returncode == 0, told.stderr
        return told.stdout

    def ph() -> dict[str, Any]:
        return next(each for each in agent.status()["channels"] if each["channel"] == "ph-3/ph")

    assert "maintenance of ph-3" in maintenance("begin", "ph-3", "--for", "30min", "--note", "cleaning")
    wait_until(lambda: "maintenance" in ph()["why"], "observations are marked")
    agent.kill()
    agent.start()
    assert "(cleaning)" in maintenance("list")
    wait_until(lambda: ph()["flag"] == "suspect" and "maintenance" in ph()["why"], "still marked")
    assert "no maintenance is in force" in maintenance("end", "ph-3")
    wait_until(lambda: ph()["flag"] == "good", "it measures the site again")


def test_what_cannot_be_maintained_is_refused_with_what_can(
    make_agent: Callable[..., AgentProcess],
) -> None:
    agent = make_agent()
    away = skyground("maintenance", "list", "--config", str(agent.config))
    assert away.returncode == 69
    assert "no station runs" in away.stderr
    agent.start()
    told = skyground("maintenance", "begin", "ph-33", "--config", str(agent.config))
    assert told.returncode == 1
    assert "there is no sensor 'ph-33'" in told.stderr
    assert "ph-3" in told.stderr.partition("help:")[2]
    long = skyground("maintenance", "begin", "ph-3", "--for", "3d", "--config", str(agent.config))
    assert long.returncode == 1
    assert "from a minute to a day" in long.stderr
    idle = skyground("maintenance", "end", "ph-3", "--config", str(agent.config))
    assert "no maintenance of 'ph-3' is in force" in idle.stderr
