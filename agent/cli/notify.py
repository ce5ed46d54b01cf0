"""`skyground notify test ID`: have the running station send a message that is marked as an exercise.

Only the service has the secrets and its way through the network: a test from a shell would prove little.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from agent import paths
from agent.cli.running import UNAVAILABLE, ask_running, complain, explained_when_slow
from agent.control import LONGEST_ANSWER_S, RefusedError

if TYPE_CHECKING:
    import argparse

_ANSWER_S = 2 * LONGEST_ANSWER_S + 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which way to people."""
    parser.add_argument("what", choices=["test"], help="send a message that is marked as an exercise")
    parser.add_argument("notifier", metavar="ID", help="id of the [[notify]] table")
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    parser.add_argument("--config", type=Path, default=paths.CONFIG, help="the configuration (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Ask for it. 0 it was taken for everybody, 1 it was not, 69 no station runs."""
    try:
        with explained_when_slow("the station is talking to the far side..."):
            answer = ask_running(args.config, "notify_test", {"notifier": args.notifier}, timeout_s=_ANSWER_S)
    except RefusedError as error:
        complain(str(error), error.hint)
        return 1
    if answer is None:
        complain("no station runs here that could tell anybody", "start it: systemctl start skyground")
        return UNAVAILABLE
    if args.json:
        print(json.dumps(answer, indent=2))
    else:
        told = answer["people"] - len(answer["missed"])
        if told:
            whom = "" if told == answer["people"] else f" for {told} of {answer['people']}"
            taken = f"{args.notifier}: the far side has taken it{whom}"
            print(f"{taken}; whether it arrives, its reader must say")
        for each in answer["missed"]:
            complain(f"not for {each['who']}: {each['why']}", each["hint"])
    return 1 if answer["missed"] else 0
