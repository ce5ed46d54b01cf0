"""`skyground status`: ask the running station; when none runs, read what its journal last held."""

from __future__ import annotations

import json
import sqlite3
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import control, paths
from agent.cli.calibration_lines import status_lines as calibration_lines
from agent.cli.clock_words import clock_words
from agent.cli.completeness import maintenance_lines, status_lines, with_today
from agent.cli.journal_lines import journal_lines
from agent.cli.notify_lines import notify_lines
from agent.cli.sink_lines import sink_lines
from agent.cli.table import age, channel_table, colourful
from agent.cli.watch_lines import watch_lines

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_UNAVAILABLE = 69


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which station, and in which form."""
    parser.add_argument("--config", type=Path, default=paths.CONFIG, help="its configuration (%(default)s)")
    parser.add_argument("--state-dir", type=Path, help="its state directory, instead of --config")
    parser.add_argument("--json", action="store_true", help="the whole answer as JSON")


def run(args: argparse.Namespace) -> int:
    """Print what the station says. 0 when it runs, 69 when it does not."""
    state = args.state_dir or state_dir_of(args.config)
    try:
        answer = control.ask(paths.socket_path(state), "status")
    except control.ControlError as error:
        return _without_station(state, str(error), as_json=args.json)
    if args.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print("\n".join(render(answer)))
    return 0


def render(answer: Mapping[str, Any]) -> list[str]:
    """The answer as lines for a person."""
    station, clock, completeness = answer["station"], answer["clock"], answer["completeness"]
    lines = [
        f"{station['site']}/{station['id']}  up {age(answer['uptime_s'])}  {clock_words(clock)}",
        "",
        *channel_table(with_today(answer["channels"], completeness["today"]), colour=colourful()),
        "",
        *watch_lines(answer["watch"]),
        *status_lines(completeness),
        *maintenance_lines(answer["maintenance"]),
        *calibration_lines(answer["calibrations"]),
        *(
            f"calibration of {sensor} is under way: skyground calibrate {sensor}"
            for sensor in answer["calibrating"]
        ),
        *(_bus_lines(answer["buses"], clock["mono_ns"])),
        *sink_lines(answer["sinks"], clock["wall"]),
        *notify_lines(answer["notifiers"]),
        *journal_lines(answer["journal"]),
    ]
    stuck = {name: late for name, late in answer["overdue_s"].items() if late > 60}  # noqa: PLR2004 - a minute
    lines += [f"STUCK {name}: no sign of life for {age(late)}" for name, late in stuck.items()]
    lines += [f"worker {name} failed {count} times: see the log" for name, count in answer["faults"].items()]
    return lines


def _bus_lines(buses: list[Mapping[str, Any]], now_ns: int) -> list[str]:
    lines = []
    for bus in buses:
        sensors = bus["sensors"]
        well = sum(sensor["ok"] for sensor in sensors)
        state = (
            f"{well} of {len(sensors)} sensors ok" if bus["ok"] else f"DOWN, {len(sensors)} sensors unread"
        )
        lines.append(f"bus {bus['bus']:<16} {state}")
        lines += _trouble("  no contact", bus, now_ns)
        for sensor in sensors:
            lines += _trouble(f"  sensor {sensor['id']}: no value", sensor, now_ns)
    return lines


def _trouble(who: str, subject: Mapping[str, Any], now_ns: int) -> list[str]:
    """What is wrong with a bus or a sensor, for how long, and what to do; nothing when it is well."""
    if subject["ok"]:
        return []
    lasting_s = (now_ns - subject["failing_since_mono_ns"]) / 1e9
    return [f"{who} for {age(lasting_s)}: {subject['error']}", *_help(subject["hint"])]


def _help(hint: str | None) -> list[str]:
    return [f"  help: {hint}"] if hint else []


def state_dir_of(config: Path) -> Path:
    """Where its station keeps its state. Not validated: `status` works, and fast, when the file is wrong."""
    try:
        station = tomllib.loads(config.read_text(encoding="utf-8")).get("station", {})
        return paths.state_dir(Path(station.get("state_dir", paths.STATE)))
    except (OSError, ValueError, AttributeError, TypeError):
        return paths.state_dir(paths.STATE)


def _without_station(state: Path, why: str, *, as_json: bool) -> int:
    journal = state / paths.JOURNAL_NAME
    last = _last_words(journal)
    if as_json:
        print(json.dumps({"running": False, "why": why, "journal": str(journal), **last}, indent=2))
        return _UNAVAILABLE
    print(f"the station does not run: {why}", file=sys.stderr)
    print("help: systemctl status skyground, or: skyground run --config FILE", file=sys.stderr)
    for line in _journal_summary(last):
        print(line)
    return _UNAVAILABLE


def _last_words(path: Path) -> dict[str, Any]:
    """What the journal held last; empty when there is none or it may not be read."""
    from agent.journal.reader import JournalReader  # noqa: PLC0415 - only when the station is down

    try:
        reader = JournalReader(path, lambda _seq: None)
    except sqlite3.Error:
        return {}
    from agent.publish.marks import is_sink  # noqa: PLC0415 - as above

    try:
        head = reader.head()
        return {
            "head": head,
            "backlog": {name: head - seq for name, seq in reader.bookmarks().items() if is_sink(name)},
            "parked": [f"{name}, record {seq}: {reason}" for name, seq, reason in reader.parked()],
        }
    except sqlite3.DatabaseError as error:
        return {"error": str(error)}
    finally:
        reader.close()


def _journal_summary(last: Mapping[str, Any]) -> list[str]:
    if not last:
        return []
    if "error" in last:
        return [f"its journal cannot be read: {last['error']}; the station saves what it can when it starts"]
    lines = [f"its journal ends with record {last['head']}; data is safe"]
    lines += [f"  {name}: {backlog} waiting to be sent" for name, backlog in last["backlog"].items()]
    if last["parked"]:
        lines.append(f"  {len(last['parked'])} refused or damaged: skyground parked")
    return lines
