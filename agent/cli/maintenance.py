"""`skyground maintenance`: tell the running station that somebody works on an instrument."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import paths
from agent.cli.arguments import duration_s
from agent.cli.completeness import maintenance_lines
from agent.cli.running import UNAVAILABLE, ask_running, complain
from agent.control import RefusedError

if TYPE_CHECKING:
    import argparse

_USUAL_S = 7200.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with which instrument."""
    what = parser.add_subparsers(dest="what", metavar="begin|end|list", required=True)
    begin = what.add_parser("begin", help="from now on its observations are suspect")
    end = what.add_parser("end", help="it measures the site again")
    shown = what.add_parser("list", help="what is in force")
    for each in (begin, end):
        each.add_argument("subject", metavar="SENSOR|station", help="a sensor's id, or all: station")
    begin.add_argument(
        "--for",
        dest="for_s",
        type=duration_s,
        default=_USUAL_S,
        metavar="TIME",
        help="it ends by itself after so long, as 45min or 2h; a day at the most (2h)",
    )
    begin.add_argument("--note", default="", help="what is done, in a few words")
    for each in (begin, end, shown):
        each.add_argument("--json", action="store_true", help="what is in force, as JSON")
        each.add_argument("--config", type=Path, default=paths.CONFIG, help="the configuration (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Ask the station. 0 done, 1 it refused, 69 none runs."""
    arguments: dict[str, Any] = {}
    if args.what != "list":
        arguments["subject"] = args.subject
    if args.what == "begin":
        arguments |= {"for_s": args.for_s, "note": args.note}
    try:
        in_force = ask_running(args.config, f"maintenance_{args.what}", arguments)
    except RefusedError as error:
        complain(str(error), error.hint)
        return 1
    if in_force is None:
        complain("no station runs, so nothing is measured", "systemctl status skyground")
        return UNAVAILABLE
    if args.json:
        print(json.dumps(in_force, ensure_ascii=False, indent=2))
    else:
        print("\n".join(maintenance_lines(in_force) or ["no maintenance is in force"]))
    return 0
