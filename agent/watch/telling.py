"""An alarm as an event for people and machines. Pure.

Read at three in the morning: how bad, what, where, the numbers that made it; then why, since when, how sure,
and what to do first. The first line alone must do on the screen of a phone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agent.events.figures import figures
from agent.events.kinds import kind_words
from agent.events.levels import LEVELS, level_word
from agent.model import Event
from agent.watch.contract import Hazard, Phase
from agent.watch.names import iso, raised_s

if TYPE_CHECKING:
    from agent.events.figures import Figure
    from agent.model import Instant
    from agent.watch.contract import Finding
    from agent.watch.vigil import Alarm

STATION = "station"
KINDS = frozenset(str(hazard) for hazard in Hazard)
_PROBE = "Probe"
# Where the hazard's own name says it all.
_SAID_BY_HAZARD = {"acid_water", "acid_water_ph"}
# What a sick probe is, where the name of its mechanism is not yet a sentence's end.
_AILS = {"bottle": "in a bottle", "drift": "drifts", "lone_step": "stepped alone", "thrashing": "jumps about"}
# Numbers that weigh the evidence or explain it, and are not what a person would look at first.
_BESIDE = frozenset(
    {
        "evidence_share",
        "for",
        "over",
        "amber",
        "witnesses",
        "growth_errors",
        "explained",
        "doubt",
        "recovery_share",
        "quiet",
    }
)
_BESIDE_BEGINS = ("rain_", "channels_", "inverse_velocity_fit")
_DECISIVE = 3
_HOUR_S = 3600.0


def event(alarm: Alarm, at: Instant, late_s: float = 0.0) -> Event:
    """What is told of it, `at` now; `late_s` after it could have been known, when that is late."""
    finding = alarm.finding
    return Event(
        id=alarm.id,
        kind=str(finding.hazard),
        subject=finding.subject if finding.hazard is Hazard.SENSOR else STATION,
        phase=str(finding.phase),
        severity=finding.level,
        at=at,
        title=_title(alarm.finding, late_s),
        text=_text(alarm, late_s),
        data=_data(alarm, late_s),
    )


def _title(finding: Finding, late_s: float) -> str:
    what = _what(finding, late_s)
    if finding.phase is Phase.CLEARED:
        where = f" {finding.subject}" if finding.hazard is Hazard.SENSOR else ""
        return f"over: {_hazard(finding).lower()}{where}, was {level_word(finding.level)}"
    said = "; ".join(_phrases(_decisive(finding)))
    return what + (", " if ": " in what else ": ") + said if said else what


def _what(finding: Finding, late_s: float) -> str:
    """`Acid drainage, red, 5 h late`, `Unstable ground, orange: head loss at piezo-5/water_level`."""
    level, hazard = level_word(finding.level), _hazard(finding)
    level += f", {late_s / _HOUR_S:.0f} h late" if late_s else ""
    if finding.hazard is Hazard.SENSOR:
        return f"{hazard} {finding.subject}, {level}: {_ails(finding.mechanism)}"
    at = f" at {finding.subject}" if finding.subject else ""
    mechanism = "" if finding.mechanism in _SAID_BY_HAZARD else finding.mechanism.replace("_", " ")
    named = f"{mechanism}{at}".strip()
    return f"{hazard}, {level}: {named}" if named else f"{hazard}, {level}"


def _hazard(finding: Finding) -> str:
    return _PROBE if finding.hazard is Hazard.SENSOR else kind_words(finding.hazard).capitalize()


def _ails(mechanism: str) -> str:
    return _AILS.get(mechanism, mechanism.replace("_", " "))


def _decisive(finding: Finding) -> list[Figure]:
    """What was held against a threshold, in the detector's order; or was measured; or for how long."""
    found = figures(finding.evidence)
    first = [each for each in found if _is_looked_at(each)]
    held = [each for each in first if each.threshold is not None]
    for_h = [each for each in found if each.name == "for" and each.value > 0.0]
    return (held or first or for_h)[:_DECISIVE]


def _is_looked_at(figure: Figure) -> bool:
    is_beside = figure.name in _BESIDE or figure.name.startswith(_BESIDE_BEGINS)
    return not is_beside and not figure.is_nothing


def _phrases(found: list[Figure]) -> list[str]:
    """`pH 5.1, 1.6 below its lowest days`: what was named is not named again."""
    phrases: list[str] = []
    before = ""
    for each in found:
        what = each.label.split(" ", 1)[0]
        words = each.words
        if phrases and what == before:
            phrases[-1] += f", {words.removeprefix(what).strip()}"
        else:
            phrases.append(words)
        before = what
    return phrases


def _text(alarm: Alarm, late_s: float) -> str:
    finding = alarm.finding
    since = _utc(raised_s(alarm.id))
    if finding.phase is Phase.CLEARED:
        stood = f"It stood from {since} to {_utc(finding.utc_s)}."
        said = [stood, _numbers(finding), f"It looked like this: {finding.cause}"]
    else:
        said = [
            f"{level_word(finding.level).capitalize()}: {LEVELS[finding.level]}.",
            finding.cause,
            _numbers(finding),
            f"Since {since}; confidence {100.0 * finding.confidence:.0f} %.",
            f"It is told late, {late_s / _HOUR_S:.1f} h after it could be seen." if late_s else "",
            f"First: {finding.advice}",
        ]
    return " ".join(each for each in said if each)


def _numbers(finding: Finding) -> str:
    numbers = "; ".join(_held(each) for each in figures(finding.evidence))
    return f"Numbers: {numbers}." if numbers else ""


def _held(figure: Figure) -> str:
    return f"{figure.words} (against {figure.limit})" if figure.limit else figure.words


def _data(alarm: Alarm, late_s: float) -> dict[str, float | str]:
    finding = alarm.finding
    data: dict[str, float | str] = {
        **finding.evidence,
        "cause": finding.cause,
        "mechanism": finding.mechanism,
        "confidence": round(finding.confidence, 3),
        "seen_utc": iso(finding.utc_s),
        "known_utc": iso(alarm.known_s),
        "advice": finding.advice,
    }
    channels = finding.channels or (finding.subject,)
    if any(channels):
        data["channels"] = ",".join(channels)
    if late_s:
        data["late_s"] = round(late_s, 1)
    return data


def _utc(utc_s: float) -> str:
    return f"{datetime.fromtimestamp(utc_s, UTC):%Y-%m-%d %H:%M} UTC"
