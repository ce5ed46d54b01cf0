"""`skyground COMMAND`: finds the command's file and runs it.

Only the file of the command asked for is imported: `skyground --help` costs a bare interpreter and argparse.
Exit codes: 0 ok, 1 a check failed, 2 usage, then sysexits: 69 unavailable, 70 bug, 74 I/O, 77 permission,
78 configuration.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from agent import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "demo": "a simulated site behind real drivers, live on this screen; needs nothing",
    "run": "run the station (what the service does)",
    "check": "check the configuration without starting anything",
    "status": "what the running station is doing: channels, ages, backlog, last errors",
    "read": "what one sensor says right now: value, raw, quality",
    "resend": "send records again: of a time, a channel, or what was refused",
    "parked": "what a destination refused, and why",
    "notify": "show that a message reaches people: notify test ID",
    "scan": "who is on a bus: searches I2C, Modbus and SDI-12, changes nothing",
    "events": "what is open, what was, and why; acknowledge an alarm, close it",
    "gaps": "which observations are missing, since when and why; completeness by channel and day",
    "explain": "where one number comes from: its sum, what speaks against it, who has it since when",
    "replay": "quality control and detectors over a history: a CSV file or a journal",
    "visit": "what you do and see on the site: work, notes, readings by hand, samples, photos",
    "calibrate": "be led through a calibration, step by step; goes on where it was left",
    "calibration": "which calibrations there are, which is in force, what is due; go back to another",
    "maintenance": "tell the station that somebody works on an instrument, and when it is over",
    "simulate": "serve a simulated site on this machine, for `run` to poll",
    "bench": "put a probe of a simulated site into a buffer, a standard, air, or back",
}


class Parser(argparse.ArgumentParser):
    """An argument parser that says which command was probably meant."""

    def error(self, message: str) -> NoReturn:
        """Usage, the problem, and the nearest command; exit code 2."""
        import difflib  # noqa: PLC0415 - a station that runs has no use for it

        wrong = next((word for word in sys.argv[1:2] if word not in COMMANDS), "")
        near = difflib.get_close_matches(wrong, COMMANDS, n=1)
        if near and "invalid choice" in message:
            message = f"there is no command {wrong!r}; did you mean {near[0]!r}?"
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: error: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the process's exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        args = _parser(words[0] if words else "").parse_args(words)
        if args.command is None:
            _parser("").print_help()
            return 0
        code = int(args.run(args))
        sys.stdout.flush()  # a broken pipe shows here, not while the interpreter ends
        return code  # noqa: TRY300 - the work is done here; below are the ways out
    except BrokenPipeError:
        # `skyground status | head`: the reader has seen enough. Keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _parser(command: str) -> Parser:
    parser = Parser(prog="skyground", description="The edge agent of a restored mine.")
    parser.add_argument("--version", action="version", version=f"skyground {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, text in COMMANDS.items():
        one = commands.add_parser(name, help=text, description=text)
        if name == command:
            module = import_module(f"agent.cli.{name}")
            module.add_arguments(one)
            one.set_defaults(run=module.run)
    return parser
