"""Levels with a life: raised once, told when worse, cleared when quiet, closed by a person, counted."""

from __future__ import annotations

import pytest

from agent.config.plain import plain
from agent.config.schema_watch import Watch as Tables
from agent.model import Severity
from agent.watch.contract import DAY, HOUR, Assessment, Block, Hazard, Phase
from agent.watch.levels.count import gravest
from agent.watch.levels.tarp import ANEW_AFTER, Tarp
from agent.watch.plan import Hold, Plan, plan_of


def asked(level: Severity, mechanism: str = "a") -> Assessment:
    return Assessment(level, 0.8, {"x_m": 1.0}, "cause", "advice", mechanism=mechanism)


def lived(tarp: Tarp, levels: list[Severity]) -> list[tuple[Phase, Severity]]:
    told = [
        tarp.add(Block(at, 900.0 * at, {}), asked(level) if level else None)
        for at, level in enumerate(levels)
    ]
    return [(each.phase, each.level) for each in told if each]


_NONE, _BLUE, _YELLOW, _RED = Severity.INFO, Severity.BLUE, Severity.YELLOW, Severity.RED


def test_a_finding_does_not_chatter() -> None:
    tarp = Tarp(Hazard.ACID, hold=Hold(off=4))
    levels = [_YELLOW, _NONE, _YELLOW, _NONE, _NONE, _RED, _YELLOW, _NONE, _NONE, _NONE, _NONE, _NONE]
    assert lived(tarp, levels) == [(Phase.RAISED, _YELLOW), (Phase.UPDATED, _RED), (Phase.CLEARED, _RED)]


def test_n_of_m_blocks_make_a_level() -> None:
    tarp = Tarp(Hazard.ACID, hold=Hold(on=2, of=3))
    assert lived(tarp, [_RED, _NONE, _NONE, _YELLOW, _RED]) == [(Phase.RAISED, _YELLOW)]


def test_a_latched_finding_stands_until_a_person_resets_it() -> None:
    tarp = Tarp(Hazard.ACID, hold=Hold(off=2, latches=Severity.RED))
    assert lived(tarp, [_RED] + [_NONE] * 9) == [(Phase.RAISED, _RED)]
    closed = tarp.close(9000.0)
    assert closed is not None
    assert closed.phase is Phase.CLEARED
    assert tarp.level is Severity.INFO
    assert tarp.close(9000.0) is None


def test_what_hovers_below_the_line_is_not_quiet() -> None:
    tarp = Tarp(Hazard.ACID, hold=Hold(off=2, below=0.5))
    shares = [1.2, 0.8, 0.6, 0.9, 0.4, 0.7, 0.3, 0.2]
    told = [
        tarp.add(Block(at, 900.0 * at, {}), asked(_YELLOW) if share >= 1.0 else None, share)
        for at, share in enumerate(shares)
    ]
    assert [(at, each.phase) for at, each in enumerate(told) if each] == [
        (0, Phase.RAISED),
        (7, Phase.CLEARED),
    ]


def test_a_latched_finding_that_comes_back_is_told_again() -> None:
    tarp = Tarp(Hazard.GROUND, hold=Hold(off=3, latches=Severity.RED))
    said = lived(tarp, [_RED, _NONE, _YELLOW, _NONE, _NONE, _NONE, _BLUE, _YELLOW, _YELLOW])
    assert said == [(Phase.RAISED, _RED), (Phase.UPDATED, _RED)]


def test_another_mechanism_is_told_once() -> None:
    tarp = Tarp(Hazard.GROUND)
    told = [
        tarp.add(Block(at, 900.0 * at, {}), asked(_YELLOW, mechanism)) for at, mechanism in enumerate("abab")
    ]
    assert [each.mechanism for each in told if each] == ["a", "b"]


def test_the_same_seen_in_another_way_is_no_news() -> None:
    tarp = Tarp(Hazard.GROUND)
    course = ["tension_crack", "head_loss", "accelerating_drawdown", "pore_pressure_rise"]
    told = [
        tarp.add(Block(at, 900.0 * at, {}), asked(_YELLOW, mechanism)) for at, mechanism in enumerate(course)
    ]
    assert [each.mechanism for each in told if each] == ["tension_crack", "pore_pressure_rise"]


def test_what_a_person_closes_is_told_again_only_when_it_is_news() -> None:
    def after(*levels: Severity) -> list[tuple[Phase, Severity]]:
        tarp = Tarp(Hazard.GROUND, hold=Hold(off=4, latches=Severity.YELLOW))
        lived(tarp, [_YELLOW])
        closed = tarp.close(900.0)
        assert closed is not None
        assert (closed.phase, closed.level) == (Phase.CLEARED, _YELLOW)
        return lived(tarp, list(levels))

    assert after(_YELLOW, _YELLOW, _YELLOW) == []
    assert after(_YELLOW, _RED) == [(Phase.RAISED, _RED)]
    assert after(_YELLOW, _NONE, _YELLOW) == [(Phase.RAISED, _YELLOW)]
    assert after(*[_YELLOW] * ANEW_AFTER) == []
    assert after(*[_YELLOW] * (ANEW_AFTER + 1)) == [(Phase.RAISED, _YELLOW)]  # it goes on


def test_silence_is_not_quiet() -> None:
    tarp = Tarp(Hazard.ACID, hold=Hold(off=3))
    lived(tarp, [_YELLOW, _NONE, _NONE])
    silent = [tarp.add(Block(at, 900.0 * at, {}), None, hears=False) for at in range(9)]
    assert silent == [None] * 9
    assert lived(tarp, [_NONE]) == [(Phase.CLEARED, _YELLOW)]


def test_what_was_told_in_another_life_stands() -> None:
    tarp = Tarp(Hazard.GROUND, hold=Hold(off=2, latches=Severity.RED))
    tarp.adopt(_RED, asked(_RED))
    assert lived(tarp, [_NONE, _NONE, _NONE, _YELLOW]) == [(Phase.UPDATED, _RED)]


def at_levels(*levels: Severity) -> list[Assessment]:
    return [asked(level)._replace(subject=f"well-{number}") for number, level in enumerate(levels)]


@pytest.mark.parametrize(
    ("levels", "counted"),
    [
        ([], None),
        (["BLUE"] * 3, "BLUE"),
        (["BLUE"] * 4, "YELLOW"),
        (["YELLOW", "BLUE", "BLUE"], "YELLOW"),
        (["YELLOW"] * 3, "ORANGE"),
        (["ORANGE", "YELLOW", "YELLOW"], "ORANGE"),
        (["ORANGE", "ORANGE"], "RED"),
        (["RED", "BLUE", "BLUE", "BLUE"], "RED"),
    ],
)
def test_so_many_channels_make_the_next_level(levels: list[str], counted: str | None) -> None:
    found = gravest(at_levels(*(Severity[level] for level in levels)), (4, 3, 2))
    assert (found.level.name if found else None) == counted
    plain_one = gravest(at_levels(*(Severity[level] for level in levels)))
    if found and plain_one and found.level > plain_one.level:
        word = plain_one.level.name.lower()
        assert found.evidence[f"channels_{word}"] >= found.evidence[f"channels_{word}_from"]


def test_a_channel_counts_once() -> None:
    two = [asked(Severity.ORANGE), asked(Severity.ORANGE, "b")]
    found = gravest(two, (4, 3, 2))
    assert found is not None
    assert found.level is Severity.ORANGE


def test_the_schema_says_by_default_what_the_plan_does() -> None:
    assert plan_of(Tables()) == Plan()
    assert plan_of(plain(Tables())) == Plan()


def test_a_site_may_ask_for_more() -> None:
    table = {"evidence": 1.5, "confirm_h": 2, "clear_h": 24, "clear_below": 0.5, "latch": "never"}
    tables = Tables.model_validate(
        {"ph_low": 5.5, "subsidence": {**table, "by_count": [4, 3, 2]}, "acid_drainage": {"latch": "orange"}}
    )
    plan = plan_of(tables)
    assert plan.ph_low == 5.5
    assert plan.subsidence == Hold(1.5, 2 * HOUR, 2 * HOUR + 2, DAY, 0.5, None, (4, 3, 2))
    assert plan.acid_drainage.latches is Severity.ORANGE
