"""F1: SIGKILL of the agent at any moment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.faults.archives import InfluxArchive, VictoriaArchive
from tests.faults.scene import Scene
from tests.faults.stage import await_delivery, await_growth

if TYPE_CHECKING:
    from tests.faults.history import Verdict
    from tests.faults.stage import Arrangement, Stage

_EARLY = "tests.faults.sabotage.early_bookmark"


def _kill(stage: Stage) -> Verdict:
    return _kills(stage, stage.line())


def _kill_with_an_early_bookmark(stage: Stage) -> Verdict:
    return _kills(stage, stage.line(module=_EARLY))


def _kill_before_influxdb(stage: Stage) -> Verdict:
    return _kills(stage, stage.archived(InfluxArchive))


def _kill_before_influxdb_with_an_early_bookmark(stage: Stage) -> Verdict:
    return _kills(stage, stage.archived(InfluxArchive, module=_EARLY))


def _kill_before_victoria(stage: Stage) -> Verdict:
    return _kills(stage, stage.archived(VictoriaArchive))


def _kills(stage: Stage, line: Arrangement) -> Verdict:
    for turn in range(stage.rounds):
        line.agent.start()
        await_delivery(line.agent)
        if turn % 2:
            # What was said is lost on its way, and more is committed, with bookmarks, before the end: only a
            # bookmark that waits for the acknowledgement survives this.
            line.wire.freeze()
            await_growth(line.agent, 3)
        time.sleep(stage.dice.uniform(0.0, 0.3))  # any moment will do: that is the point
        stage.promise(line.agent)
        line.agent.kill()
        stage.promise(line.agent)
        line.wire.cut()
        line.wire.thaw()
    line.agent.start()
    verdict = stage.conclude(line)
    assert not list(line.agent.state.glob("*.corrupt-*")), "a kill damages no journal"
    return verdict


KILL = Scene("F1", "SIGKILL of the agent, every other time with a frozen link", _kill, short=3, long=100)
EARLY_BOOKMARK = Scene(
    "F1", "the same, its bookmark moved before the acknowledgement", _kill_with_an_early_bookmark,
    short=2, long=4, control=True,
)  # fmt: skip
INFLUXDB = Scene("F1", "SIGKILL of the agent, to InfluxDB", _kill_before_influxdb, short=2, long=100)
INFLUXDB_EARLY = Scene(
    "F1", "the same, its bookmark moved before the 204", _kill_before_influxdb_with_an_early_bookmark,
    short=2, long=4, control=True,
)  # fmt: skip
VICTORIA = Scene("F1", "SIGKILL of the agent, to VictoriaMetrics", _kill_before_victoria, short=2, long=100)
SCENES = [KILL, EARLY_BOOKMARK, INFLUXDB, INFLUXDB_EARLY, VICTORIA]
