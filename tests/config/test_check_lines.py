"""Lines that run otherwise than their instruments did when they left the factory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.config.check_lines import warnings
from tests.config.rig import RIGHT, changed, loaded

if TYPE_CHECKING:
    from pathlib import Path

PORT = 'port = "/dev/ttyUSB0"\n'
LIKE_THE_FACTORY = [
    RIGHT,  # 9600 8N1 on both sides
    changed('model = "sup-ph8001"', 'model = "truebner-smt100"').replace(PORT, PORT + 'parity = "even"\n'),
    changed('model = "sup-ph8001"', 'model = "sn-3002-tr"').replace(PORT, PORT + "baud = 4800\n"),
    changed('model = "sup-ph8001"\n', 'model = "ezo-ph"\n').replace("unit = 3\n", ""),
]


def sensor(name: str, model: str, unit: int) -> str:
    """One more on the line."""
    return f'[[sensor]]\nid = "{name}"\nmodel = "{model}"\nbus = "rs485-0"\nunit = {unit}\n'


@pytest.mark.parametrize("text", LIKE_THE_FACTORY)
def test_a_line_like_the_factory_is_left_alone(tmp_path: Path, text: str) -> None:
    """EZO circuits have no profile and are not asked."""
    assert list(warnings(loaded(tmp_path, text))) == []


@pytest.mark.parametrize(
    ("setting", "line"),
    [("baud = 19200", "19200 8N1"), ('parity = "even"', "9600 8E1"), ("stop_bits = 2", "9600 8N2")],
)
def test_a_line_of_another_setting_than_the_factory_is_a_warning(
    tmp_path: Path, setting: str, line: str
) -> None:
    text = changed(PORT, f"{PORT}{setting}\n") + sensor("ph-4", "trios-tph", 4)
    (problem,) = warnings(loaded(tmp_path, text))
    assert (problem.code, problem.level) == ("SG-C052", "warning")
    assert problem.message == (
        f'bus "rs485-0" runs at {line}, and from the factory comes '
        "ph-3 (sup-ph8001), ph-4 (trios-tph) at 9600 8N1"
    )
    assert "have been set" in problem.notes[0]


@pytest.mark.parametrize("setting", ["", 'parity = "even"\n', "baud = 115200\n"])
def test_instruments_that_cannot_share_a_line_get_stronger_words(tmp_path: Path, setting: str) -> None:
    """Whatever the line is set to, somebody on it is silent: one warning says who."""
    more = sensor("soil-4", "sn-3002-tr", 4) + sensor("soil-5", "truebner-smt100", 5)
    (problem,) = warnings(loaded(tmp_path, changed(PORT, PORT + setting) + more))
    assert (problem.code, problem.level) == ("SG-C053", "warning")
    for who in ("ph-3 (sup-ph8001) at 9600 8N1", "soil-4 (sn-3002-tr) at 4800 8N1", "at 9600 8E1"):
        assert who in problem.message
    assert "will never answer" in problem.notes[0]


def test_an_instrument_whose_factory_setting_nobody_knows_says_nothing(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "T"\nmanufacturer = "M"\nsource = "S"\ntrust = "manual"\nresponse_timeout_s = 0.5\n'
        "read = [{ register = 0, count = 1 }]\n"
        'channel = [{ quantity = "orp", unit = "mV", register = 0, type = "i16", low = 0, high = 9 }]\n',
        encoding="utf-8",
    )
    text = RIGHT + sensor("sonde", "generic", 4) + f'profile = "{own}"\n'
    assert list(warnings(loaded(tmp_path, text))) == []
    own.write_text(own.read_text(encoding="utf-8") + "line = { baud = 19200 }\n", encoding="utf-8")
    other = tmp_path / "other.toml"
    own.rename(other)
    (problem,) = warnings(loaded(tmp_path, text.replace(str(own), str(other))))
    assert "sonde (generic) at 19200 8N1" in problem.message
