"""F5, F6, F22: there is no broker for weeks; it dies with what it acknowledged; something else answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.receipts import ReceiptGiver
from tests.faults.scene import Scene
from tests.faults.stage import await_delivery, await_growth, await_trouble, begin
from tests.servers.process import wait_until
from tests.servers.tcp import OddServer

if TYPE_CHECKING:
    from random import Random

    from tests.faults.history import Verdict
    from tests.faults.stage import Line, Stage

_WEEKS_S = 21 * 86_400
_CONNACK = b"\x20\x03\x00\x00\x00"
_LOGIN_PAGE = b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n"


def _weeks_offline(stage: Stage) -> Verdict:
    """Three weeks without a broker, from the first boot on."""
    return _offline(stage, period_s=21_600.0, speed=600_000.0)


def _weeks_offline_in_full(stage: Stage) -> Verdict:
    """The same with a reading of every instrument every five minutes."""
    return _offline(stage, period_s=300.0, speed=10_000.0)


def _offline(stage: Stage, period_s: float, speed: float) -> Verdict:
    line = stage.line(
        # In fast time what is live alone would use up the usual limit, and it goes before the backlog.
        {"max_messages_per_s": 10_000},
        has_site=False,
        period_s=period_s,
        module="tests.faults.fast_station",
        FAULTS_SPEED=str(speed),
    )
    line.wire.down()
    line.agent.start()
    wait_until(lambda: line.agent.status()["uptime_s"] > _WEEKS_S, "the weeks pass", 600)
    stage.promise(line.agent)
    line.wire.up()
    return stage.conclude(line)


def _lost_by_the_broker(stage: Stage) -> Verdict:
    line = _forgetful(stage)
    receipts = stage.opened(ReceiptGiver(line.ingest.subscriber))
    verdict = stage.conclude(line)
    receipts.close()
    return verdict


def _lost_without_receipts(stage: Stage) -> Verdict:
    return stage.conclude(_forgetful(stage))


def _forgetful(stage: Stage) -> Line:
    """The broker acknowledges, keeps it in memory for an ingest side that is away, and is killed."""
    line = stage.line(module="tests.faults.hurried")
    line.agent.start()
    for _ in range(stage.rounds):
        await_delivery(line.agent)
        line.ingest.wire.down()
        await_delivery(line.agent)
        await_growth(line.agent, 3)
        await_delivery(line.agent)
        stage.promise(line.agent)
        line.broker.kill()
        line.broker.start()
        line.ingest.wire.up()
        line.ingest.subscriber.wait_until_subscribed()
        await_delivery(line.agent)
    return line


def _something_else_answers(stage: Stage) -> Verdict:
    """A login page, a broker gone mad, noise: each answers once and hangs up."""
    line = stage.line()
    for turn in range(stage.rounds):
        begin(line, turn)
        await_delivery(line.agent)
        odd = OddServer(_odd_answer(stage.dice, turn))
        line.wire.lead_to(odd.port)
        line.wire.cut()
        await_trouble(line.agent)
        await_growth(line.agent)
        stage.promise(line.agent)
        line.wire.lead_to(line.broker.port)
        odd.close()
    return stage.conclude(line)


def _odd_answer(dice: Random, turn: int) -> bytes:
    noise = dice.randbytes(dice.randrange(1, 200))
    return (_LOGIN_PAGE, noise, _CONNACK + noise, _CONNACK[: dice.randrange(1, len(_CONNACK))])[turn % 4]


WEEKS = Scene("F5", "three weeks without a broker, from the first boot", _weeks_offline, short=1, long=3)
WEEKS_IN_FULL = Scene("F5", "the same, read every 5 min", _weeks_offline_in_full, short=1, long=1)
FORGETFUL = Scene("F6", "broker killed with what it had acknowledged", _lost_by_the_broker, short=1, long=20)
NO_RECEIPTS = Scene(
    "F6", "the same, nobody gives receipts", _lost_without_receipts, short=1, long=3, control=True
)
SOMETHING_ELSE = Scene("F22", "garbage or a login page answers", _something_else_answers, short=2, long=40)
SCENES = [WEEKS, WEEKS_IN_FULL, FORGETFUL, NO_RECEIPTS, SOMETHING_ELSE]
