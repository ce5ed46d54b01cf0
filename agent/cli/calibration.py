"""`skyground calibration`: which calibrations there are, which is in force, and how to go back to another.

What only reads works from the files, whether the station runs or not.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import paths
from agent.cli.person import login
from agent.cli.running import UNAVAILABLE, ask_running, complain
from agent.cli.status import state_dir_of
from agent.control import RefusedError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from agent.acquire.calibration.store import Calibrations

# The station answers when its bus has taken a measurement to its end, which is a minute at the most here.
_LONGEST_S = 70.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with which channel."""
    what = parser.add_subparsers(
        dest="what", metavar="history|show|due|rollback|withdraw|export|import", required=True
    )
    history = what.add_parser("history", help="every calibration of a sensor or channel, and every change")
    history.add_argument("subject", metavar="SENSOR[/QUANTITY]")
    show = what.add_parser("show", help="all of one calibration")
    show.add_argument("subject", metavar="ID|CHANNEL", help="of a channel: the one in force")
    due = what.add_parser("due", help="by what each channel runs, and when it is to be calibrated again")
    rollback = what.add_parser("rollback", help="let the calibration before this one be in force, or another")
    rollback.add_argument(
        "--to", metavar="ID", help="that one; default: the one before, never one that was left"
    )
    withdraw = what.add_parser("withdraw", help="let the configuration be the law again")
    for each in (rollback, withdraw):
        each.add_argument("subject", metavar="CHANNEL", help="as ph-3/ph")
        each.add_argument(
            "--by", default=login() or "unknown", metavar="NAME", help="who does it (%(default)s)"
        )
        each.add_argument("--why", default="", metavar="TEXT", help="for whoever asks in ten years")
    export = what.add_parser("export", help="all calibrations in one file, for another card")
    export.add_argument("file", metavar="FILE", help="to be written, - for standard output")
    taken = what.add_parser("import", help="take up the calibrations of such a file")
    taken.add_argument("file", metavar="FILE")
    taken.add_argument("--activate", action="store_true", help="and let those be in force that were there")
    taken.add_argument("--by", default=login() or "unknown", metavar="NAME", help="who does it (%(default)s)")
    for each in (history, show, due, rollback, withdraw):
        each.add_argument("--json", action="store_true", help="the whole answer as JSON")
    for each in (history, show, due, rollback, withdraw, export, taken):
        each.add_argument("--config", type=Path, default=paths.CONFIG, help="the configuration (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """0 done, 1 refused or not found, 69 it cannot be read, 78 the configuration is wrong."""
    from agent.acquire.calibration.store import (  # noqa: PLC0415 - --help must not pay for it
        CalibrationError,
        Calibrations,
    )

    does: Mapping[str, Callable[[argparse.Namespace, Calibrations], int]] = {
        "history": _history,
        "show": _show,
        "due": _due,
        "rollback": _rollback,
        "withdraw": _withdraw,
        "export": _export,
        "import": _import,
    }
    state = state_dir_of(args.config)
    try:
        with suppress(FileNotFoundError):  # a station that never ran has none
            os.scandir(state).close()  # what may not be looked into would seem empty
        return does[args.what](args, Calibrations(state))
    except CalibrationError as error:
        complain(error.what, error.hint)
        return 1
    except RefusedError as error:
        complain(str(error), error.hint)
        return 1
    except PermissionError as error:
        complain(f"{error.filename} cannot be read: permission denied", "ask as root (sudo)")
        return UNAVAILABLE


def _history(args: argparse.Namespace, store: Calibrations) -> int:
    from agent.cli.calibration_lines import history_lines  # noqa: PLC0415 - as above

    sensor, _, quantity = args.subject.partition("/")
    found = store.history(sensor, quantity or None)
    active = [store.active(sensor, each) for each in sorted({each.quantity for each in found.records})]
    names = [each.id for each in active if each is not None]
    _say(args, {**found.as_json(), "in_force": names}, lambda told: history_lines(args.subject, told))
    return 0


def _show(args: argparse.Namespace, store: Calibrations) -> int:
    from agent.acquire.calibration.store import CalibrationError  # noqa: PLC0415 - as above
    from agent.cli.calibration_lines import record_lines  # noqa: PLC0415 - as above

    sensor, _, quantity = args.subject.partition("/")
    record = store.active(sensor, quantity) if quantity else store.read(args.subject)
    if record is None:
        raise CalibrationError(
            f"{args.subject} has no calibration in force",
            f"skyground calibration history {sensor} lists what there is",
        )
    _say(args, record.as_json(), record_lines)
    return 0


def _due(args: argparse.Namespace, store: Calibrations) -> int:
    from agent.cli.calibration_lines import due_lines  # noqa: PLC0415 - as above

    told = ask_running(args.config, "calibration_due")
    if told is None:
        from agent.cli.calibration_offline import standings  # noqa: PLC0415 - as above

        told = standings(args.config, store, time.time())
    if isinstance(told, int):
        return told
    _say(args, told, due_lines)
    return 0


def _rollback(args: argparse.Namespace, store: Calibrations) -> int:
    return _moved(args, store, "activate", args.subject, args.to)


def _withdraw(args: argparse.Namespace, store: Calibrations) -> int:
    return _moved(args, store, "withdraw", args.subject, None)


def _moved(
    args: argparse.Namespace, store: Calibrations, command: str, channel: str, name: str | None
) -> int:
    """Ask the station; without one move the pointer here, under its lock."""
    arguments = {"channel": channel, "by": args.by, "why": getattr(args, "why", "")}
    arguments |= {} if name is None else {"id": name}
    told = ask_running(args.config, f"calibration_{command}", arguments, timeout_s=_LONGEST_S)
    if told is None:
        from agent.cli.calibration_offline import moved  # noqa: PLC0415 - as above

        told = moved(args.config, store, command, arguments)
    if isinstance(told, int):
        return told
    runs_by = f"calibration {told['id']}" if told["id"] else "the configuration"
    when = "from now on" if told["running"] else "from the next start on"
    if getattr(args, "json", False):
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        print(f"{channel} is converted by {runs_by}, {when}")
    if told["kept_inside"]:
        sensor = channel.partition("/")[0]
        print(f"note: {told['kept_inside']}; else: skyground calibrate {sensor}", file=sys.stderr)
    return 0


def _export(args: argparse.Namespace, store: Calibrations) -> int:
    from agent.cli.calibration_files import exported  # noqa: PLC0415 - as above

    return exported(store, args.file)


def _import(args: argparse.Namespace, store: Calibrations) -> int:
    from agent.cli.calibration_files import imported  # noqa: PLC0415 - as above

    active = imported(store, Path(args.file))
    codes = [0]
    for channel, name in active.items() if args.activate else ():
        codes.append(_moved(args, store, "activate", channel, name))
    return max(codes)


def _say(args: argparse.Namespace, told: Any, lines: Callable[[Any], list[str]]) -> None:
    print(json.dumps(told, ensure_ascii=False, indent=2) if args.json else "\n".join(lines(told)))
