"""One target in a process of its own: python -m fuzz.child NAME SECONDS FOLDER [SEED | INPUT-FILE].

Guided by coverage when SEED is missing, which needs atheris; with a SEED the blind loop; with a file, that
input once. A finding ends the process with its traceback and leaves the input in FOLDER. Both loops end with
the line that libFuzzer prints: `stat::number_of_executed_units: N`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from fuzz.blind import HANG_S, Fuzzer, store
from fuzz.targets import find

COUNT = "stat::number_of_executed_units:"
_MOST = sys.maxsize
_LONGEST = 8192
_MEMORY_MB = 1024


def main(name: str, seconds: str, folder: str, how: str = "") -> None:
    """Do what the arguments say."""
    if not how:
        _guided(name, int(float(seconds)), Path(folder))
    elif how.isdecimal():
        _blind(name, float(seconds), Path(folder), int(how))
    else:
        find(name).run(Path(how).read_bytes())


def _blind(name: str, seconds: float, folder: Path, seed: int) -> None:
    fuzzer = Fuzzer(find(name), seed)
    survived = False
    try:
        fuzzer.run(seconds, _MOST)
        survived = True
    finally:
        sys.stderr.write(f"{COUNT} {fuzzer.done}\n")
        if not survived:
            sys.stderr.write(f"kept as {store(fuzzer.at_work, folder)}\n")


def _guided(name: str, seconds: int, folder: Path) -> None:
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["agent", "drivers", "tomllib"]):
        target = find(name)
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number:03}").write_bytes(seed)
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-artifact_prefix={folder}/",
            f"-timeout={HANG_S:.0f}",
            f"-rss_limit_mb={_MEMORY_MB}",
            f"-max_len={_LONGEST}",
            f"-dict={_dictionary(target.tokens, folder)}",
            "-print_final_stats=1",
            str(corpus),
        ],
        target.run,
    )
    atheris.Fuzz()


def _dictionary(tokens: tuple[bytes, ...], folder: Path) -> Path:
    path = folder / "dictionary"
    escaped = ("".join(f"\\x{byte:02x}" for byte in token) for token in tokens)
    path.write_text("".join(f'"{token}"\n' for token in escaped), encoding="ascii")
    return path


if __name__ == "__main__":
    main(*sys.argv[1:])
