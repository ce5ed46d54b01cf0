"""Two plans side by side."""

from __future__ import annotations

import pytest

from agent.config.load import ConfigError
from agent.config.schema_watch import Alarm as AlarmTable
from agent.config.schema_watch import Watch
from agent.model import Severity
from agent.replay.plans import what_if
from agent.replay.whatif import compare, lines
from agent.watch.contract import Finding, Hazard, Phase
from agent.watch.plan import Plan
from agent.watch.vigil import Alarm

_HOUR_S = 3600.0


def _life(begin_h: float, *levels: tuple[float, Severity], end_h: float | None, name: str) -> list[Alarm]:
    """One incident: at which hours after its begin it is told at which level."""
    told = [
        _told(name, begin_h + at_h, Phase.RAISED if not at_h else Phase.UPDATED, level)
        for at_h, level in levels
    ]
    return told if end_h is None else [*told, _told(name, end_h, Phase.CLEARED, levels[-1][1])]


def _told(name: str, at_h: float, phase: Phase, level: Severity) -> Alarm:
    finding = Finding(at_h * _HOUR_S, Hazard.ACID, "", phase, level, 0.8, {}, "cause", "advice", "acid_water")
    return Alarm(name, at_h * _HOUR_S, finding)


_NOW = [
    *_life(10, (0, Severity.YELLOW), (5, Severity.RED), end_h=100, name="a"),
    *_life(200, (0, Severity.BLUE), end_h=220, name="b"),
]


def test_the_same_incident_is_told_later_and_lower() -> None:
    then = _life(12, (0, Severity.BLUE), (4, Severity.ORANGE), end_h=90, name="c")
    found = compare(_NOW, then)
    assert found.counts == {
        (Hazard.ACID, Severity.RED): (1, 0),
        (Hazard.ACID, Severity.ORANGE): (0, 1),
        (Hazard.ACID, Severity.BLUE): (1, 0),
    }
    first, second = found.pairs
    assert first.later_h == 6.0
    assert (second.then, second.later_h) == (None, None)
    shown = "\n".join(lines(found))
    assert "6.0 h later" in shown
    assert "not told" in shown


def test_incidents_at_other_times_are_others() -> None:
    found = compare(
        _life(10, (0, Severity.RED), end_h=20, name="a"), _life(30, (0, Severity.RED), end_h=None, name="b")
    )
    assert [(pair.now is None, pair.then is None) for pair in found.pairs] == [(False, True), (True, False)]
    assert "only as it is" in lines(found)[-2]
    assert "only then" in lines(found)[-1]


def test_the_same_plan_changes_nothing() -> None:
    found = compare(_NOW, _NOW)
    assert all(now == then for now, then in found.counts.values())
    assert [pair.later_h for pair in found.pairs] == [0.0, None]
    assert "none with either" in lines(compare([], []))[-1]


def test_keys_are_those_of_the_configuration_over_what_it_says() -> None:
    tables = Watch(ph_low=5.0, acid_drainage=AlarmTable(evidence=2.0))
    plan = what_if(["watch.acid_drainage.latch=never", "watch.subsidence.by_count=[4, 3, 2]"], tables)
    assert (plan.ph_low, plan.acid_drainage.evidence, plan.acid_drainage.latches) == (5.0, 2.0, None)
    assert plan.subsidence.by_count == (4, 3, 2)
    assert what_if(["watch.ph_low = 6"], Watch()) == Plan()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("watch.ph_lo=5", "did you mean `ph_low`"),
        ("watch.ph_low=50", "14"),
        ("watch.ph_low=acid", "number"),
        ("watch.acid_drainage.latch=purple", "blue"),
        ("ph_low=5", "no key of [watch]"),
        ("watch.ph_low", "no setting"),
        ("watch=5", "watch"),
    ],
)
def test_what_is_wrong_is_said_as_of_the_configuration(word: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        what_if([word], Watch())
    assert said in caught.value.render()
    assert "--what-if" in caught.value.render()


@pytest.mark.parametrize("words", [[""], ["#x"], ["watch.ph_low=5", " "]])
def test_what_sets_nothing_is_no_setting(words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        what_if(words, Watch())
    assert "no setting" in caught.value.render()
