"""`skyground parked`: what a far side refused, and why. Read from the journal; no station need run."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import paths
from agent.cli.running import UNAVAILABLE, complain
from agent.cli.status import state_dir_of
from agent.journal.telling.parking import CARD
from agent.model import Completeness, Event, Health, Judgement, Observation, Visit
from agent.publish.stamp import iso_ms

if TYPE_CHECKING:
    import argparse

    from agent.journal.reader import JournalReader
    from agent.model import Record

_SHOWN = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose, and in which form."""
    parser.add_argument("--sink", metavar="ID", help="only what this one refused")
    parser.add_argument("--json", action="store_true", help="all of it as JSON")
    parser.add_argument("--config", type=Path, default=paths.CONFIG, help="the configuration (%(default)s)")
    parser.add_argument("--state-dir", type=Path, help="its state directory, instead of --config")


def run(args: argparse.Namespace) -> int:
    """Print it; damaged rows, too. 0 even when there is nothing, 69 when there is no journal to read."""
    from agent.journal.reader import JournalReader  # noqa: PLC0415 - --help must not pay for it

    path = (args.state_dir or state_dir_of(args.config)) / paths.JOURNAL_NAME
    try:
        reader = JournalReader(path, lambda _seq: None)
        try:
            rows = [row for row in reader.parked() if args.sink in {None, row[0]}]
            found = [_told(reader, row) for row in (rows if args.json else rows[:_SHOWN])]
        finally:
            reader.close()
    except sqlite3.Error as error:
        complain(f"the journal {path} cannot be read: {error}", "is --config right? else ask as root (sudo)")
        return UNAVAILABLE
    print(
        json.dumps(found, ensure_ascii=False, indent=2) if args.json else "\n".join(_lines(found, len(rows)))
    )
    return 0


def _told(reader: JournalReader, row: tuple[str, int, str]) -> dict[str, Any]:
    sink, seq, reason = row
    entries = reader.read_after(seq - 1, 1, seq)
    record = in_words(entries[0].record) if entries else "no longer in the journal, or damaged"
    return {"sink": sink, "seq": seq, "record": record, "reason": reason}


def _lines(found: list[dict[str, Any]], count: int) -> list[str]:
    if not found:
        return ["nothing is parked: every record was taken, or is still to be sent"]
    lines = [f"{'SINK':<12}{'SEQ':>10}  RECORD: REASON"]
    lines += [f"{_by(each):<12}{each['seq']:>10}  {each['record']}: {each['reason']}" for each in found]
    if count > len(found):
        lines.append(f"and {count - len(found)} more: --json lists all")
    if any(each["sink"] != CARD for each in found):
        lines.append("try again, when the reason is gone: skyground resend --parked --sink ID")
    return lines


def _by(told: dict[str, Any]) -> str:
    """Whose it is: nobody has refused what the card has damaged."""
    return "(card)" if told["sink"] == CARD else str(told["sink"])


def in_words(record: Record) -> str:
    """One record, so that a person knows which it is."""
    match record:
        case Observation():
            value = "no value" if record.value is None else f"{record.value:g}"
            what = f"{record.channel} {value}"
        case Event():
            what = f"event {record.kind} {record.phase}, {record.title!r}"
        case Health():
            what = "the station's own numbers"
        case Completeness():
            what = f"the account of {record.day}"
        case Judgement():
            what = f"a later word on {record.observation.channel}, {record.observation.flag.name.lower()}"
        case Visit():
            what = f"visit, {record.kind} of {record.subject} by {record.by}"
    return f"{what}, {iso_ms(record.at.wall_ns)}"
