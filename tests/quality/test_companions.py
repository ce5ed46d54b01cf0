"""What others say of a channel: probes of the same water, its conductivity, the electrode's own state."""

from __future__ import annotations

import pytest

from agent.acquire.quality import electrode, ions
from agent.acquire.quality.agreement import Agreement
from agent.acquire.quality.electrode import Bounds
from agent.model import Flag, Why

BOUNDS = Bounds(85.0, 105.0, 30.0)


def test_two_probes_may_differ_for_a_while_and_then_both_are_suspect() -> None:
    test = Agreement(within=0.3, for_s=3600)
    said = [test.judge(t_s, 7.0, [7.5]) for t_s in (0.0, 1800.0, 3600.0)]
    assert [verdict.flag for verdict in said] == [Flag.GOOD, Flag.GOOD, Flag.SUSPECT]
    assert said[-1].why is Why.DISAGREES


def test_a_moment_of_agreement_begins_the_count_anew() -> None:
    test = Agreement(within=0.3, for_s=3600)
    for t_s, other in ((0.0, 7.5), (3000.0, 7.3), (3600.0, 7.5)):
        assert test.judge(t_s, 7.0, [other]).flag is Flag.GOOD
    assert test.judge(7200.0, 7.0, [7.5]).flag is Flag.SUSPECT


def test_of_three_the_odd_one_out_stands_alone() -> None:
    def said(value: float, *others: float) -> Flag:
        return Agreement(within=0.3, for_s=0).judge(0.0, value, others).flag

    assert [said(7.0, 7.1, 9.0), said(7.1, 7.0, 9.0), said(9.0, 7.0, 7.1)] == [
        Flag.GOOD,
        Flag.GOOD,
        Flag.SUSPECT,
    ]
    assert [said(7.0, 7.1, 7.05, 9.0), said(9.0, 7.0, 7.1, 7.05)] == [Flag.GOOD, Flag.SUSPECT]


def test_nobody_to_compare_with_says_nothing_and_forgets_nothing() -> None:
    test = Agreement(within=0.3, for_s=3600)
    test.judge(0.0, 7.0, [8.0])
    assert test.judge(1800.0, 7.0, []).flag is Flag.NOT_EVALUATED
    again = Agreement(within=0.3, for_s=3600)
    again.restore(test.state())
    assert again.judge(3600.0, 7.0, [8.0]).flag is Flag.SUSPECT


@pytest.mark.parametrize(
    ("ph", "us_cm", "flag"),
    [
        (3.0, 100.0, Flag.SUSPECT),  # hydrogen ions of pH 3 alone give 350 uS/cm
        (3.0, 200.0, Flag.GOOD),  # a probe that is 0.3 too low
        (2.0, 1000.0, Flag.SUSPECT),
        (2.5, 3500.0, Flag.GOOD),  # acid mine drainage
        (7.0, 1.0, Flag.GOOD),  # rain
        (5.6, 5.0, Flag.GOOD),
        (12.0, 100.0, Flag.SUSPECT),
        (0.0, 60_000.0, Flag.GOOD),  # nobody knows how such water conducts
    ],
)
def test_acid_or_alkaline_water_conducts(ph: float, us_cm: float, flag: Flag) -> None:
    assert ions.judge(ph, us_cm).flag is flag


def test_the_least_conductivity_is_that_of_the_ions_themselves() -> None:
    """0.001 mol/L of H+ with 349.65 S cm2/mol: 349.65 uS/cm, at a pH that may be 0.3 too low."""
    assert ions.least_us_cm(3.0 - 0.3) == pytest.approx(349.65, rel=1e-6)
    assert ions.least_us_cm(12.0 + 0.3) == pytest.approx(1980.0, rel=1e-6)


@pytest.mark.parametrize(
    ("slope", "offset", "flag"),
    [
        (97.8, -8.0, Flag.GOOD),
        (85.0, 30.0, Flag.GOOD),
        (84.9, 0.0, Flag.SUSPECT),
        (105.1, None, Flag.SUSPECT),
        (97.8, -30.1, Flag.SUSPECT),
        (None, 31.0, Flag.SUSPECT),
        (None, None, Flag.NOT_EVALUATED),
    ],
)
def test_an_electrode_beyond_its_bounds_makes_its_ph_suspect(
    slope: float | None, offset: float | None, flag: Flag
) -> None:
    verdict = electrode.judge(BOUNDS, slope, offset)
    assert verdict.flag is flag
    assert bool(verdict.why & Why.ELECTRODE) is (flag is Flag.SUSPECT)
