"""F46: told to stop in the middle of a drain, and with a dead network. F24: a subscriber that is slow."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.faults.scene import Scene
from tests.faults.stage import await_delivery, await_growth, await_trouble

if TYPE_CHECKING:
    from tests.faults.history import Verdict
    from tests.faults.stage import Stage
    from tests.system.agent_process import AgentProcess


def _stop_during_a_drain(stage: Stage) -> Verdict:
    """The backlog is on its way, one message at a time."""
    line = stage.line({"batch_rows": 1, "window": 1})
    slowest_s = 0.0
    for _ in range(stage.rounds):
        line.wire.down()
        line.agent.start()
        await_growth(line.agent, 10)
        line.wire.trickle(20, 0.001)
        line.wire.up()
        stage.promise(line.agent)
        time.sleep(stage.dice.uniform(0.2, 1.5))
        slowest_s = max(slowest_s, _stopped_in_s(line.agent))
        line.wire.trickle(65536)
    stage.note = f"stopped within {slowest_s:.1f} s"
    line.agent.start()
    return stage.conclude(line)


def _stop_with_a_dead_network(stage: Stage) -> Verdict:
    line = stage.line()
    slowest_s = 0.0
    for _ in range(stage.rounds):
        line.agent.start()
        await_delivery(line.agent)
        line.wire.freeze()
        await_trouble(line.agent)
        await_growth(line.agent, 2)
        stage.promise(line.agent)
        slowest_s = max(slowest_s, _stopped_in_s(line.agent))
        line.wire.cut()
        line.wire.thaw()
    stage.note = f"stopped within {slowest_s:.1f} s"
    line.agent.start()
    return stage.conclude(line)


def _slow_subscriber(stage: Stage) -> Verdict:
    """It takes its time for every message of a backlog."""
    line = stage.line({"batch_rows": 5})
    line.ingest.subscriber.pause_s = 0.02
    for _ in range(stage.rounds):
        line.wire.down()
        line.agent.start()
        await_growth(line.agent, 10)
        line.wire.up()
        stage.promise(line.agent)
        await_delivery(line.agent)
        assert line.agent.stop() == 0
    line.agent.start()
    return stage.conclude(line)


def _stopped_in_s(agent: AgentProcess) -> float:
    began_s = time.monotonic()
    assert agent.stop() == 0
    return time.monotonic() - began_s


DURING_A_DRAIN = Scene("F46", "SIGTERM in the middle of a drain", _stop_during_a_drain, short=1, long=50)
DEAD_NETWORK = Scene("F46", "SIGTERM with a dead network", _stop_with_a_dead_network, short=1, long=20)
SLOW_SUBSCRIBER = Scene("F24", "a subscriber that is slow during a drain", _slow_subscriber, short=1, long=10)
SCENES = [DURING_A_DRAIN, DEAD_NETWORK, SLOW_SUBSCRIBER]
