"""The long form: `python -m tests.faults [--share 0.5] [--rounds N] [--seed N] [--only F1,F14]`."""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
import traceback
from pathlib import Path
from subprocess import SubprocessError
from typing import TYPE_CHECKING

import pytest

from agent.control import ControlError
from tests.faults.scene import is_as_it_should_be, perform
from tests.faults.scenes import all_scenes
from tests.faults.table import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.scene import Scene
    from tests.faults.table import Line

# How a scene ends that could not be played to its end.
_BROKEN = (AssertionError, OSError, ControlError, SubprocessError, sqlite3.Error, pytest.fail.Exception)


def main(words: Sequence[str] | None = None) -> int:
    """Play the scenes asked for. 0 when all are as they should be, 1 when not, 2 for an unknown fault."""
    args = _arguments(words)
    wanted = {name.strip().upper() for name in args.only.split(",") if name.strip()}
    scenes = [scene for scene in all_scenes() if not wanted or scene.fault in wanted]
    unknown = wanted - {scene.fault for scene in scenes}
    if unknown:
        known = ", ".join(dict.fromkeys(scene.fault for scene in all_scenes()))
        _say(f"error: no scene for {', '.join(sorted(unknown))}\nhelp: there are {known}")
        return 2
    lines: list[Line] = []
    bad = [scene.name for scene in scenes if not _play(scene, args.seed, _times(scene, args), lines)]
    sys.stdout.write(render(lines) + "\n")
    _say(f"not as it should be: {', '.join(bad)}" if bad else "all as it should be")
    return 1 if bad else 0


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/faults", description="play faults against the real agent")
    parser.add_argument("--rounds", type=int, help="times to try each fault (each has a number of its own)")
    parser.add_argument("--share", type=float, default=1.0, help="instead: this part of that number")
    parser.add_argument(
        "--seed",
        type=int,
        default=random.SystemRandom().randrange(10**6),
        help="repeats a run; new by default",
    )
    parser.add_argument("--only", default="", metavar="F1,F14", help="these faults alone")
    return parser.parse_args(words)


def _times(scene: Scene, args: argparse.Namespace) -> int:
    """A control needs its few to find anything."""
    fewest = scene.short if scene.control else 1
    wanted: int = args.rounds or round(scene.long * args.share)
    return max(fewest, wanted)


def _play(scene: Scene, seed: int, times: int, lines: list[Line]) -> bool:
    """Play one scene and add its line; False when it is not as it should be or could not be finished."""
    _say(f"==> {scene.name}: {scene.what}, {times} times, seed {seed}")
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        try:
            line = perform(scene, Path(folder), seed, times)
        except pytest.skip.Exception as reason:
            _say(f"    left out: {reason}")
            return True
        except _BROKEN:  # the other scenes shall still be played
            traceback.print_exc()
            return False
    lines.append(line)
    _say(render([line]))
    return is_as_it_should_be(scene, line)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
