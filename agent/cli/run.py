"""`skyground run`: the station, until it is told to stop."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agent import paths

if TYPE_CHECKING:
    import argparse

    from agent.config.schema import Config

_UNAVAILABLE, _TRY_AGAIN = 69, 75


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which station."""
    parser.add_argument("--config", type=Path, default=paths.CONFIG, help="its configuration (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Run the station. 0 after a clean stop, 78 wrong configuration, 69 a copy runs, 75 start it again."""
    # Here and not above: `skyground --help` must not pay for them.
    import faulthandler  # noqa: PLC0415

    from agent import log  # noqa: PLC0415
    from agent.cli.apart import load_apart  # noqa: PLC0415
    from agent.clock import SystemClock  # noqa: PLC0415
    from agent.lock import LockedError  # noqa: PLC0415
    from agent.station import RestartError, Station  # noqa: PLC0415

    faulthandler.enable()  # a watchdog's SIGABRT leaves every thread's stack in the log
    config = load_apart(lambda: _loaded(args.config))
    if isinstance(config, int):
        return config
    logger = log.configure(config.log.level)
    try:
        Station(config, SystemClock(), logger).run()
    except LockedError as error:
        print(
            f"error: {error}\nhelp: systemctl status skyground; only one may own the buses", file=sys.stderr
        )
        return _UNAVAILABLE
    except RestartError:
        logger.warning("the station starts again, with a new journal")
        return _TRY_AGAIN
    return 0


def _loaded(path: Path) -> Config | int:
    """In a process of its own: what the check needs is not needed again."""
    from agent.cli.check import load_or_explain  # noqa: PLC0415

    return load_or_explain(path)
