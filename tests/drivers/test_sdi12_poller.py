"""SDI-12 instruments that several sensors share, read by the real poller over a real port."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from agent.acquire.convert.build import converter
from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.acquire.maintenance import Maintenance
from agent.acquire.measure import Measure
from agent.acquire.poller import Poller
from agent.acquire.sensor import PolledSensor
from agent.clock import SystemClock
from agent.model import Channel, Observation, Why
from drivers.bus.serial import SerialLine
from drivers.contract import ChannelSpec
from drivers.registry import MODELS
from drivers.simulated.sdi12_instruments import avw200, vibwire_108
from drivers.simulated.sdi12_line import Fault, Sdi12Line
from tests.drivers.kits import driver_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.model import Record

pytestmark = pytest.mark.timeout(30)

PERIOD_S = 600.0
# What a gauge's hertz mean is of no matter here: the raw value is looked at.
SAME = converter(None, ChannelSpec("signal_to_noise", "1", 0.0, 1.0))


def gauge(model: str, number: int) -> PolledSensor:
    """One input of a reader at address 0."""
    keys: dict[str, Any] = {"address": "0", "input": number, "quantity": "displacement"}
    keys |= {"response_timeout_s": 2.0, "retries": 0}
    name = f"gauge-{number}"
    specs = MODELS[model].channels(model, MODELS[model].settings()(**keys))
    measures = (Measure(Channel(name, spec.quantity, "1", spec.raw_unit), spec, SAME, None) for spec in specs)
    return PolledSensor(name, PERIOD_S, partial(driver_for, model, keys=keys), tuple(measures))


def first_slot(far_end: Sdi12Line, sensors: Sequence[PolledSensor]) -> dict[str, Observation]:
    """What the poller records of each sensor's first slot: the observation of its gauge."""
    found: dict[str, Observation] = {}

    def append(records: Sequence[Record]) -> None:
        mine = [r for r in records if isinstance(r, Observation) and r.channel.quantity == "displacement"]
        found.update({each.channel.sensor: each for each in mine})

    clock = SystemClock()
    log = structlog.wrap_logger(None, processors=[drop])
    bus = partial(SerialLine.open, far_end.port, 9600, "none", 1)
    maintenance = Maintenance((), clock, append)
    latest = Latest()
    poller = Poller(
        "sdi12-0",
        bus,
        sensors,
        append,
        latest=latest,
        maintenance=maintenance,
        judging=Judging((), latest),
        clock=clock,
        log=log,
    )
    for _ in range(200):
        wait_s = poller.step(clock.now())
        if len(found) == len(sensors):
            break
        clock.wait(poller.wake, wait_s)
    poller.close()
    return found


def drop(*_: object) -> Any:
    """No log."""
    raise structlog.DropEvent


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_two_inputs_with_commands_of_their_own_both_get_values(order: tuple[int, int]) -> None:
    """Whoever of them comes back first, and none of them aborts the other."""
    with Sdi12Line([avw200("0", takes_s=0.9, wait_s=1)]) as far_end:
        found = first_slot(far_end, [gauge("avw200", number) for number in order])
    assert {name: each.raw for name, each in found.items()} == {"gauge-1": 2597.88, "gauge-2": 3013.64}
    one, two = order
    assert list(far_end.heard) == [f"0M{one}", "0D0", "0D1", f"0M{two}", "0D0", "0D1"]


def test_a_shared_measurement_without_values_fails_for_all_in_their_slot_after_one_retry() -> None:
    """Two scans for all of them together, and not a hundred."""
    with Sdi12Line([vibwire_108("0", wait_s=1)]) as far_end:
        far_end.fault(Fault.NO_VALUES)
        found = first_slot(far_end, [gauge("vibwire-108", number) for number in range(3)])
    assert [each.why for each in found.values()] == 3 * [Why.BAD_ANSWER]
    assert list(far_end.heard) == ["0C", "0D0", "0C", "0D0"]
