"""`skyground replay`: quality control and detectors over a history, as if the station had been there.

Needs no configuration and no station. A CSV file goes through both, a journal through the detectors: its
flags are those that were given when the values came.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from agent.cli.running import complain

if TYPE_CHECKING:
    import argparse

    from agent.replay.summary import Gone

_FAILED, _USAGE, _IO_ERROR = 1, 2, 74
_STDOUT = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which histories, and what is written of them."""
    parser.add_argument(
        "files", metavar="FILE", nargs="+",
        help="CSV with the columns time_utc, channel or sensor, value (.gz, too; - is standard input), or a"
        " journal; each is a station that starts cold",
    )  # fmt: skip
    parser.add_argument("--events", metavar="OUT.jsonl", help="what was concluded, one JSON object a line")
    parser.add_argument("--flags", metavar="OUT.csv", help="the quality flag of each value")
    parser.add_argument("--quiet", action="store_true", help="say only what is wrong")


def run(args: argparse.Namespace) -> int:
    """Go through them. 0 done, 1 a file could not be used, 2 usage, 74 what is to be written cannot be."""
    wrong = _wrong(args)
    if wrong:
        complain(wrong, "skyground replay FILE --events events.jsonl --flags flags.csv")
        return _USAGE
    with ExitStack() as stack:
        try:
            events = _out(stack, args.events)
            flags = _out(stack, args.flags)
        except OSError as error:
            complain(
                f"{error.filename} cannot be written: {error.strerror}", "name a file in your own folder"
            )
            return _IO_ERROR
        return _all(args, events, flags)


def _wrong(args: argparse.Namespace) -> str:
    """What is wrong with the arguments together."""
    outs = [each for each in (args.events, args.flags) if each]
    if len(set(outs)) < len(outs):
        return "--events and --flags name the same file"
    both = {Path(each).resolve() for each in outs if each != _STDOUT} & {
        Path(each).resolve() for each in args.files
    }
    return f"{both.pop()} would be read and written over" if both else ""


def _out(stack: ExitStack, name: str | None) -> TextIO | None:
    if name is None or name == _STDOUT:
        return None if name is None else sys.stdout
    return stack.enter_context(Path(name).open("w", encoding="utf-8", newline=""))


def _all(args: argparse.Namespace, events: TextIO | None, flags: TextIO | None) -> int:
    from agent.replay.summary import lines  # noqa: PLC0415 - --help must not pay for them
    from agent.replay.tables import FLAGS_HEAD  # noqa: PLC0415

    people = sys.stderr if _STDOUT in (args.events, args.flags) else sys.stdout
    if flags is not None:
        flags.write(FLAGS_HEAD)
    code, rows = 0, 0
    began_s = time.perf_counter()
    for file in args.files:
        gone = _one(file, events, flags)
        if gone is None:
            code = _FAILED
            continue
        rows += gone.rows
        if not args.quiet:
            print("\n".join(lines(gone)), file=people, flush=True)
    took_s = time.perf_counter() - began_s
    if not args.quiet:
        print(f"{rows} rows in {took_s:.1f} s, {rows / max(took_s, 1e-9):.0f} a second", file=people)
    return code


def _one(file: str, events: TextIO | None, flags: TextIO | None) -> Gone | None:
    """One file; None when it cannot be used, which has been said then."""
    from agent.replay.opening import opened  # noqa: PLC0415 - as above
    from agent.replay.table import NotATableError, read  # noqa: PLC0415
    from agent.replay.tables import replay  # noqa: PLC0415

    try:
        with opened(file) as text:
            table = read(text)
    except OSError as error:
        complain(f"{file} cannot be read: {error.strerror or error}", "name a CSV file or a journal")
        return None
    except NotATableError as error:
        complain(f"{file}: {error}", "skyground replay --help tells the form")
        return None
    for refused in table.refused:
        print(f"{file}:{refused.line}: {refused.reason}", file=sys.stderr)
    return replay(file, table, events, flags)
