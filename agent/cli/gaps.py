"""`skyground gaps`: which observations are missing, since when and why.

Read from the journal, so it works whether the station runs or not.
"""

from __future__ import annotations

import json
import sqlite3
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import paths
from agent.cli.arguments import instant_ns, positive_number
from agent.cli.completeness import is_long, missing, part_of, words
from agent.cli.running import UNAVAILABLE, complain
from agent.cli.status import state_dir_of
from agent.cli.table import age, percent

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from agent.ledger.survey import Survey

_USAGE = 2
_DAY_NS = 86_400 * 10**9
_USUAL_DAYS, _USUAL_PERIOD_S = 2.0, 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which days and channels, and in which form."""
    parser.add_argument(
        "--days", type=positive_number, metavar="N", help="so many UTC days, today included (2)"
    )
    parser.add_argument(
        "--from", dest="from_ns", metavar="TIME", type=instant_ns,
        help="from then on, instead of --days: 2026-11-22, 2026-11-22T06:00 (local time), 2026-11-22T05:00Z",
    )  # fmt: skip
    parser.add_argument("--to", dest="to_ns", metavar="TIME", type=instant_ns, help="the same; default: now")
    parser.add_argument("--channel", metavar="SENSOR[/QUANTITY]", help="only this one; default: all")
    parser.add_argument("--all", action="store_true", help="also each single lost answer")
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    parser.add_argument("--config", type=Path, default=paths.CONFIG, help="the configuration (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Count and print. 0 done, 2 usage, 69 there is no journal that can be read."""
    to_ns = time.time_ns() if args.to_ns is None else args.to_ns
    from_ns = _from_ns(args, to_ns)
    if isinstance(from_ns, str):
        complain(from_ns, "skyground gaps --days 7, or: skyground gaps --from 2026-11-01 --to 2026-11-08")
        return _USAGE
    journal = state_dir_of(args.config) / paths.JOURNAL_NAME
    try:
        found = _survey(journal, _periods_s(args.config), from_ns, to_ns)
    except sqlite3.Error as error:
        complain(f"the journal {journal} cannot be read: {error}", "does the station's user or root ask?")
        return UNAVAILABLE
    answer = _as_json(found, args.channel)
    lines = [json.dumps(answer, ensure_ascii=False, indent=2)] if args.json else _lines(answer, args)
    print("\n".join(lines))
    return 0


def _from_ns(args: argparse.Namespace, to_ns: int) -> int | str:
    """Where to begin, or what is wrong with the arguments."""
    if args.from_ns is None:
        days = int((args.days or _USUAL_DAYS) + 0.5)
        return max(0, (to_ns // _DAY_NS - max(1, days) + 1) * _DAY_NS)
    if args.days is not None:
        return "--from and --days both say where to begin"
    return int(args.from_ns) if args.from_ns < to_ns else "the span ends before it begins"


def _survey(journal: Path, periods_s: Mapping[str, float], from_ns: int, to_ns: int) -> Survey:
    from agent.journal.reader import JournalReader  # noqa: PLC0415 - --help must not pay for them
    from agent.ledger.survey import survey  # noqa: PLC0415

    reader = JournalReader(journal, lambda _seq: None)
    try:
        return survey(reader, periods_s, from_ns, to_ns)
    finally:
        reader.close()


def _periods_s(config: Path) -> dict[str, float]:
    """How often each sensor is to be read; of one that cannot be told holes are not counted."""
    try:
        tables = tomllib.loads(config.read_text(encoding="utf-8"))["sensor"]
        return {each["id"]: float(each.get("period_s", _USUAL_PERIOD_S)) for each in tables}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        complain(
            f"{config} does not tell how often each sensor is read",
            "observations that no record tells of are not counted: skyground check says what is wrong",
        )
        return {}


def _as_json(found: Survey, channel: str | None) -> dict[str, Any]:
    from agent.ledger.days import name_of  # noqa: PLC0415 - as above
    from agent.publish.stamp import iso_ms  # noqa: PLC0415

    sensor = channel.partition("/")[0] if channel else None
    gaps = [gap.as_json() for gap in found.gaps if sensor in {None, gap.subject} or gap.subject == "station"]
    days = {
        name_of(day): {name: tally._asdict() for name, tally in tallies.items() if _is_asked(name, channel)}
        for day, tallies in found.days.items()
    }
    reached = iso_ms(found.reached_ns) if found.reached_ns else None
    return {"days": days, "gaps": gaps, "reached": reached, "waits_for_clock": found.waits}


def _is_asked(name: str, channel: str | None) -> bool:
    return channel is None or name == channel or name.partition("/")[0] == channel


def _lines(answer: Mapping[str, Any], args: argparse.Namespace) -> list[str]:
    lines = [f"{'CHANNEL':<28}{'DAY (UTC)':<11}{'EXPECTED':>8}{'THERE':>8}{'GOOD':>8}{'':>8}  MISSING"]
    for day, channels in answer["days"].items():
        for name, tally in channels.items():
            lines.append(
                f"{name:<28}{day:<11}{tally['expected']:>8}{tally['present']:>8}{tally['good']:>8}"
                f"{percent(part_of(tally)):>8}  {missing(tally)}".rstrip()
            )
    if len(lines) == 1:
        lines = ["no observation was expected in this time, as far as the journal tells"]
    lines += ["", *_gap_lines(answer["gaps"], single=args.all)]
    if answer["reached"]:
        lines.append(f"the journal ends at {answer['reached']}")
    if answer["waits_for_clock"]:
        lines.append("the clock is not set: what was recorded since is counted when its time is known")
    return lines


def _gap_lines(gaps: Sequence[Mapping[str, Any]], *, single: bool) -> list[str]:
    shown = [gap for gap in gaps if single or is_long(gap)]
    lines = (
        [f"{'FROM (UTC)':<18}{'TO':<18}{'LASTED':>7}  {'WHAT':<16}{'MISSING':>7}  REASON"] if shown else []
    )
    lines += [
        f"{_words_of(gap['from']):<18}{_words_of(gap['to']):<18}{age(gap['lasted_s']):>7}"
        f"  {gap['what']:<16}{gap['observations']:>7}  {words(gap['reason'])}"
        for gap in shown
    ]
    rest: Counter[str] = Counter()
    for gap in gaps if not single else ():
        rest[gap["reason"]] += 0 if is_long(gap) else gap["observations"]
    if +rest:
        told = missing({"missing": +rest})
        lines.append(f"and single ones: {told} (--all lists them)")
    return lines or ["nothing is missing"]


def _words_of(moment: str | None) -> str:
    return "goes on" if moment is None else moment.replace("T", " ").rstrip("Z")
