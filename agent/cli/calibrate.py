"""`skyground calibrate SENSOR`: be led through a calibration, step by step.

The running station holds the session; this command only shows its steps. So it may be left and taken up again
at any moment, from any terminal, also after a power cut. Without a terminal each answer is a line.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import paths
from agent.cli.person import login
from agent.cli.running import UNAVAILABLE, ask_running, complain
from agent.cli.step_lines import progress_line, prompt, step_lines
from agent.control import ControlError, RefusedError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_ASKING = frozenset({"info", "confirm", "choose", "number", "text"})
_REFUSED, _LEFT = 1, 130
_ANSWER_S = 30.0  # a slow card may take so long to keep an answer
_LOOK_S, _LINE_S = 0.3, 5.0
STALE = "stale"  # the question whether an old session is to go on at all
_CLEAR = "\r\x1b[K"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which sensor, who does it, and what becomes of a session that is under way."""
    parser.add_argument("sensor", metavar="SENSOR", help="its id in the configuration")
    parser.add_argument("--quantity", help="which one, where the sensor has several")
    parser.add_argument("--by", metavar="NAME", help="who does it; default: who is logged in")
    parser.add_argument("--procedure", help="how; default: the station asks, where several fit")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--anew", action="store_true", help="begin anew, and give up what is under way")
    what.add_argument("--abandon", action="store_true", help="give up what is under way, change nothing")
    parser.add_argument("--config", type=Path, default=paths.CONFIG, help="the configuration (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Lead through it. 0 calibrated or given up, 1 refused or left, 69 no station, 130 left by Ctrl-C."""
    try:
        if args.abandon:
            return _abandon(args)
        step = _asked(args, "begin", by=_by(args), quantity=args.quantity, **_how(args))
        return _led(args, step)
    except RefusedError as error:
        complain(str(error), error.hint)
        return UNAVAILABLE if isinstance(error, _GoneError) else _REFUSED
    except KeyboardInterrupt:
        print()
        _tell_how_to_go_on(args)
        return _LEFT


class _GoneError(RefusedError):
    """No station runs."""


def _led(args: argparse.Namespace, step: Mapping[str, Any]) -> int:
    """From one step to the next, to the end. Raises RefusedError when the station cannot be asked."""
    is_under_way = step["n"] > 1 or step["resumed"] or step["by"] != _by(args)
    if is_under_way and step["key"] != STALE:
        print(f"The calibration that {step['by']} began on {step['begun']} goes on.")
    while True:
        print("\n".join(step_lines(step, _width())), flush=True)
        if step["kind"] == "result":
            return 0
        if step["kind"] == "refused":
            return _REFUSED
        after = _answered(args, step) if step["kind"] in _ASKING else _watched(args, step)
        if after is None:
            print()
            _tell_how_to_go_on(args)
            return _REFUSED
        step = after


def _answered(args: argparse.Namespace, step: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The step after a person's answer; None at the end of the input."""
    while True:
        print(prompt(step), end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            return None
        if not sys.stdin.isatty():
            print(line.rstrip("\n"))  # a transcript shows what was answered
        try:
            said = {"session": step["session"], "n": step["n"], "answer": line.strip()}
            after: Mapping[str, Any] = _asked(args, "answer", **said)
        except _GoneError:
            raise
        except RefusedError as error:
            _same(args, step, _asked(args, "show"))
            complain(str(error), error.hint)
        else:
            if "late" in after:
                complain(f"{after['late']}: this answer was not taken", "somebody else goes on with it, too")
            return after


def _watched(args: argparse.Namespace, step: Mapping[str, Any]) -> Mapping[str, Any]:
    """The step after what the station does itself, with a live line meanwhile."""
    live = sys.stdout.isatty()
    shown, trouble = "", ""
    told_s = time.monotonic() - _LINE_S
    now = step
    while (now["n"], now["key"]) == (step["n"], step["key"]):
        line = progress_line(now["progress"], _width())
        if live:
            print(f"{_CLEAR}{line}", end="", flush=True)
        elif line != shown and time.monotonic() - told_s >= _LINE_S:
            print(line, flush=True)
            shown, told_s = line, time.monotonic()
        if now["trouble"] and now["trouble"] != trouble:
            trouble = now["trouble"]
            complain(trouble, "it is tried again")
        time.sleep(_LOOK_S)
        now = _same(args, step, _asked(args, "show"))
    if live:
        print()
    return now


def _same(args: argparse.Namespace, step: Mapping[str, Any], now: Mapping[str, Any]) -> Mapping[str, Any]:
    """`now`, as long as it is of the same session. Raises RefusedError."""
    if now["session"] != step["session"]:
        raise RefusedError(
            f"this session is over: {now['by']} has begun another one",
            f"skyground calibrate {args.sensor} shows where that stands",
        )
    return now


def _abandon(args: argparse.Namespace) -> int:
    left = _asked(args, "abandon")["left"]
    print(f"Given up: no calibration of {args.sensor} is under way. {left}")
    return 0


def _asked(args: argparse.Namespace, what: str, **arguments: Any) -> Any:
    """What the station says. Raises RefusedError."""
    wanted = {name: value for name, value in arguments.items() if value is not None}
    request = {"sensor": args.sensor, **wanted}
    hint = f"systemctl status skyground; what was begun is kept: skyground calibrate {args.sensor}"
    try:
        answer = ask_running(args.config, f"calibrate_{what}", request, timeout_s=_ANSWER_S)
    except RefusedError as error:
        if isinstance(error.__cause__, ControlError) and not isinstance(
            error.__cause__.__cause__, PermissionError
        ):
            raise _GoneError("the station does not answer any more", hint) from error
        raise
    if answer is None:
        raise _GoneError("no station runs", hint)
    return answer


def _by(args: argparse.Namespace) -> str:
    return str(args.by or login())


def _how(args: argparse.Namespace) -> dict[str, Any]:
    return {"procedure": args.procedure, "anew": args.anew or None}


def _tell_how_to_go_on(args: argparse.Namespace) -> None:
    print(f"Left as it is. Go on:   skyground calibrate {args.sensor}")
    print(f"Or give it up:          skyground calibrate {args.sensor} --abandon")


def _width() -> int:
    return shutil.get_terminal_size((72, 24)).columns
