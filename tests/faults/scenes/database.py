"""F5, F6, F25: no database at first; it dies, freezes, refuses; it dies with what it acknowledged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.faults.archives import InfluxArchive, VictoriaArchive
from tests.faults.scene import Scene
from tests.faults.stage import await_delivery, await_growth, await_trouble, begin, bookmark, head
from tests.servers.process import wait_until
from tests.servers.tcp import OddServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.history import Verdict
    from tests.faults.stage import Archived, Stage

_REFUSALS = (
    "401 Unauthorized",
    "403 Forbidden",
    "404 Not Found",
    "429 Too Many Requests",
    "500 Oops",
    "503 Busy",
)


def _absent_influxdb(stage: Stage) -> Verdict:
    return _absent(stage, stage.archived(InfluxArchive))


def _absent_victoria(stage: Stage) -> Verdict:
    return _absent(stage, stage.archived(VictoriaArchive))


def _absent(stage: Stage, line: Archived) -> Verdict:
    """Nobody is there when the station starts."""
    for _ in range(stage.rounds):
        line.archive.process.stop()
        line.wire.cut()
        line.agent.start()
        await_trouble(line.agent)
        await_growth(line.agent, 4)
        stage.promise(line.agent)
        line.archive.process.start()
        await_delivery(line.agent)
        assert line.agent.stop() == 0
    line.agent.start()
    return stage.conclude(line)


def _ailing_influxdb(stage: Stage) -> Verdict:
    return _ails(stage, stage.archived(InfluxArchive), (_killed, _frozen, _refusing, _deaf))


def _ailing_victoria(stage: Stage) -> Verdict:
    # Killed it would lose what it has acknowledged: that is F6.
    return _ails(stage, stage.archived(VictoriaArchive), (_stopped, _frozen, _refusing, _deaf))


def _ails(stage: Stage, line: Archived, ailments: tuple[Callable[[Stage, Archived], None], ...]) -> Verdict:
    for turn in range(stage.rounds):
        begin(line, turn)
        await_delivery(line.agent)
        time.sleep(stage.dice.uniform(0.0, 0.3))
        ailments[turn % len(ailments)](stage, line)
        await_delivery(line.agent)
    return stage.conclude(line)


def _killed(stage: Stage, line: Archived) -> None:
    line.archive.process.kill()
    _goes_without(stage, line)
    line.archive.process.start()


def _stopped(stage: Stage, line: Archived) -> None:
    line.archive.process.stop()
    _goes_without(stage, line)
    line.archive.process.start()


def _frozen(stage: Stage, line: Archived) -> None:
    """It takes connections and requests, says nothing, and does later what it was asked."""
    os.kill(line.archive.process.pid, signal.SIGSTOP)
    _goes_without(stage, line)
    os.kill(line.archive.process.pid, signal.SIGCONT)


def _refusing(stage: Stage, line: Archived) -> None:
    """Something answers every write with a status that is not the batch's fault."""
    refusal = f"HTTP/1.1 {stage.dice.choice(_REFUSALS)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    refuser = OddServer(refusal.encode())
    line.wire.lead_to(refuser.port)
    line.wire.cut()
    _goes_without(stage, line)
    line.wire.lead_to(line.archive.port)
    refuser.close()


def _deaf(stage: Stage, line: Archived) -> None:
    """Everything is stored and every answer lost."""
    line.wire.mute()
    _goes_without(stage, line)
    line.wire.cut()
    line.wire.thaw()


def _goes_without(stage: Stage, line: Archived) -> None:
    await_trouble(line.agent)
    await_growth(line.agent, 2)
    stage.promise(line.agent)


def _forgetful(stage: Stage) -> Verdict:
    return stage.conclude(_forgotten(stage))


def _asked_again(stage: Stage) -> Verdict:
    """A person asks for what the server has forgotten."""
    line = _forgotten(stage)
    before = int(line.agent.status()["sinks"][0]["delivered"])
    wanted = head(line.agent)
    words = ["resend", "--last", "1h", "--config", str(line.agent.config)]
    subprocess.run([sys.executable, "-m", "agent", *words], check=True, capture_output=True)
    wait_until(lambda: line.agent.status()["sinks"][0]["delivered"] - before >= wanted, "all comes again", 60)
    return stage.conclude(line)


def _forgotten(stage: Stage) -> Archived:
    """VictoriaMetrics answers first and stores some seconds later: killed between, it loses it for good."""
    line = stage.archived(VictoriaArchive)
    line.agent.start()
    for _ in range(stage.rounds):
        await_delivery(line.agent)
        await_delivery(line.agent)
        line.archive.process.kill()
        stage.promise(line.agent)
        line.archive.process.start()
        goal = head(line.agent)
        wait_until(lambda: bookmark(line.agent) >= goal, "the rest arrives", 90)  # noqa: B023  # called at once
    return line


ABSENT_INFLUXDB = Scene("F5", "no InfluxDB at boot", _absent_influxdb, short=1, long=20)
ABSENT_VICTORIA = Scene("F5", "no VictoriaMetrics at boot", _absent_victoria, short=1, long=20)
FORGETFUL = Scene(
    "F6", "VictoriaMetrics killed with what it acknowledged", _forgetful, short=1, long=3, control=True
)
ASKED_AGAIN = Scene("F6", "the same, and then asked to resend", _asked_again, short=1, long=10)
INFLUXDB = Scene("F25", "InfluxDB killed, frozen, refusing, deaf", _ailing_influxdb, short=4, long=80)
VICTORIA = Scene("F25", "VictoriaMetrics stopped, frozen, refusing, deaf", _ailing_victoria, short=2, long=80)
SCENES = [ABSENT_INFLUXDB, ABSENT_VICTORIA, FORGETFUL, ASKED_AGAIN, INFLUXDB, VICTORIA]
