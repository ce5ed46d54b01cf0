"""When a signal counts as being at rest."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acquire.calibration.stability import Gate, Limits

LIMITS = Limits(drift_per_min=1.0, spread=0.5, window_s=45.0, least=6)


def run(gate: Gate, signal: list[tuple[float, float]]) -> float | None:
    """When it opens."""
    for at_s, value in signal:
        gate.add(at_s, value)
        if gate.rest() is not None:
            return at_s
    return None


def test_a_flat_signal_opens_it_after_one_window() -> None:
    gate = Gate(LIMITS)
    assert run(gate, [(at, 7.0) for at in range(100)]) == 45
    found = gate.rest()
    assert found is not None
    assert (found.value, found.spread, found.drift_per_min) == (7.0, 0.0, 0.0)
    assert (found.n, found.taken_s, found.settled_s) == (46, 45.0, 0.0)


def test_an_electrode_that_settles() -> None:
    """100 mV away, with a time constant of 10 s: near enough after four, open one window later."""
    gate = Gate(LIMITS)
    opened_s = run(gate, [(float(at), 165.0 - 100.0 * math.exp(-at / 10.0)) for at in range(300)])
    assert opened_s is not None
    found = gate.rest()
    assert found is not None
    assert 60 < opened_s < 120
    assert 30 < found.settled_s < 40
    assert found.value == pytest.approx(165.0, abs=0.5)


def test_noise_alone_is_no_settling() -> None:
    noise = random.Random(4)
    gate = Gate(LIMITS)
    assert run(gate, [(float(at), 7.0 + noise.gauss(0, 0.3)) for at in range(300)]) is not None
    found = gate.rest()
    assert found is not None
    assert found.settled_s == 0.0


@pytest.mark.parametrize("slope_per_min", [1.1, -1.1, 30.0])
def test_a_drift_above_the_limit_never_opens_it(slope_per_min: float) -> None:
    assert run(Gate(LIMITS), [(float(at), at / 60 * slope_per_min) for at in range(600)]) is None


def test_noise_above_the_limit_never_opens_it() -> None:
    assert run(Gate(LIMITS), [(float(at), float(at % 2) * 2.0) for at in range(600)]) is None


def test_a_slow_instrument_needs_its_readings_too() -> None:
    """One reading each 30 s: six of them, over more than the window."""
    assert run(Gate(LIMITS), [(30.0 * n, 7.0) for n in range(20)]) == 150


def test_a_share_of_the_reading_may_be_the_limit() -> None:
    limits = LIMITS._replace(share=0.01)
    signal = [(float(at), 800.0 + at / 60 * 5.0) for at in range(100)]
    assert run(Gate(limits), signal) is not None
    assert run(Gate(LIMITS), signal) is None


def test_the_same_reading_again_is_not_another_one() -> None:
    gate = Gate(LIMITS)
    for _ in range(100):
        gate.add(1.0, 7.0)
    assert gate.trend() is None


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0.5, 20), st.floats(-1e6, 1e6)), max_size=60))
def test_what_opens_it_is_within_its_limits(steps: list[tuple[float, float]]) -> None:
    gate, at_s = Gate(LIMITS), 0.0
    for after_s, value in steps:
        at_s += after_s
        gate.add(at_s, value)
    found = gate.rest()
    if found is not None:
        assert abs(found.drift_per_min) <= LIMITS.drift_per_min
        assert found.spread <= LIMITS.spread
        assert 0 <= found.settled_s <= found.taken_s
        assert found.n >= LIMITS.least
