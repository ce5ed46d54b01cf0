"""A short run of every fuzz target; `scripts/fuzz` runs them for as long as you like."""

from __future__ import annotations

import ast
import re
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from fuzz.blind import Fuzzer, HangError, store
from fuzz.child import COUNT
from fuzz.mutate import inputs
from fuzz.target import Target
from fuzz.targets import TARGETS, find

ROOT = Path(__file__).parents[2]
SECONDS = 2.0
INPUTS = 3000  # a fast target is done with them long before


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_breaks(name: str) -> None:
    """Whatever comes, the reader gives a sound result or one of the errors that it documents."""
    fuzzer = Fuzzer(find(name), seed=1)
    try:
        fuzzer.run(SECONDS, INPUTS)
    except BaseException as error:
        error.add_note(f"input {fuzzer.at_work!r}")
        raise
    assert fuzzer.done > len(find(name).seeds)


def test_every_module_of_targets_is_listed() -> None:
    """A `Target` that nobody runs is no test."""
    listed = set(TARGETS.values())
    for path in (ROOT / "fuzz").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                made = node.value.func
                if isinstance(made, ast.Name) and made.id == "Target":
                    assert f"fuzz.{path.stem}:{ast.unparse(node.targets[0])}" in listed


def broken(data: bytes) -> None:
    if b"\xff" in data:
        raise RuntimeError("found")


BROKEN = Target(broken, (b"abc", b"\xfe"), (b"token",))


def test_the_same_seed_gives_the_same_inputs() -> None:
    first, again, other = ([*islice(inputs(BROKEN, seed), 200)] for seed in (1, 1, 2))
    assert first == again != other
    assert first[:3] == [b"", b"abc", b"\xfe"]
    assert len(set(first)) > 100


def test_a_finding_comes_through_with_its_input(tmp_path: Path) -> None:
    """A flipped bit makes 0xFF of 0xFE sooner or later."""
    fuzzer = Fuzzer(BROKEN, seed=1)
    with pytest.raises(RuntimeError, match="found"):
        fuzzer.run(60, 10**6)
    assert b"\xff" in fuzzer.at_work
    assert store(fuzzer.at_work, tmp_path / "new").read_bytes() == fuzzer.at_work


def test_an_input_that_takes_for_ever_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processor time counts, so a busy machine makes none."""
    monkeypatch.setattr("fuzz.blind.HANG_S", 0.05)
    before = signal.getsignal(signal.SIGVTALRM)

    def hang(_data: bytes) -> None:
        while True:
            pass

    with pytest.raises(HangError):
        Fuzzer(Target(hang, (b"x",)), seed=1).run(60, 10)
    assert signal.getsignal(signal.SIGVTALRM) == before


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What `scripts/fuzz` starts."""
    command = [sys.executable, "-m", "fuzz", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)


def test_the_command_counts_what_it_fed() -> None:
    done = fuzz("ezo-i2c", "--minutes", "0.002", "--seed", "7")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^ezo-i2c +[1-9]\d* inputs +\d+/s  survived$", done.stdout, re.MULTILINE)


def test_the_command_runs_one_input_again(tmp_path: Path) -> None:
    (tmp_path / "crash").write_bytes(b"\x014.712\0")
    assert fuzz("ezo-i2c", "--input", str(tmp_path / "crash")).returncode == 0
    assert fuzz("--input", str(tmp_path / "crash")).returncode == 2


def test_the_command_knows_its_targets() -> None:
    assert fuzz("--list").stdout.split() == list(TARGETS)
    assert "there is no target ezo" in fuzz("ezo").stderr


def test_a_finding_ends_the_child_and_is_kept(tmp_path: Path) -> None:
    """The count is told all the same, and the exit status is not 0."""
    program = (
        "import fuzz.child as child; from fuzz.target import Target\n"
        "def run(data):\n    if b'c' in data: raise RuntimeError('found')\n"
        "child.find = lambda name: Target(run, (b'a', b'b', b'c'))\n"
        f"child.main('any', '60', {str(tmp_path)!r}, '1')\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.returncode == 1
    assert f"{COUNT} 3\n" in done.stderr
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"c"]
