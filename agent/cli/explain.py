"""`skyground explain`: where one number comes from, what speaks against it, and who has it since when.

Read from the journal and the files of the calibrations, so it works whether the station runs or not.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sqlite3
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import paths
from agent.cli.explain_lines import lines
from agent.cli.moment import moment_ns
from agent.cli.running import UNAVAILABLE, complain
from agent.cli.status import state_dir_of
from agent.publish.stamp import iso_ms

if TYPE_CHECKING:
    from agent.config.schema_calibrate import Calibrate
    from agent.journal.history import History
    from agent.model import Entry

_USAGE = 2
_NS = 1_000_000_000
_USUAL_PERIOD_S = 60.0
# An observation is that of a moment as long as no other was due between them.
_PERIODS = 1.5
# What comes of a configuration that cannot be read, or that is none; the journal explains without it.
_UNTOLD = (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which observation, and in which form."""
    # `-2h` is a time and no option.
    parser._negative_number_matcher = re.compile(r"-\d.*")  # noqa: SLF001 - argparse has no other way
    parser.add_argument("channel", metavar="CHANNEL", help="SENSOR/QUANTITY, as ph-3/ph")
    parser.add_argument("time", metavar="TIME", help="in UTC: 2026-11-22T10:15, 10:15 (today), -2h or now")
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    parser.add_argument("--config", type=Path, default=paths.CONFIG, help="the configuration (%(default)s)")
    parser.add_argument("--state-dir", type=Path, help="its state directory, instead of --config")


def run(args: argparse.Namespace) -> int:
    """Look it up and print. 0 done, 1 there is none, 2 usage, 69 there is no journal that can be read."""
    from agent.journal.history import History  # noqa: PLC0415 - --help must not pay for it

    try:
        at_ns = moment_ns(args.time, time.time_ns())
    except argparse.ArgumentTypeError as error:
        complain(str(error), "skyground explain ph-3/ph 10:15")
        return _USAGE
    state = args.state_dir or state_dir_of(args.config)
    journal = state / paths.JOURNAL_NAME
    try:
        history = History(journal, lambda _seq: None)
        try:
            return _explained(history, state, args, at_ns)
        finally:
            history.close()
    except sqlite3.Error as error:
        complain(f"the journal {journal} cannot be read: {error}", "does the station's user or root ask?")
        return UNAVAILABLE


def _explained(history: History, state: Path, args: argparse.Namespace, at_ns: int) -> int:
    channels = history.channels()
    if args.channel not in channels:
        complain(f"the journal has no channel {args.channel!r}", _meant(args.channel, channels))
        return _USAGE
    near = history.nearest(args.channel, at_ns)
    entry = near.to(at_ns)
    room_ns = int(_PERIODS * _period_s(args.config, args.channel) * _NS)
    is_inside = near.before is not None and near.after is not None
    if entry is None or not (is_inside or abs(entry.time.wall_ns - at_ns) <= room_ns):
        complain(f"no observation of {args.channel} is known around {iso_ms(at_ns)}", _span(history, entry))
        return 1
    told = _told(history, state, entry, args, at_ns)
    told["neighbours"] = [None if each is None else _place(each) for each in near]
    told["absent"] = _absent(history, near.before, near.after, abs(entry.time.wall_ns - at_ns) > room_ns)
    print(json.dumps(told, ensure_ascii=False, indent=2) if args.json else "\n".join(lines(told)))
    return 0


def _told(
    history: History, state: Path, entry: Entry, args: argparse.Namespace, at_ns: int
) -> dict[str, Any]:
    from agent.acquire.calibration.store import Calibrations  # noqa: PLC0415 - as above
    from agent.provenance.story import story  # noqa: PLC0415 - as above

    asked = {"asked": iso_ms(at_ns), "distance_s": round((entry.time.wall_ns - at_ns) / _NS, 3)}
    terms = _terms(args.config, args.channel)
    return {**asked, **story(history, entry, Calibrations(state), terms)}


def _absent(history: History, before: Entry | None, after: Entry | None, is_far: bool) -> list[str] | None:  # noqa: FBT001
    """Why there is none at that time; None when there is one."""
    from agent.provenance.absence import reasons  # noqa: PLC0415 - as above

    if not is_far or before is None or after is None:
        return None
    return reasons(history, before, after)


def _place(entry: Entry) -> dict[str, Any]:
    return {"seq": entry.seq, "time": iso_ms(entry.time.wall_ns)}


def _meant(channel: str, channels: list[str]) -> str:
    near = difflib.get_close_matches(channel, channels, n=1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(channels) or 'none yet'}"


def _span(history: History, nearest: Entry | None) -> str:
    ends = history.ends()
    if ends is None:
        return "the journal is empty"
    first, last = (iso_ms(each.time.wall_ns) for each in ends)
    near = "" if nearest is None else f"; the nearest one: {iso_ms(nearest.time.wall_ns)}"
    return f"the journal goes from {first} to {last}{near}"


def _period_s(config: Path, channel: str) -> float:
    """How often it is read, as far as the configuration tells."""
    try:
        return float(_sensor(config, channel).get("period_s", _USUAL_PERIOD_S))
    except _UNTOLD:
        return _USUAL_PERIOD_S


def _terms(config: Path, channel: str) -> Calibrate | None:
    """How long its calibrations are believed, as far as the configuration tells."""
    from agent.config.schema_calibrate import Calibrate  # noqa: PLC0415 - as above

    try:
        return Calibrate.model_validate(_sensor(config, channel)["calibrate"][channel.partition("/")[2]])
    except _UNTOLD:
        return None


def _sensor(config: Path, channel: str) -> Any:
    """Its sensor's table. Raises one of _UNTOLD where there is none, whatever is wrong with the file."""
    tables = tomllib.loads(config.read_text(encoding="utf-8"))["sensor"]
    return next(each for each in tables if each["id"] == channel.partition("/")[0])
