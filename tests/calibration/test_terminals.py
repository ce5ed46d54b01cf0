"""Two people at two terminals, one session: who comes second is told, and nobody talks to a dead one."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from agent.cli.main import main
from agent.control import Control, ask
from drivers.simulated.ads1115 import Ads1115
from drivers.simulated.i2c_server import I2cServer
from tests.calibration.test_guide import World, config
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Typing:
    """A line for each question; what is done elsewhere meanwhile is done before the line is there."""

    def __init__(self, *lines: str | Callable[[], str]) -> None:
        self._lines = list(lines)

    def isatty(self) -> bool:
        return False

    def readline(self) -> str:
        line = self._lines.pop(0) if self._lines else ""
        return line if isinstance(line, str) else line()


class Site:
    """A station that listens on its socket, and a terminal beside it."""

    def __init__(
        self, state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.state = state
        self.world = World(state, config(f"unix:{state}/i2c.sock"))
        self.code = 0
        self._toml = state / "skyground.toml"
        self._toml.write_text(f'[station]\nstate_dir = "{state}"\n', encoding="utf-8")
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def asks(self, what: str, **arguments: Any) -> Any:
        """What another client of the socket does, and what it is told."""
        return ask(self.state / "control.sock", f"calibrate_{what}", {"sensor": "soil-2", **arguments})

    def calibrates(self, by: str, *lines: str | Callable[[], str]) -> str:
        """What `by` is told, on standard output and error, until there is nothing more to type."""
        self._monkeypatch.setattr(sys, "stdin", Typing(*lines))
        words = ["--by", by, "--procedure", "points", "--config", str(self._toml)]
        self.code = main(["calibrate", "soil-2", *words])
        said = self._capsys.readouterr()
        return said.out + said.err


@pytest.fixture
def site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Site]:
    with I2cServer(tmp_path / "i2c.sock", {0x48: Ads1115(lambda _pin: 2.75)}):
        site = Site(tmp_path, monkeypatch, capsys)
        control = Control(tmp_path / "control.sock", site.world.guide.handlers())
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                control.step(site.world.clock.now())
                site.world.poller.step(site.world.clock.now())

        thread = threading.Thread(target=serve)
        thread.start()
        wait_until((tmp_path / "control.sock").exists, "the socket")
        yield site
        over.set()
        thread.join()
        control.close()
        site.world.poller.close()


def test_who_takes_it_up_is_told_whose_it_is(site: Site) -> None:
    assert "goes on." not in site.calibrates("A"), "nobody needs to be told of his own that has just begun"
    assert "The calibration that A began on" in site.calibrates("B")
    assert "goes on." not in site.calibrates("A", "3\n")
    assert "The calibration that A began on" in site.calibrates("A"), "it is no longer at its beginning"


def test_an_answer_that_comes_too_late_is_told(site: Site) -> None:
    def elsewhere() -> str:
        site.asks("answer", session=site.asks("show")["session"], n=1, answer="3")
        return "4\n"

    said = site.calibrates("A", elsewhere)
    assert "that question was answered already, with 3: this answer was not taken" in said
    assert "AS FOUND" in said, "and it goes on where it stands"


def test_what_is_asked_of_a_session_that_is_over_is_not_asked_for_ever(site: Site) -> None:
    def anew() -> str:
        site.asks("begin", by="J. Doe", procedure="points", anew=True)
        return "3\n"

    said = site.calibrates("A", anew, "4\n")
    assert (site.code, "this session is over: J. Doe has begun another one" in said) == (1, True)

    def given_up() -> str:
        site.asks("abandon")
        return "3\n"

    said = site.calibrates("A", given_up, "4\n")
    assert (site.code, "no calibration of 'soil-2' is under way" in said) == (1, True)
