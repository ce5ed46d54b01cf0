"""`skyground replay`: quality control and detectors over a history, as if the station had been there.

Needs no configuration and no station. A CSV file goes through both, a journal through the detectors: its
flags are those that were given when the values came.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from agent.cli.arguments import instant_ns
from agent.cli.running import complain

if TYPE_CHECKING:
    import argparse

    from agent.replay.drafts import Drafts
    from agent.replay.summary import Counted, Gone
    from agent.replay.table import Table
    from agent.replay.task import Out, Task

_FAILED, _USAGE, _IO_ERROR, _CONFIG = 1, 2, 74, 78
_STDOUT = "-"
_NS = 10**9
_LEAST_S = 1e-9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which histories, what is written of them, and what is asked beside."""
    parser.add_argument(
        "files", metavar="FILE", nargs="+",
        help="CSV with the columns time_utc, channel or sensor, value (.gz, too; - is standard input), or a"
        " journal; each is a station that starts cold",
    )  # fmt: skip
    parser.add_argument("--events", metavar="OUT.jsonl", help="what was concluded, one JSON object a line")
    parser.add_argument("--flags", metavar="OUT.csv", help="the quality flag of each value")
    parser.add_argument("--config", type=Path, help="whose [watch] and roles to use; default: none is needed")
    parser.add_argument(
        "--what-if", metavar="KEY=VALUE", action="append", default=[],
        help="compare with another setting of [watch], as watch.ph_low=5.5; again for more of them",
    )  # fmt: skip
    parser.add_argument(
        "--rates",
        action="store_true",
        help="how often the calm came near each threshold; with --what-if: both",
    )
    parser.add_argument(
        "--since", metavar="TIME", type=instant_ns, default=0,
        help="from then on: 2026-11-22, 2026-11-22T06:00 (local time), 2026-11-22T05:00Z; cold there, too",
    )  # fmt: skip
    parser.add_argument("--until", metavar="TIME", type=instant_ns, default=1 << 62, help="the same; so far")
    parser.add_argument("--quiet", action="store_true", help="say only what is wrong")


def run(args: argparse.Namespace) -> int:
    """Go through them.

    0 done, 1 a file could not be used, or not to its end, 2 usage, 74 what is to be written cannot be, 78 the
    configuration.
    """
    from agent.replay.drafts import Drafts  # noqa: PLC0415 - --help must not pay for it
    from agent.replay.task import Out  # noqa: PLC0415 - as above

    wrong = _wrong(args)
    if wrong:
        complain(wrong, "skyground replay FILE --events events.jsonl --flags flags.csv")
        return _USAGE
    task = _task(args)
    if task is None:
        return _CONFIG
    try:
        with Drafts() as drafts:
            done = _all(args, task, Out(_out(drafts, args.events), _out(drafts, args.flags)))
            if not done:
                return _FAILED
            if task.is_part and not any(each.rows for each in done):
                complain("nothing lies between --since and --until", "without them the span is told")
                return _USAGE
            drafts.keep()
            is_all = len(done) == len(args.files) and all(each.is_whole for each in done)
            return 0 if is_all else _FAILED
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        complain(f"cannot write: {error}", "name a file in a folder of yours, on a disk with room")
        return _IO_ERROR


def _wrong(args: argparse.Namespace) -> str:
    """What is wrong with the arguments together."""
    from agent.replay.drafts import is_same_file  # noqa: PLC0415 - as above

    if args.since >= args.until:
        return "--since is not before --until: nothing lies between them"
    if args.events and args.flags and is_same_file(args.events, args.flags):
        return "--events and --flags name the same file"
    read = [each for each in (*args.files, args.config) if each and each != _STDOUT]
    for written in (args.events, args.flags):
        if written and written != _STDOUT and any(is_same_file(written, each) for each in read):
            return f"{written} would be read and written over"
    return ""


def _task(args: argparse.Namespace) -> Task | None:
    """What is asked for; None where the configuration is wrong, which has been said then."""
    from agent.replay.task import Task  # noqa: PLC0415 - as above

    task = Task(wants_rates=args.rates, since_ns=args.since, until_ns=args.until)
    if not args.config and not args.what_if:
        return task  # the schema takes longer to load than a short history
    from agent.config.load import ConfigError, load  # noqa: PLC0415
    from agent.replay.plans import configured  # noqa: PLC0415

    try:
        return configured(task, load(args.config) if args.config else None, args.what_if)
    except ConfigError as error:
        print(error.render(), file=sys.stderr)
        return None


def _out(drafts: Drafts, name: str | None) -> TextIO | None:
    if name is None or name == _STDOUT:
        return None if name is None else sys.stdout
    return drafts.open(name)


def _all(args: argparse.Namespace, task: Task, out: Out) -> list[Counted]:
    """Every file in turn. Returns what came of those that could be used."""
    from agent.replay.columns import COLUMNS  # noqa: PLC0415 - as above
    from agent.replay.lines import FLAGS_HEAD  # noqa: PLC0415
    from agent.replay.summary import lines, lines_of_all, unknown_lines  # noqa: PLC0415

    people = sys.stderr if _STDOUT in (args.events, args.flags) else sys.stdout
    if out.flags is not None:
        out.flags.write(FLAGS_HEAD)
    began_s = time.perf_counter()
    done, names = [], tuple(COLUMNS)
    for file in args.files:
        gone = _one(file, task, out)
        if gone is not None:
            done.append(gone.counted)
            if told := unknown_lines(gone, names):
                names = ()  # once is enough
                print("\n".join(told), file=sys.stderr)
            if not args.quiet:
                print("\n".join(lines(gone)), file=people, flush=True)
    took_s = max(time.perf_counter() - began_s, _LEAST_S)
    if not args.quiet:
        print("\n".join(lines_of_all(done, took_s)), file=people)
    return done


def _one(file: str, task: Task, out: Out) -> Gone | None:
    """One file; None when it cannot be used, which has been said then."""
    from agent.journal.file.database import UnusableError  # noqa: PLC0415 - as above
    from agent.replay import journals, tables  # noqa: PLC0415
    from agent.replay.opening import UnreadableError, is_journal  # noqa: PLC0415

    try:
        if is_journal(file):
            return journals.replay(file, task, out)
        table = _table(file, task)
    except (sqlite3.Error, UnusableError) as error:
        complain(
            f"the journal {file} cannot be read: {error}",
            "it must be a station's journal.db, which its user and root may read; who copies it copies the"
            " -wal beside it, too",
        )
    except UnreadableError as error:
        complain(f"{file} cannot be read: {error}", "it must be a CSV file or a journal: docs/replay.md")
    else:
        return tables.replay(file, table, task, out)
    return None


def _table(file: str, task: Task) -> Table:
    """The rows of a CSV file; which of them cannot be used is said. Raises UnreadableError."""
    from agent.replay.opening import opened  # noqa: PLC0415 - as above
    from agent.replay.table import read  # noqa: PLC0415

    with opened(file) as text:
        table = read(text, task.since_ns / _NS, task.until_ns / _NS)
    for refused in table.refused:
        print(f"{file}:{refused.line}: {refused.reason}", file=sys.stderr)
    if table.trouble:
        print(f"{file}: {table.trouble}", file=sys.stderr)
    return table
