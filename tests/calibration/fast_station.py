"""`skyground run` whose time runs `$SPEED` times as fast: a probe is at rest after a second of ours."""

from __future__ import annotations

import os
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
    with StopSignals() as signals, Station(load(config_file), clock, log.configure("info", sys.stdout)):
        signals.wait()


if __name__ == "__main__":
    main(Path(sys.argv[-1]), float(os.environ["SPEED"]))
