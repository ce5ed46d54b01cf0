"""How long a measurement takes is known before anybody waits for it in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.config import check_duration
from tests.config.rig import RIGHT, loaded, refused

if TYPE_CHECKING:
    from pathlib import Path

OWN = """
title = "T"
manufacturer = "M"
source = "S"
trust = "manual"
response_timeout_s = 0.5
warm_up_s = 600
start = { request = "03 25 00 00 00", wait_s = 400 }
read = [{ register = 0, count = 1 }]
channel = [{ quantity = "orp", unit = "mV", register = 0, type = "i16", low = 0, high = 9 }]
"""
TABLES = """
[[sensor.read]]
register = 0
count = 1
[[sensor.channel]]
quantity = "orp"
unit = "mV"
register = 0
type = "i16"
low = -2000.0
high = 2000.0
"""


def probe(model: str, keys: str) -> str:
    """The right file with one more sensor."""
    return f'{RIGHT}[[sensor]]\nid = "probe"\nmodel = "{model}"\nbus = "rs485-0"\nunit = 9\n{keys}\n'


def said(folder: Path, text: str) -> str:
    """The one thing that is wrong with the text."""
    (problem,) = refused(folder, text).problems
    assert problem.code == check_duration.TOO_LONG
    return problem.message


@pytest.mark.parametrize(
    ("model", "keys", "message"),
    [
        (
            "yosemitech-y510",
            "period_s = 20",
            "one measurement takes 22 s (settle 22 s), and period_s is 20",
        ),
        (
            "yosemitech-y511",
            "wipe = true\nsamples = 3",  # of 1 s each, once a minute
            "",
        ),
        (
            "sup-ph8001",
            "samples = 60\nbetween_s = 1.1",
            "one measurement takes 64.9 s (59 x 1.1 s between 60 samples), and period_s is 60",
        ),
        (
            "sup-ph8001",
            "samples = 60\nbetween_s = 20\nperiod_s = 3600",
            "one measurement takes 1180 s (59 x 20 s between 60 samples), and is given up after 1000 s",
        ),
        (
            "generic",
            f"warm_up_s = 600\nsamples = 41\nbetween_s = 10.1\nperiod_s = 3600\n{TABLES}",
            (
                "one measurement takes 1004 s (warm-up 600 s + 40 x 10.1 s between 41 samples), "
                "and is given up after 1000 s"
            ),
        ),
        ("generic", f"warm_up_s = 600\nsamples = 5\nperiod_s = 5\n{TABLES}", ""),
        ("keller-30", "period_s = 0.2", ""),
    ],
)
def test_a_sum_that_does_not_fit_is_told_with_its_parts(
    tmp_path: Path, model: str, keys: str, message: str
) -> None:
    """Warm-up belongs to the first measurement alone: it may take longer than the period."""
    if message:
        assert said(tmp_path, probe(model, keys)) == message
    else:
        assert loaded(tmp_path, probe(model, keys))


def test_a_profile_of_ones_own_is_added_up_as_well(tmp_path: Path) -> None:
    """600 + 400 s are still waited for, and one more sample is not."""
    own = tmp_path / "own.toml"
    own.write_text(OWN, encoding="utf-8")
    keys = f'profile = "{own}"\nperiod_s = 3600\n'
    assert loaded(tmp_path, probe("generic", keys))
    assert said(tmp_path, probe("generic", keys + "samples = 2\nbetween_s = 0.5\n")) == (
        "one measurement takes 1000.5 s (warm-up 600 s + settle 400 s + 1 x 0.5 s between 2 samples), "
        "and is given up after 1000 s"
    )


def test_the_place_is_what_can_be_changed(tmp_path: Path) -> None:
    """The period where it stands, else the samples, else the model that takes so long."""
    keys = ("samples = 31\nperiod_s = 40", "samples = 31\nbetween_s = 2.0")
    lines = [
        refused(tmp_path, probe("yosemitech-y511", each)).problems[0].line - RIGHT.count("\n")
        for each in (*keys, "")
        if each
    ]
    assert lines == [7, 6]
    text = probe("generic", f'profile = "{tmp_path / "own.toml"}"')
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    assert refused(tmp_path, text).problems[0].line - RIGHT.count("\n") == 3


@pytest.mark.parametrize("value", ["inf", "nan", "true", "1e400", f"{10**400}", '"x"', "-1", "[1]", "0"])
@pytest.mark.parametrize("key", ["period_s", "samples", "between_s", "warm_up_s"])
def test_a_number_that_is_none_is_left_to_the_schema(tmp_path: Path, key: str, value: str) -> None:
    text = probe("generic", f"{key} = {value}\n{TABLES}")
    if (key, value) == ("warm_up_s", "0"):
        assert loaded(tmp_path, text.replace("= 0\n[[", "= 0.0\n[["))
        return
    problems = refused(tmp_path, text).problems
    assert check_duration.TOO_LONG not in {problem.code for problem in problems}
