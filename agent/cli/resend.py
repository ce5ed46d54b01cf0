"""`skyground resend`: have records sent again, by time or because they were refused.

The running station does it, after what is live. Records keep their identity and their time: a database
overwrites what it has, a subscriber can drop what it knows.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import paths
from agent.cli.arguments import duration_s, instant_ns
from agent.cli.running import UNAVAILABLE, ask_running, complain
from agent.control import RefusedError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_USAGE = 2
_ANSWER_S = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which records, to whom."""
    span = "2026-11-22T06:00 (local time), 2026-11-22T05:00Z, or 2026-11-22"
    parser.add_argument("--from", dest="from_ns", metavar="TIME", type=instant_ns, help=f"like {span}")
    parser.add_argument("--to", dest="to_ns", metavar="TIME", type=instant_ns, help="the same; default: now")
    parser.add_argument(
        "--last", metavar="SPAN", type=duration_s, help="the last 90min, 3h, 2d, instead of --from"
    )
    parser.add_argument(
        "--channel", metavar="SENSOR/QUANTITY", help="only this one; default: all, with events"
    )
    parser.add_argument("--parked", action="store_true", help="instead: what the far side once refused")
    parser.add_argument("--sink", metavar="ID", help="only to this one; default: to all")
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    parser.add_argument("--config", type=Path, default=paths.CONFIG, help="the configuration (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Ask for it. 0 it goes out, 1 it was refused, 2 usage, 69 no station runs."""
    request = _request(args)
    if isinstance(request, str):
        complain(request, "skyground resend --last 3h, or: skyground resend --parked")
        return _USAGE
    try:
        answer = ask_running(args.config, "resend", request, timeout_s=_ANSWER_S)
    except RefusedError as error:
        complain(str(error), error.hint)
        return 1
    if answer is None:
        complain("no station runs here that could send anything", "start it: systemctl start skyground")
        return UNAVAILABLE
    print(json.dumps(answer, indent=2) if args.json else "\n".join(_lines(answer)))
    return 0


def _request(args: argparse.Namespace) -> dict[str, Any] | str:
    """What to ask, or what is wrong with the arguments."""
    request = {"sink": args.sink} if args.sink else {}
    by_time = args.from_ns is not None or args.last is not None
    if args.parked:
        if by_time or args.to_ns is not None or args.channel:
            return "--parked sends everything that was refused: no time and no channel go with it"
        return {**request, "parked": True}
    if args.from_ns is not None and args.last is not None:
        return "--from and --last both say where to begin"
    if not by_time:
        return "from when on?"
    to_ns = time.time_ns() if args.to_ns is None else args.to_ns
    from_ns = args.from_ns if args.last is None else to_ns - int(args.last * 1e9)
    if from_ns >= to_ns:
        return "the span ends before it begins"
    return {**request, "channel": args.channel, "from_ns": max(0, from_ns), "to_ns": to_ns}


def _lines(answer: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{each['sink']}: up to {each['records']} records, {each['first_seq']} to {each['last_seq']}"
        for each in answer["sinks"]
    ]
    lines += [f"{sink}: {why}" for sink, why in answer["left_out"].items()]
    return [*lines, "they go out after what is live; `skyground status` shows how many are left"]
