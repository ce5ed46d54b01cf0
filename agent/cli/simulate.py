"""`skyground simulate`: a simulated site in a process of its own, for `skyground run` to poll."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli.arguments import positive_number
from agent.clock import NS, FastClock
from agent.signals import StopSignals

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_USAGE, _UNAVAILABLE, _IO = 2, 69, 74
_MARK = "# Written by `skyground simulate`, which replaces and removes it. Copy it elsewhere to change it.\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where, which story, how fast."""
    parser.add_argument("--dir", type=Path, required=True, help="where the wires and station.toml go")
    parser.add_argument(
        "--speed", type=positive_number, default=1.0, help="site's seconds per real second (%(default)g)"
    )
    parser.add_argument("--seed", type=int, default=1, help="same seed, same values (%(default)s)")
    parser.add_argument("--scenario", default="demo", help="what happens (%(default)s)")
    parser.add_argument(
        "--period",
        type=positive_number,
        default=1.0,
        metavar="S",
        help="period_s of the station (%(default)g)",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM. 0 clean end, 2 unknown scenario, 69 place in use, 74 not writable."""
    from drivers.simulated.scenario import scenario_named  # noqa: PLC0415  other commands do without

    try:
        scenario_named(args.scenario)
    except ValueError as error:
        return _explain(_USAGE, error, "choose one of these with --scenario")
    directory: Path = args.dir.absolute()
    try:
        with _made(directory), _owned(directory):
            _serve(args, directory)
    except BlockingIOError:
        return _explain(_UNAVAILABLE, f"another simulated site uses {directory}", "choose another --dir")
    except OSError as error:
        return _explain(_IO, error, "--dir needs a short path that this user may write to")
    return 0


def _serve(args: argparse.Namespace, directory: Path) -> None:
    from drivers.simulated.site import SimulatedSite, station_toml  # noqa: PLC0415  other commands do without

    clock = FastClock(args.speed, time.time_ns())
    site = SimulatedSite(directory, lambda: clock.now().wall_ns / NS, args.seed, args.scenario, workshop=True)
    config = directory / "station.toml"
    with (
        StopSignals() as signals,
        site,
        _written(config, _MARK + station_toml(directory, period_s=args.period, workshop=True)),
    ):
        print(
            f"Simulated site `{args.scenario}`, seed {args.seed}, {args.speed:g} times as fast as real time."
        )
        print(
            f"Poll it from another terminal:\n\n    skyground run --config {config}\n\n"
            f"Put its probes into buffers and standards: skyground bench --help\n\nCtrl-C ends it.",
            flush=True,
        )
        signals.wait()


@contextmanager
def _made(directory: Path) -> Iterator[None]:
    """The directory exists; one that we made goes again, unless somebody keeps things in it."""
    is_ours = not directory.exists()
    directory.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if is_ours:
            with suppress(OSError):
                directory.rmdir()


@contextmanager
def _owned(directory: Path) -> Iterator[None]:
    """No second site replaces our wires. Raises BlockingIOError when there is a first."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


@contextmanager
def _written(path: Path, text: str) -> Iterator[None]:
    """The file stands there meanwhile. Raises FileExistsError over one that is not ours."""
    if path.exists() and not path.read_bytes().startswith(_MARK.encode()):
        raise FileExistsError(f"{path} exists and was not written by `skyground simulate`; it is left alone")
    path.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _explain(code: int, error: object, remedy: str) -> int:
    print(f"error: {error}\nhelp: {remedy}", file=sys.stderr)
    return code
