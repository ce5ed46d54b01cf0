"""What a file may say about quality tests, and what it is told when that cannot work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.acquire.courses import courses
from agent.acquire.quality.standard import STANDARD
from tests.config.rig import PH, changed, loaded, refused

if TYPE_CHECKING:
    from pathlib import Path

TWIN = 'id = "ph-3"\nmodel = "sup-ph8001"\nbus = "rs485-0"\nunit = 3\n'


def ph(lines: str) -> str:
    """The right configuration with something more about the pH probe, and a second one beside it."""
    text = changed(PH, PH + lines)
    return text.replace("[[publish]]", f"[[sensor]]\n{TWIN.replace('3', '4')}\n[[publish]]", 1)


WRONG = {
    "another probe that is not there": (
        'quality.ph.agrees = { channels = ["ph-5/ph"], within = 0.3 }\n',
        "SG-C037",
        ["there is no channel `ph-5/ph`", "did you mean `ph-4/ph`"],
    ),
    "another quantity": (
        'quality.ph.agrees = { channels = ["ph-4/temperature"], within = 0.3 }\n',
        "SG-C037",
        ["is compared with channels of ph", "`ph-4/ph`"],
    ),
    "itself": (
        'quality.ph.agrees = { channels = ["ph-3/ph"], within = 0.3 }\n',
        "SG-C037",
        ["would be compared with itself"],
    ),
    "a conductivity that nobody measures": (
        'quality.ph.conductivity = "ec-3/conductivity"\n',
        "SG-C037",
        ["`ec-3/conductivity`", "none"],
    ),
    "an electrode of a thermometer": (
        "quality.temperature.electrode = { offset_mv = 20.0 }\n",
        "SG-C042",
        ["`electrode` is a test of pH, and this is temperature"],
    ),
    "a quantity that it does not measure": ("quality.turbidity.off = []\n", "SG-C031", ["turbidity"]),
    "a quantity that there is not": ("quality.pH.off = []\n", "SG-C030", ["did you mean `ph`"]),
    "a test that there is not": ('quality.ph.off = ["spikes"]\n', "SG-C013", ["flat_line"]),
    "a key that there is not": (
        "quality.ph.spike = { suspct = 0.3 }\n",
        "SG-C010",
        ["unknown key `suspct`", "did you mean `suspect`"],
    ),
    "a threshold that is missing": ("quality.ph.spike = { fail = 1.0 }\n", "SG-C011", ["`suspect`"]),
    "a threshold of zero": ("quality.ph.spike = { suspect = 0.0 }\n", "SG-C013", ["above 0"]),
    "to fail before it is suspect": (
        "quality.ph.spike = { suspect = 0.3, fail = 0.1 }\n",
        "SG-C013",
        ["fail = 0.1 would be reached before suspect = 0.3"],
    ),
    "to fail after it is suspect, where less is worse": (
        "quality.ph.attenuated = { suspect = 0.1, fail = 0.3, window_h = 1.0 }\n",
        "SG-C013",
        ["fail = 0.3 would be reached before suspect = 0.1"],
    ),
    "a season upside down": (
        "quality.ph.seasons = [{ suspect = [8.0, 6.0] }]\n",
        "SG-C013",
        ["8 is not below 6"],
    ),
    "a thirteenth month": (
        "quality.ph.seasons = [{ suspect = [6.0, 8.0], months = [1, 13] }]\n",
        "SG-C013",
        ["from 1 to 12"],
    ),
    "a slope upside down": ("quality.ph.electrode = { slope = [105.0, 85.0] }\n", "SG-C013", ["not below"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_work_is_told_at_its_line(tmp_path: Path, name: str) -> None:
    lines, code, words = WRONG[name]
    error = refused(tmp_path, ph(lines))
    assert (error.problems[0].code, error.problems[0].line) == (code, 17), error.render()
    assert all(word in error.render() for word in words), error.render()


def test_what_the_file_says_is_what_is_asked(tmp_path: Path) -> None:
    text = ph(
        'quality.ph.off = ["rate"]\n'
        "quality.ph.flat_line = { suspect_h = 2, tolerance = 0.01 }\n"
        'quality.ph.agrees = { channels = ["ph-4/ph"], within = 0.3 }\n'
        "quality.ph.seasons = [{ suspect = [6, 8], months = [11, 2] }]\n"
        "quality.ph.syntax = [-99.0]\n"
    )
    found = {course.name: course.settings for course in courses(loaded(tmp_path, text))}
    assert found["ph-3/ph"] == {
        "gap": {},
        "learned": {},
        "syntax": [-99.0],
        "spike": STANDARD["ph"]["spike"],
        "flat_line": {"suspect_h": 2.0, "tolerance": 0.01, "values": 2, "may_stay_at": []},
        "electrode": STANDARD["ph"]["electrode"],
        "agrees": {"channels": ["ph-4/ph"], "within": 0.3, "for_h": 1.0},
        "seasons": [{"suspect": [6.0, 8.0], "months": [11, 2], "hours": [0, 23]}],
        "period_s": 60.0,
    }
    assert found["ph-4/ph"] == {"gap": {}, "syntax": None, "learned": {}, **STANDARD["ph"], "period_s": 60.0}
    assert found["level-1/water_level"]["flat_line"] == STANDARD["water_level"]["flat_line"]


def test_what_a_file_does_not_say_goes_by_the_period_and_by_what_is_beside(tmp_path: Path) -> None:
    """No height of a spike holds for half a day; the thermometer of a pH probe is in the water."""
    quick, slow = (
        {course.name: course.settings for course in courses(loaded(tmp_path, ph(f"period_s = {period_s}\n")))}
        for period_s in (3600, 43_200)
    )
    assert "spike" in quick["ph-3/ph"]
    assert "spike" not in slow["ph-3/ph"]
    assert slow["ph-3/temperature"]["flat_line"]["suspect_h"] == 48.0
