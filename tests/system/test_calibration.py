"""A calibration outlives a kill and the journal, and every observation names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.cli.status import render
from agent.control import ask
from agent.journal.reader import JournalReader
from agent.model import Observation, Visit
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.model import Record
    from tests.system.agent_process import AgentProcess

CERTIFICATE = {
    "sensor": "soil-2",
    "quantity": "soil_moisture",
    "by": "J. Doe",
    "procedure": "certificate",
    "law": {"kind": "linear", "points": [[2.9, 0.0], [1.2, 0.41]]},
    "verdict": "service",
}


def records(state: Path) -> list[Record]:
    reader = JournalReader(state / "journal.db", lambda _seq: None)
    try:
        return [entry.record for entry in reader.read_after(0, 5000)]
    finally:
        reader.close()


def of_the_probe(state: Path) -> set[str]:
    """The calibrations that its observations in the journal name."""
    found = [each for each in records(state) if isinstance(each, Observation)]
    return {each.calibration.id for each in found if each.channel.sensor == "soil-2"}


def test_a_calibration_outlives_a_kill_and_the_loss_of_the_journal(
    make_agent: Callable[..., AgentProcess],
) -> None:
    agent = make_agent().start()
    told = ask(agent.state / "control.sock", "calibration_enter", CERTIFICATE, timeout_s=60)
    assert told["running"] == told["id"]
    wait_until(lambda: told["id"] in of_the_probe(agent.state), "its values name it")
    visits = [each for each in records(agent.state) if isinstance(each, Visit)]
    assert [(each.kind, each.data["id"]) for each in visits] == [("calibration", told["id"])]
    agent.kill()
    for path in agent.state.glob("journal.db*"):
        path.unlink()
    agent.start()
    wait_until(lambda: of_the_probe(agent.state) != set(), "it is read again")
    assert of_the_probe(agent.state) == {told["id"]}
    assert "calibration soil-2/soil_moisture: verdict service" in "\n".join(render(agent.status()))
