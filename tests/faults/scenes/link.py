"""F7, F8, F10, F24: the link between station and broker is silent, flaps, breaks packets, or crawls."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.faults.namespace import cable
from tests.faults.scene import Scene
from tests.faults.stage import await_delivery, await_growth, await_trouble, begin
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.history import Verdict
    from tests.faults.stage import Line, Stage


def _black_hole(stage: Stage) -> Verdict:
    """The far side keeps its connection and says and takes nothing, until the station gives it up."""
    line = stage.line()

    def speak() -> None:
        line.wire.cut()
        line.wire.thaw()

    return _silences(stage, line, line.wire.freeze, speak)


def _silent_kernel(stage: Stage) -> Verdict:
    """No packet arrives, in either direction: not even the kernels hear of each other."""
    with cable() as laid:
        line = stage.line(listens_at=laid.ours, prefix=laid.enter)
        return _silences(stage, line, laid.swallow, laid.heal)


def _silences(stage: Stage, line: Line, hush: Callable[[], None], speak: Callable[[], None]) -> Verdict:
    slowest_s = 0.0
    for turn in range(stage.rounds):
        begin(line, turn)
        await_delivery(line.agent)
        began_s = time.monotonic()
        hush()
        await_trouble(line.agent)
        slowest_s = max(slowest_s, time.monotonic() - began_s)
        await_growth(line.agent, 2)  # sampling does not care
        stage.promise(line.agent)
        speak()
        await_delivery(line.agent)
    stage.note = f"noticed within {slowest_s:.1f} s (limit configured: 1 s to an answer)"
    return stage.conclude(line)


def _flapping(stage: Stage) -> Verdict:
    line = stage.line()
    for turn in range(stage.rounds):
        begin(line, turn)
        time.sleep(stage.dice.uniform(0.2, 1.0))
        line.wire.down()
        time.sleep(stage.dice.uniform(0.2, 2.0))
        stage.promise(line.agent)
        line.wire.up()
    return stage.conclude(line)


def _broken_packets(stage: Stage) -> Verdict:
    """Every connection ends after a number of bytes that no packet ends at."""
    line = stage.line()
    for turn in range(stage.rounds):
        begin(line, turn)
        line.wire.reset_after(stage.dice.randrange(1, 4000))
        wait_until(lambda: not line.wire.is_fused, "the packet is broken", 90)
        stage.promise(line.agent)
    return stage.conclude(line)


def _single_bytes(stage: Stage) -> Verdict:
    """Each byte arrives alone, both ways, and slowly."""
    line = stage.line({"ack_timeout_s": 5}, period_s=0.5)
    line.wire.trickle(1, 0.0002)
    line.agent.start()
    for _ in range(stage.rounds):
        await_delivery(line.agent)
        stage.promise(line.agent)
    return stage.conclude(line)


def _mute(stage: Stage) -> Verdict:
    """The broker hears everything and its answers are lost: the worst case for duplicates."""
    # It must be data that gets no answer, not the newest values that are left for later subscribers.
    line = stage.line({"latest_s": 0})
    for turn in range(stage.rounds):
        begin(line, turn)
        await_delivery(line.agent)
        line.wire.mute()
        await_trouble(line.agent)
        stage.promise(line.agent)
        line.wire.cut()
        line.wire.thaw()
    return stage.conclude(line)


BLACK_HOLE = Scene("F7", "half-open connection: the far side is silent", _black_hole, short=1, long=20)
SILENT_KERNEL = Scene("F7", "the network swallows every packet", _silent_kernel, short=1, long=20)
FLAPPING = Scene("F8", "link that comes and goes within seconds", _flapping, short=2, long=200)
BROKEN_PACKETS = Scene("F10", "connection ended inside a packet", _broken_packets, short=1, long=100)
SINGLE_BYTES = Scene("F10", "every byte alone and slow", _single_bytes, short=1, long=50)
MUTE = Scene("F10", "acknowledgements lost on their way", _mute, short=1, long=20)
SCENES = [BLACK_HOLE, SILENT_KERNEL, FLAPPING, BROKEN_PACKETS, SINGLE_BYTES, MUTE]
