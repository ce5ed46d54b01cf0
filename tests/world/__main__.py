"""Worlds at length: `python -m tests.world --days 30 --seed 1 --seeds 20`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.world.world import World

MEMORY = Path("/dev/shm")


def main() -> int:
    """Run them one after the other; 1 when any broke a rule."""
    parser = argparse.ArgumentParser(prog="scripts/world", description=__doc__)
    parser.add_argument("--days", type=float, default=30.0, help="of each world (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first world (%(default)s)")
    parser.add_argument("--seeds", type=int, default=1, help="how many worlds (%(default)s)")
    parser.add_argument("--verbose", action="store_true", help="what happened in each, also in good ones")
    told = parser.parse_args()
    seeds = range(told.seed, told.seed + told.seeds)
    failed = [seed for seed in seeds if not _is_good(seed, told.days, verbose=told.verbose)]
    _say(f"{told.seeds} worlds of {told.days:g} days; a rule was broken in {len(failed)}: {failed or 'none'}")
    return 1 if failed else 0


def _is_good(seed: int, days: float, *, verbose: bool) -> bool:
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as root:
        world = World(Path(root), seed, days)
        verdict = world.run()
    good, took_s = not verdict.complaints, time.monotonic() - began_s
    what = f"{verdict.counts['committed']} records, {verdict.counts['runs']} runs, in {took_s:.0f} s"
    _say(f"seed {seed}: {'good' if good else 'BROKEN'}, {what}, digest {verdict.digest}")
    if verbose or not good:
        _say(f"  {world.theme}\n  {dict(verdict.counts)}")
    if not good:
        _say(f"{verdict.words()}\n  again: scripts/world --days {days:g} --seed {seed}")
    return good


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
