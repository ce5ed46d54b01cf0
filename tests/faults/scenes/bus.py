"""F35: the serial adapter is unplugged in the middle of whatever it does, and comes back as another."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.faults.scene import Scene
from tests.faults.stage import await_delivery
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from tests.faults.history import Verdict
    from tests.faults.stage import Stage
    from tests.system.agent_process import AgentProcess

_SERIAL = "rs485-0"


def _unplugged(stage: Stage) -> Verdict:
    line = stage.line(has_site=False)
    for turn in range(stage.rounds):
        with stage.new_site():
            if turn == 0:
                line.agent.start()
            wait_until(lambda: _is_up(line.agent), "the bus is read again", 90)
            await_delivery(line.agent)
            time.sleep(stage.dice.uniform(0.0, 0.2))
            stage.promise(line.agent)
        wait_until(lambda: not _is_up(line.agent), "the unplugged adapter is told", 30)
    stage.promise(line.agent)
    return stage.conclude(line)


def _is_up(agent: AgentProcess) -> bool:
    return all(bus["ok"] for bus in agent.status()["buses"] if bus["bus"] == _SERIAL)


UNPLUGGED = Scene("F35", "serial adapter unplugged, back as another", _unplugged, short=1, long=30)
SCENES = [UNPLUGGED]
