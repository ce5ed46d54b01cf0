"""A running station never shows its secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.servers.process import wait_until
from tests.servers.scripted_http import Reply, ScriptedHttp
from tests.system.conftest import influx_toml, mqtt_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.mosquitto import Mosquitto
    from tests.system.agent_process import AgentProcess

CANARY = "canary-in-a-mine"


@pytest.fixture
def refusing() -> Iterator[ScriptedHttp]:
    """A database that does not know the token."""
    server = ScriptedHttp(*[Reply(401, b'{"message": "unauthorized access"}')] * 1000)
    yield server
    server.close()


def test_refused_secrets_are_in_no_log_and_no_status(
    make_mosquitto: Callable[..., Mosquitto],
    make_agent: Callable[..., AgentProcess],
    refusing: ScriptedHttp,
) -> None:
    """Both destinations refuse them, so that errors are written about them."""
    broker = make_mosquitto("allow_anonymous false")
    mqtt = mqtt_toml(broker.port) + 'username = "station"\npassword_from = "env:CANARY"\n'
    influx = influx_toml(refusing.url, "skyground", "v2") + 'token_from = "env:CANARY"\n'
    agent = make_agent(mqtt + influx, CANARY=CANARY).start()
    wait_until(lambda: all(sink["last_error"] for sink in agent.status()["sinks"]), "both have refused")
    assert refusing.requests[0].headers["authorization"] == f"Token {CANARY}", "the secret was used"
    status = json.dumps(agent.status())
    assert agent.stop() == 0
    assert CANARY not in status + agent.output.read_text(encoding="utf-8")


def test_a_missing_secret_is_a_destination_that_is_away(
    make_agent: Callable[..., AgentProcess], refusing: ScriptedHttp
) -> None:
    """The station samples all the same, asks nobody, and says what to do."""
    influx = influx_toml(refusing.url, "skyground", "v2") + 'token_from = "env:NO_SUCH_CANARY"\n'
    agent = make_agent(influx).start()
    wait_until(lambda: agent.status()["sinks"][0]["last_error"], "the secret was looked for")
    wait_until(lambda: agent.status()["journal"]["head"] > 0, "values are kept")
    assert "env:NO_SUCH_CANARY: the environment variable is not set" in json.dumps(agent.status()["sinks"])
    assert agent.stop() == 0
    assert refusing.requests == []
