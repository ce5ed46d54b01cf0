"""Whatever happens on the wire: every slot that has come is on record, once, with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.clock import NS
from agent.model import Flag, Observation
from drivers.contract import BadAnswerError, BusError, Later, NoAnswerError
from tests.acquire.rig import START_S, Rig

if TYPE_CHECKING:
    from tests.acquire.rig import Line

_LINE = st.one_of(
    st.just(0.0),
    st.sampled_from([0.01, 0.4, 3.0]),
    st.builds(NoAnswerError, st.just("silent")),
    st.builds(BadAnswerError, st.just("damaged")),
    st.builds(BusError, st.just("unplugged")),
    st.builds(Later, st.sampled_from([0.0, 0.3, 2.0, 9.0, 2000.0, float("inf"), float("nan")])),
)
_SCRIPTS = st.lists(st.lists(_LINE, max_size=30), min_size=1, max_size=4)
_PERIODS = st.lists(st.sampled_from([0.5, 1.0, 2.5, 7.0, 60.0]), min_size=4, max_size=4)


def run(scripts: list[list[Line]], periods_s: list[float], open_errors: int, late_s: float) -> Rig:
    """Two minutes of a bus with this much trouble, and then nothing left undone."""
    rig = Rig(open_errors=open_errors)
    for number, (script, period_s) in enumerate(zip(scripts, periods_s, strict=False)):
        rig.add(f"s{number}", period_s, *script)
    rig.run(120, late_s=late_s)
    for _ in range(100):
        if rig.step() > 0:
            break
    return rig


@settings(deadline=None, max_examples=60)
@given(_SCRIPTS, _PERIODS, st.integers(0, 5), st.sampled_from([0.0, 0.003]))
def test_every_slot_is_one_observation_of_each_channel_with_one_reason(
    scripts: list[list[Line]], periods_s: list[float], open_errors: int, late_s: float
) -> None:
    """Slots that have come = observations per channel; good ones have a value, missing ones one reason.

    Only the slot of a measurement that is still under way has its observation to come.
    """
    rig = run(scripts, periods_s, open_errors, late_s)
    elapsed_ns = rig.clock.mono_ns - START_S * NS
    for number, (_, period_s) in enumerate(zip(scripts, periods_s, strict=False)):
        turn = rig.poller._tasks[number].turn
        slots = elapsed_ns // round(period_s * NS) + 1 - (turn is not None)
        for quantity in ("ph", "temperature"):
            observations = rig.observations(f"s{number}", quantity)
            assert len(observations) == slots
            assert all(has_one_story(observation) for observation in observations)


def has_one_story(observation: Observation) -> bool:
    """Good with a value and without a reason, or missing with exactly one reason and without a value."""
    if observation.flag is Flag.GOOD:
        return observation.value is not None and observation.why == 0
    return observation.flag is Flag.MISSING and observation.value is None and observation.why.bit_count() == 1


@settings(deadline=None, max_examples=30)
@given(_SCRIPTS, _PERIODS, st.integers(0, 5))
def test_events_come_in_pairs_and_memory_agrees_with_the_journal(
    scripts: list[list[Line]], periods_s: list[float], open_errors: int
) -> None:
    """Per fault one `raised` and at most one `cleared` after it; `latest` holds the last of each channel."""
    rig = run(scripts, periods_s, open_errors, 0.0)
    for kind in ("sensor_fault", "bus_fault"):
        lives: dict[str, list[str]] = {}
        for event in rig.events(kind):
            lives.setdefault(event.id, []).append(event.phase)
        assert all(life in (["raised"], ["raised", "cleared"]) for life in lives.values())
    assert set(rig.latest.snapshot()) == {
        f"s{number}/{quantity}"
        for number, task in enumerate(rig.poller._tasks)
        for quantity in ("ph", "temperature")
        if rig.observations(task.id)
    }
    for name, newest in rig.latest.snapshot().items():
        observations = rig.observations(*name.split("/"))
        good = [observation for observation in observations if observation.flag is Flag.GOOD]
        assert newest == (observations[-1], good[-1] if good else None)
