"""`skyground run` for a site whose time runs `$FAULTS_SPEED` times as fast: weeks in seconds, on real wires.

The simulated site is in the same process, so that instruments and station live in the same time.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from agent import log
from agent.clock import NS, FastClock
from agent.config.load import load
from agent.signals import StopSignals
from agent.station import Station
from drivers.simulated.site import SimulatedSite

_MONTH_S = 30 * 86_400


def main(config_file: Path, speed: float) -> None:
    """Serve until told to stop."""
    clock = FastClock(speed, time.time_ns() - _MONTH_S * NS)
    site = SimulatedSite(config_file.parent, lambda: clock.now().wall_ns / NS, seed=7, scenario="calm")
    logger = log.configure("info", sys.stdout)
    with StopSignals() as signals, site, Station(load(config_file), clock, logger):
        signals.wait()


if __name__ == "__main__":
    main(Path(sys.argv[-1]), float(os.environ["FAULTS_SPEED"]))
