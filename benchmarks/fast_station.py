"""`skyground run` for a station whose time runs SPEED times as fast as the machine's: FILE SPEED."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from agent import log
from agent.clock import FastClock
from agent.config.load import load
from agent.signals import StopSignals
from agent.station import Station


def main(config_file: Path, speed: float) -> None:
    """Serve until told to stop."""
    clock = FastClock(speed, time.time_ns())
    logger = log.configure("info", sys.stdout)
    with StopSignals() as signals, Station(load(config_file), clock, logger):
        signals.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
