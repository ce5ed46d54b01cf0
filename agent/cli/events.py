"""`skyground events`: what is open, what was, why; and what people say to it.

Lists and details are read from the journal, so they work whether the station runs or not. What a person says
goes to the running station, which alone writes the journal.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import paths
from agent.cli import event_lines
from agent.cli.moment import moment_ns
from agent.cli.person import login
from agent.cli.running import UNAVAILABLE, ask_running, complain
from agent.cli.status import state_dir_of
from agent.cli.table import colourful
from agent.control import RefusedError
from agent.model import Severity
from agent.sound import sound

if TYPE_CHECKING:
    from agent.journal.lives import Lives

_USAGE = 2
_ANSWER_S = 30.0
_USUAL_LAST, _MOST = 10, 1000
_SHOWN = 5
_COMMANDS = {"ack": "event_acknowledge", "close": "event_close"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which events, or what to say to one."""
    # `-2h` is a time and no option.
    parser._negative_number_matcher = re.compile(r"-\d.*")  # noqa: SLF001 - argparse has no other way
    parser.add_argument("--last", type=int, metavar="N", help="so many that are over (10)")
    parser.add_argument(
        "--since", metavar="TIME", help="all that ended since then: -2d, 10:15, 2026-11-22 (UTC)"
    )
    parser.add_argument("--all", action="store_true", help="also information that asks nothing of anybody")
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    parser.add_argument("--config", type=Path, default=paths.CONFIG, help="the configuration (%(default)s)")
    parser.add_argument("--state-dir", type=Path, help="its state directory, instead of --config")
    what = parser.add_subparsers(dest="what", metavar="show|ack|close")
    show = what.add_parser("show", help="one event: its numbers, its life, what to do")
    show.add_argument("id", metavar="ID", help="or a part of it that no other has")
    ack = what.add_parser("ack", help="somebody has seen it and takes care; it stays open")
    ack.add_argument("id", nargs="?", default="", metavar="ID", help="needless when only one waits for it")
    ack.add_argument("note", nargs="?", default="", metavar="NOTE", help="in quotes")
    close = what.add_parser(
        "close", help="it is over: what gets worse or comes back is told anew, what goes on after 6 h"
    )
    close.add_argument("id", metavar="ID", help="or a part of it that no other has")
    close.add_argument("note", metavar="NOTE", help="why it is over, in quotes")
    for each in (ack, close):
        each.add_argument("--by", metavar="NAME", help="who; default: who is logged in")
    for each in (show, ack, close):
        # Without a default: it would undo what stands before the word.
        each.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="as JSON")
        each.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="the configuration")
    show.add_argument("--state-dir", type=Path, default=argparse.SUPPRESS, help="instead of --config")


def run(args: argparse.Namespace) -> int:
    """Print, or tell the station. 0 done, 1 refused or no such event, 2 usage, 69 no journal, no station."""
    if args.what in _COMMANDS:
        return _say(args)
    from agent.journal.lives import Lives  # noqa: PLC0415 - --help must not pay for it

    journal = (args.state_dir or state_dir_of(args.config)) / paths.JOURNAL_NAME
    try:
        lives = Lives(journal, lambda _seq: None)
        try:
            return _show(lives, args) if args.what == "show" else _list(lives, args)
        finally:
            lives.close()
    except sqlite3.Error as error:
        complain(f"the journal {journal} cannot be read: {error}", "does the station's user or root ask?")
        return UNAVAILABLE


def _list(lives: Lives, args: argparse.Namespace) -> int:
    now_ns = time.time_ns()
    try:
        since_ns = 0 if args.since is None else moment_ns(args.since, now_ns)
    except argparse.ArgumentTypeError as error:
        complain(str(error), "skyground events --since -2d")
        return _USAGE
    most = args.last if args.last is not None else (_USUAL_LAST if args.since is None else _MOST)
    if not 0 <= most <= _MOST:
        complain(f"--last is {most}", f"it is a number from 0 to {_MOST}")
        return _USAGE
    lowest = Severity.INFO if args.all else Severity.BLUE
    opened = [each for each in lives.open() if each.level >= lowest]
    opened.sort(key=lambda each: (-each.level, -each.tellings[0].seq))
    found = {
        "open": [event_lines.as_json(each, now_ns) for each in opened],
        "over": [event_lines.as_json(each, now_ns) for each in lives.over(since_ns, most, lowest)],
    }
    _print(found, event_lines.list_lines(found, colour=colourful()), args)
    return 0


def _show(lives: Lives, args: argparse.Namespace) -> int:
    names = lives.named(args.id)
    if len(names) != 1:
        what = f"{len(names)} events are meant" if names else f"the journal has no event {args.id!r}"
        few = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
        complain(what, f"write more of the id: {few}" if names else "skyground events lists them")
        return 1
    (life,) = lives.of(names)
    found = event_lines.whole(life, time.time_ns())
    _print(found, event_lines.show_lines(found, colour=colourful()), args)
    return 0


def _say(args: argparse.Namespace) -> int:
    arguments = {"id": args.id, "note": args.note, "by": args.by or "", "login": login()}
    try:
        answer = ask_running(args.config, _COMMANDS[args.what], arguments, timeout_s=_ANSWER_S)
    except RefusedError as error:
        complain(str(error), error.hint)
        return 1
    if answer is None:
        complain("no station runs that could put it on record", "start it: systemctl start skyground")
        return UNAVAILABLE
    said = "acknowledged" if args.what == "ack" else "closed"
    after = (
        "it stays open until it is over; when there is news of it, it is told again"
        if args.what == "ack"
        else "what gets worse or comes back is told anew, under another id; what just goes on, after 6 h"
    )
    _print(answer, [f"{said} by {answer['by']}: {answer['title']}", after], args)
    return 0


def _print(answer: Any, lines: list[str], args: argparse.Namespace) -> None:
    if args.json:
        print(json.dumps(sound(answer), ensure_ascii=False, allow_nan=False, indent=2))
    else:
        print("\n".join(lines))
