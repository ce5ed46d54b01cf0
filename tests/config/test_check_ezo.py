"""Where EZO circuits may be, each mistake at its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.config import check_ezo
from tests.config.rig import RIGHT, loaded, refused

if TYPE_CHECKING:
    from pathlib import Path

FREE_LINE = '[[bus]]\nid = "uart-0"\nkind = "serial"\nport = "/dev/ttyAMA0"\n'


def with_sensors(*tables: str) -> str:
    """The right file, a free serial line, and these sensors, the first of which begins at line 45."""
    sensors = (f'[[sensor]]\nid = "ezo-{n}"\n{table}' for n, table in enumerate(tables))
    return RIGHT + FREE_LINE + "".join(sensors)


CASES = {
    "an address on a UART": (
        with_sensors('model = "ezo-ph"\nbus = "uart-0"\naddress = 0x63\n'),
        "SG-C022",
        46,
        ["`address` means nothing on a serial line"],
    ),
    "a UART is not shared": (
        with_sensors('model = "ezo-ph"\nbus = "uart-0"\n', 'model = "ezo-orp"\nbus = "uart-0"\n'),
        "SG-C023",
        49,
        ["the UART uart-0", "line 45"],
    ),
    "nor with Modbus instruments": (
        with_sensors('model = "ezo-ph"\nbus = "rs485-0"\n'),
        "SG-C023",
        45,
        ["the UART rs485-0", "line 17"],
    ),
    "one address, two circuits": (
        with_sensors(
            'model = "ezo-ph"\nbus = "i2c-1"\naddress = 0x62\n', 'model = "ezo-orp"\nbus = "i2c-1"\n'
        ),
        "SG-C023",
        50,
        ["address 0x62 on i2c-1", "line 46"],
    ),
    "what it does not measure": (
        with_sensors('model = "ezo-ph"\nbus = "i2c-1"\nexpect.orp = [0, 1]\n'),
        "SG-C031",
        46,
        ["it measures ph"],
    ),
}


@pytest.mark.parametrize(("text", "code", "line", "words"), CASES.values(), ids=CASES)
def test_a_misplaced_circuit_is_refused(
    tmp_path: Path, text: str, code: str, line: int, words: list[str]
) -> None:
    (problem,) = refused(tmp_path, text).problems
    assert (problem.code, problem.line) == (code, line)
    said = str(problem)
    assert [word for word in words if word not in said] == []


def test_circuits_of_all_kinds_share_an_i2c_bus(tmp_path: Path) -> None:
    """Each has another address from the factory."""
    models = ("ezo-ph", "ezo-ec", "ezo-orp", "ezo-rtd", "ezo-do")
    text = with_sensors(*(f'model = "{model}"\nbus = "i2c-1"\n' for model in models))
    assert [sensor.model for sensor in loaded(tmp_path, text).sensor[2:]] == list(models)


@pytest.mark.parametrize("model", ["ezo-orp", "ezo-rtd"])
def test_a_temperature_is_refused_where_it_would_change_nothing(tmp_path: Path, model: str) -> None:
    text = with_sensors(f'model = "{model}"\nbus = "uart-0"\ntemperature_c = 12.5\n')
    (problem,) = refused(tmp_path, text).problems
    assert (problem.code, problem.line) == ("SG-C010", 46)


@pytest.mark.parametrize(
    ("model", "words"), [("ezo-ec", "not the one at 25 degC"), ("ezo-do", "default temperature")]
)
def test_values_that_mean_little_without_the_temperature_are_a_warning(
    tmp_path: Path, model: str, words: str
) -> None:
    table = f'model = "{model}"\nbus = "i2c-1"\n'
    (problem,) = check_ezo.warnings(loaded(tmp_path, with_sensors(table)))
    assert (problem.code, problem.level) == ("SG-C054", "warning")
    assert f'sensor "ezo-0" ({model})' in problem.message
    assert words in problem.notes[0]
    assert list(check_ezo.warnings(loaded(tmp_path, with_sensors(f"{table}temperature_c = 12.5\n")))) == []


def test_other_circuits_are_not_warned_of(tmp_path: Path) -> None:
    """The slope of a pH electrode hardly depends on it; ORP and temperature do not take it."""
    tables = (f'model = "{model}"\nbus = "i2c-1"\n' for model in ("ezo-ph", "ezo-orp", "ezo-rtd"))
    assert list(check_ezo.warnings(loaded(tmp_path, with_sensors(*tables)))) == []
