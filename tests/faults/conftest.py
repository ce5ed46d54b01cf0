"""Scenes under pytest: played briefly, judged, and printed as one table at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.scene import is_as_it_should_be, perform
from tests.faults.table import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.scene import Scene
    from tests.faults.table import Line

_LINES = pytest.StashKey[list["Line"]]()


@pytest.fixture
def play(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[Scene], Line]:
    """`play(scene)`: a few times, seeded by `--faults-seed`; fails unless the verdict is as it should be."""

    def perform_briefly(scene: Scene) -> Line:
        seed = int(request.config.getoption("--faults-seed"))
        line = perform(scene, tmp_path, seed, scene.short, agents="tests.faults.hurried")
        request.config.stash.setdefault(_LINES, []).append(line)
        assert is_as_it_should_be(scene, line), "\n" + render([line])
        return line

    return perform_briefly


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table, also of a run that is all green: numbers that nobody sees are not looked at."""
    lines = config.stash.get(_LINES, [])
    if lines:
        terminalreporter.section("faults, short form")
        terminalreporter.write_line(render(lines))
