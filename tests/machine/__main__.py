"""`scripts/machine`: try the station on a machine of its own, and say what came of it. 0 when all is well."""

from __future__ import annotations

import argparse
import os
import sys

from tests.machine import clock, power, systemd, usb
from tests.machine.errors import MachineError

_TRIALS = {"power": power, "clock": clock, "usb": usb, "systemd": systemd}


def main() -> int:
    """Run one trial. 0 as it should be, 1 not, 2 the machine could not be tried."""
    parser = argparse.ArgumentParser(prog="scripts/machine", description=__doc__)
    trials = parser.add_subparsers(dest="trial", required=True)
    for name, trial in _TRIALS.items():
        text = (trial.__doc__ or "").partition("\n")[0]
        trial.add_arguments(trials.add_parser(name, help=text, description=trial.__doc__))
    args = parser.parse_args()
    if os.geteuid() != 0:
        sys.stderr.write("error: disks are mounted, which needs root\nhelp: sudo scripts/machine\n")
        return 2
    try:
        return 0 if _TRIALS[args.trial].run(args) else 1
    except MachineError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
