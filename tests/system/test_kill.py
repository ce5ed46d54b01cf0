"""kill -9 in mid-stream: what was journaled arrives, under the same identity."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.journal.reader import JournalReader
from agent.model import Observation
from tests.servers.process import wait_until
from tests.system.conftest import mqtt_toml

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.mosquitto import Message, Mosquitto, Subscriber
    from tests.servers.tcp import Proxy
    from tests.system.agent_process import AgentProcess

KILLS = 20


class Identity(NamedTuple):
    """What names an observation for ever."""

    journal: str
    seq: int


def received(messages: list[Message]) -> dict[Identity, set[tuple[str, Any]]]:
    """By identity: every (channel, value) that came under it. An independent little SenML reader."""
    seen: dict[Identity, set[tuple[str, Any]]] = {}
    for message in messages:
        journal, base, seq = "", "", 0
        for record in json.loads(message.payload):
            journal = record.get("journal", journal)
            base = record.get("bn", base)
            seq = record.get("seq", seq + 1)
            name = base + record["n"]
            seen.setdefault(Identity(journal, seq), set()).add((name, record.get("v", record.get("vs"))))
    return seen


def journaled(agent: AgentProcess) -> dict[Identity, tuple[str, float | None]]:
    """By identity: the (channel, value) of every committed observation."""
    reader = JournalReader(agent.state / "journal.db", refuse_damage)
    seq, found = 0, {}
    while page := reader.read_after(seq, 1000):
        seq = page[-1].seq
        for entry in page:
            if isinstance(entry.record, Observation):
                name = f"demo-mine/st-1/{entry.record.channel}"
                found[Identity(reader.journal_id, entry.seq)] = (name, entry.record.value)
    reader.close()
    return found


def bookmark(agent: AgentProcess) -> int:
    """How far the broker has everything, as the journal remembers it."""
    reader = JournalReader(agent.state / "journal.db", refuse_damage)
    seq = reader.bookmarks()["office"]
    reader.close()
    return seq


def refuse_damage(seq: int) -> None:
    """No row may be damaged by a kill."""
    raise AssertionError(f"row {seq} is damaged")


def wait_for_growth(agent: AgentProcess) -> None:
    """Wait until more is journaled than now."""
    head = agent.status()["journal"]["head"]
    wait_until(lambda: agent.status()["journal"]["head"] > head, "the stream flows")


def wait_for_delivery(agent: AgentProcess) -> None:
    """Wait until the broker has all that is journaled now: only then does a cut wire meet a live stream."""
    head = agent.status()["journal"]["head"]
    wait_until(lambda: agent.status()["sinks"][0]["bookmark"] > head, "the stream arrives")


def test_twenty_kills_lose_nothing_that_was_journaled(
    make_mosquitto: Callable[..., Mosquitto],
    wire_to: Callable[[int], Proxy],
    subscribe: Callable[..., Subscriber],
    make_agent: Callable[..., AgentProcess],
) -> None:
    broker = make_mosquitto(durable=True)
    wire = wire_to(broker.port)
    subscriber = subscribe(broker, "mine/v1/demo-mine/st-1/#", name="ingest")
    agent = make_agent(mqtt_toml(wire.port), period_s=0.1)
    moment = random.Random(20)
    for kill in range(KILLS):
        agent.start()
        wait_for_delivery(agent)
        if kill % 2:
            # What was said is lost on its way, and more is committed, with bookmarks, before the end: only a
            # bookmark that waits for the acknowledgement survives this.
            wire.freeze()
            wait_for_growth(agent)
            wait_for_growth(agent)
        time.sleep(moment.uniform(0.0, 0.3))  # any moment will do: that is the point
        agent.kill()
        wire.cut()
        wire.thaw()
    killed = set(journaled(agent))
    last = max(identity.seq for identity in killed)
    agent.start()
    wait_until(lambda: agent.status()["sinks"][0]["bookmark"] >= last, "all that the kills left is sent", 60)
    assert agent.stop() == 0
    assert [file.name for file in agent.state.glob("journal.db*")] == ["journal.db"]

    stored = journaled(agent)
    sent = {identity for identity in stored if identity.seq <= bookmark(agent)}
    assert killed <= sent
    wait_until(lambda: len(sent & received(subscriber.on("/readings")).keys()) == len(sent), "arrival")
    arrived = received(subscriber.on("/readings"))
    assert arrived.keys() <= stored.keys(), "nothing left the station that is not in the journal"
    for identity, contents in arrived.items():
        assert len(contents) == 1, f"{identity} came with two contents: {contents}"
        name, value = stored[identity]
        (came,) = contents
        assert came[0] == name
        assert value is None or came[1] == value
    sequences = sorted(identity.seq for identity in stored)
    assert len({identity.journal for identity in stored}) == 1
    assert sequences == sorted(set(sequences))
