"""`scripts/fuzz`: every reader of bytes against inputs that nobody should send."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from fuzz.child import COUNT
from fuzz.targets import TARGETS

_ROOT = Path(__file__).parents[1]
_FOLDER = _ROOT / "build" / "fuzz"
_GRACE_S = 120  # for imports, for the last input, and for libFuzzer to leave
_LAST_LINES = 25


class _Run(NamedTuple):
    """One target's time."""

    name: str
    inputs: int
    seconds: float
    survived: bool
    said: str


def main() -> int:
    """0 when every target survived, 1 otherwise."""
    arguments = _arguments()
    if arguments.list:
        sys.stdout.write("".join(f"{name}\n" for name in TARGETS))
        return 0
    if arguments.input:
        return subprocess.call(  # noqa: S603 - our own interpreter
            _command(arguments.target[0], 0, arguments.input), cwd=_ROOT
        )
    guided = find_spec("atheris") is not None and arguments.seed is None
    how = "guided by coverage" if guided else f"blind, seed {arguments.seed or 0}"
    sys.stdout.write(f"{how}; inputs that break something are kept in {_FOLDER.relative_to(_ROOT)}/TARGET\n")
    seed = "" if guided else str(arguments.seed or 0)
    runs = [_run(name, arguments.minutes * 60, seed) for name in arguments.target or TARGETS]
    return 0 if all(run.survived for run in runs) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("target", nargs="*", help="default: all of them", metavar="TARGET")
    parser.add_argument("--minutes", type=float, default=1.0, help="for each target (default 1)")
    parser.add_argument("--seed", type=int, help="without coverage guidance, repeatable")
    parser.add_argument("--input", help="run one TARGET on this file only: to see a finding again")
    parser.add_argument("--list", action="store_true", help="the names of the targets")
    arguments = parser.parse_args()
    for name in arguments.target:
        if name not in TARGETS:
            parser.error(f"there is no target {name}; --list shows them")
    if arguments.input and len(arguments.target) != 1:
        parser.error("--input needs the one TARGET that it is for")
    return arguments


def _command(name: str, seconds: float, how: str) -> list[str]:
    words = [sys.executable, "-m", "fuzz.child", name, f"{seconds:g}", str(_FOLDER / name)]
    return [*words, how] if how else words


def _run(name: str, seconds: float, how: str) -> _Run:
    """One target, its line of the table, and what a finding says."""
    started = time.monotonic()
    command = _command(name, seconds, how)
    done = subprocess.run(  # noqa: S603 - our own interpreter
        command,
        cwd=_ROOT,
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        timeout=seconds + _GRACE_S,
        check=False,
    )
    said = done.stdout.decode(errors="replace")
    run = _Run(name, _count(said), time.monotonic() - started, done.returncode == 0, said)
    verdict = "survived" if run.survived else f"BROKEN: see {_FOLDER.relative_to(_ROOT)}/{name}"
    rate = run.inputs / run.seconds
    sys.stdout.write(f"{name:<18}{run.inputs:>12} inputs{rate:>9.0f}/s  {verdict}\n")
    if not run.survived:
        telling = [line for line in said.splitlines() if not line.startswith("#")]  # libFuzzer's progress
        sys.stdout.write("\n".join(telling[-_LAST_LINES:]) + "\n")
    sys.stdout.flush()
    return run


def _count(said: str) -> int:
    """How many inputs were fed, by the last line that tells."""
    told = [line for line in said.splitlines() if line.startswith(COUNT)]
    return int(told[-1].removeprefix(COUNT)) if told else 0


if __name__ == "__main__":
    sys.exit(main())
