"""`skyground read SENSOR`: what does it say right now?

A station that runs reads it between its slots; when the bus is too busy, its last value is shown with its
age. Without a station the bus is opened, read once, and closed. Either way the measurement is waited for,
however long the instrument takes. Nothing is stored.
"""

from __future__ import annotations

import json
import time
import tomllib
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import paths
from agent.cli.running import UNAVAILABLE, ask_running, complain, explained_when_slow
from agent.cli.table import channel_table, colourful
from agent.control import RefusedError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_NO_VALUE, _USAGE = 1, 2
_MARGIN_S = 10.0  # longer than the station takes to say that it gives up
_SHORTEST_PERIOD_S, _USUAL_PERIOD_S = 0.1, 60.0
_SLOW = "it measures: with a wiper or a warm-up that takes more than a minute; Ctrl-C ends the waiting"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which sensor, how often, and in which form."""
    parser.add_argument("sensor", metavar="SENSOR", help="its id in the configuration")
    parser.add_argument("--raw", action="store_true", help="also what the instrument said, in its own unit")
    parser.add_argument("--watch", action="store_true", help="again each period of the sensor, until Ctrl-C")
    parser.add_argument("--json", action="store_true", help="as JSON; with --watch one line for each reading")
    parser.add_argument("--config", type=Path, default=paths.CONFIG, help="the configuration (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Read it. 0 it has values, 1 it has none, 2 no such sensor, 69 nobody can ask it, 78 configuration."""
    code = _once(args, with_head=True)
    if not args.watch or code not in {0, _NO_VALUE}:
        return code
    period_s = _period_s(args.config, args.sensor)
    due_s = time.monotonic()
    try:
        while code in {0, _NO_VALUE}:
            due_s = max(due_s + period_s, time.monotonic())
            time.sleep(max(0.0, due_s - time.monotonic()))
            code = _once(args, with_head=False)
    except KeyboardInterrupt:
        pass  # the way to end it
    return code


def _once(args: argparse.Namespace, *, with_head: bool) -> int:
    """One reading, shown. Returns the exit code."""
    try:
        with explained_when_slow(_SLOW) if with_head else nullcontext():
            answer = _asked(args.config, args.sensor)
    except RefusedError as error:
        complain(str(error), error.hint)
        return UNAVAILABLE
    if isinstance(answer, int):
        return answer
    if not answer["channels"]:
        complain(answer["error"], answer["hint"])
        return _USAGE
    _show(args, answer, with_head=with_head)
    return _NO_VALUE if any(each["flag"] in {"missing", "waiting"} for each in answer["channels"]) else 0


def _asked(config: Path, sensor: str) -> dict[str, Any] | int:
    """What it says; the exit code when the configuration is wrong. Raises RefusedError."""
    answer = _from_station(config, sensor)
    if answer is not None:
        return answer
    from agent.cli.read_direct import read_direct  # noqa: PLC0415 - only where no station runs

    return read_direct(config, sensor)


def _from_station(config: Path, sensor: str) -> dict[str, Any] | None:
    """What the running station says; None when none runs. Raises RefusedError."""
    from agent.requests import LONGEST_READ_S  # noqa: PLC0415 - --help must not pay for it

    try:
        answer = ask_running(config, "read", {"sensor": sensor}, timeout_s=LONGEST_READ_S + _MARGIN_S)
    except RefusedError as refusal:
        return _last(config, sensor, refusal)
    return None if answer is None else {**answer, "source": "read now by the running station"}


def _last(config: Path, sensor: str, refusal: RefusedError) -> dict[str, Any]:
    """The last value that the station has; no channels when it has no such sensor. Raises RefusedError."""
    status = ask_running(config, "status")
    if status is None:
        raise refusal
    channels = [each for each in status["channels"] if each["channel"].partition("/")[0] == sensor]
    source = "the last value that the running station has; it could not be read now"
    return {
        "sensor": sensor,
        "source": source,
        "channels": channels,
        "error": str(refusal),
        "hint": refusal.hint,
    }


def _show(args: argparse.Namespace, answer: Mapping[str, Any], *, with_head: bool) -> None:
    channels = answer["channels"]
    if args.json:
        print(json.dumps(answer, ensure_ascii=False, indent=None if args.watch else 2), flush=True)
        return
    head, *lines = channel_table(channels, colour=colourful())
    if with_head:
        print(f"{args.sensor}: {answer['source']}\n{head}")
    for channel, line in zip(channels, lines, strict=True):
        print(line + (_raw(channel) if args.raw else ""), flush=True)
    if answer["error"]:
        complain(answer["error"], answer["hint"])


def _raw(channel: Mapping[str, Any]) -> str:
    raw, unit = channel["raw"], channel["raw_unit"]
    return "   raw: none" if raw is None else f"   raw: {raw:g} {'' if unit == '1' else unit}".rstrip()


def _period_s(config: Path, sensor: str) -> float:
    """How often the configuration wants it read. The file need not be right in other places."""
    try:
        tables = tomllib.loads(config.read_text(encoding="utf-8"))["sensor"]
        (period_s,) = [each.get("period_s", _USUAL_PERIOD_S) for each in tables if each["id"] == sensor]
        return max(_SHORTEST_PERIOD_S, float(period_s))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _USUAL_PERIOD_S
