"""What a running station does not carry around."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.process import free_port, wait_until
from tests.system.conftest import mqtt_toml

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.system.agent_process import AgentProcess


def test_a_station_at_work_has_no_pydantic_in_memory(make_agent: Callable[..., AgentProcess]) -> None:
    """Both kinds of bus are polled and the sink was tried: whatever is imported late has been imported."""
    agent = make_agent(mqtt_toml(free_port())).start()
    wait_until(lambda: all(c["flag"] == "good" for c in agent.status()["channels"]), "all channels good")
    wait_until(lambda: agent.status()["sinks"][0]["last_error"], "the absent broker is noticed")
    mapped = Path(f"/proc/{agent.pid}/maps").read_text()
    assert "sqlite3" in mapped  # the file does name extension modules
    assert "pydantic_core" not in mapped
    assert agent.stop() == 0
