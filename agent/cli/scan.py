"""`skyground scan`: who is there? Only questions that change nothing are asked.

A station that runs owns its buses and does the asking itself, between its readings. What is printed is TOML
with comments, ready to be pasted into the configuration.
"""

from __future__ import annotations

import argparse
import re
import string
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from agent import paths
from agent.cli.outcome import Outcome, conclude, line
from agent.cli.running import UNAVAILABLE, ask_running, complain
from agent.cli.table import age
from agent.control import LONGEST_ANSWER_S, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from agent.cli.wire import Wire
    from drivers.scan.found import Found, Step
    from drivers.scan.question import Question

_USAGE, _INTERRUPTED = 2, 130
_LAST_UNIT = 247
_SPEEDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which wire, and what to ask on it."""
    add = parser.add_argument
    wire = parser.add_mutually_exclusive_group()
    wire.add_argument("--bus", metavar="ID", help="a bus of the configuration")
    wire.add_argument("--port", metavar="PATH", help="a serial port; without any of these, ports are listed")
    wire.add_argument("--i2c", metavar="N", help="the I2C adapter /dev/i2c-N")
    add("--baud", type=int, choices=_SPEEDS, default=9600, help="of --port (%(default)s)")
    add("--parity", choices=("none", "even", "odd"), default="none", help="of --port (%(default)s)")
    add("--stop-bits", type=int, choices=(1, 2), default=1, help="of --port (%(default)s)")
    add("--data-bits", type=int, choices=(7, 8), default=8, help="of --port (%(default)s)")
    add("--units", type=units, metavar="1-247", help="Modbus units to ask, such as 1-30,40")
    add(
        "--thorough",
        action="store_true",
        help="find slow Modbus units, and silent ones; takes long",
    )
    add("--sdi12", action="store_true", help="ask SDI-12 sensors instead of Modbus units")
    add("--addresses", type=addresses, metavar="0-9a-f", help="SDI-12 addresses to ask; without it all 62")
    add("--config", type=Path, default=paths.CONFIG, help="the station's configuration (%(default)s)")
    add("--json", action="store_true", help="the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Search one wire, or list them.

    0 done, 2 no such wire, 69 the wire or the station cannot be asked, 130 ended by Ctrl-C.
    """
    if args.bus is None and args.port is None and args.i2c is None:
        from agent.cli.wires import show_wires  # noqa: PLC0415 - only here

        return show_wires(as_json=args.json)
    from agent.cli.wire import WireError, named  # noqa: PLC0415 - --help must not pay for pydantic

    try:
        wire = named(args)
    except WireError as error:
        complain(str(error), error.hint)
        return _USAGE
    return _search(args, wire)


def units(text: str) -> list[int]:
    """Modbus units in the order told: `1-30,40`."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not dash:
            last = first
        if not first.isdecimal() or not last.isdecimal():
            raise argparse.ArgumentTypeError(f"{part!r} is neither a unit nor a range such as 1-30")
        span = range(int(first), int(last) + 1)
        if not span or span[0] < 1 or span[-1] > _LAST_UNIT:
            raise argparse.ArgumentTypeError(
                f"{part!r}: units go from 1 to {_LAST_UNIT}, the lower one first"
            )
        found += span
    return list(dict.fromkeys(found))


def addresses(text: str) -> list[str]:
    """SDI-12 addresses in the order told: `0-9a`, where a range follows digits, capitals, small letters."""
    every = string.digits + string.ascii_uppercase + string.ascii_lowercase
    found: list[str] = []
    for part in re.findall(r"[0-9A-Za-z]-[0-9A-Za-z]|.", text):
        first, last = part[0], part[-1]
        if first not in every or every.index(first) > every.index(last):
            raise argparse.ArgumentTypeError(f"{part!r}: addresses are 0-9, A-Z and a-z, in this order")
        found += every[every.index(first) : every.index(last) + 1]
    return list(dict.fromkeys(found))


def _search(args: argparse.Namespace, wire: Wire) -> int:
    outcome = _searched(args, wire)
    _clear_progress()
    conclude(args, wire, outcome)
    if outcome.is_interrupted:
        return _INTERRUPTED
    return UNAVAILABLE if outcome.trouble else 0


def _searched(args: argparse.Namespace, wire: Wire) -> Outcome:
    """Search, and tell of everybody who is found. What is known is returned however the search ends."""
    from drivers.contract import DriverError  # noqa: PLC0415 - with the rest of the search

    found: dict[int | str, Found] = {}
    asked: set[int | str] = set()
    question = _question(args, wire)
    trouble: tuple[str, str] | None = None
    is_interrupted = False
    try:
        question, ask = _asker(args, wire, question)
        with closing(_in_two_passes(ask, question)) as steps:
            for step in steps:
                asked.add(step.place)
                _note(step, found, wire, args)
    except KeyboardInterrupt:
        is_interrupted = True
    except RefusedError as error:
        trouble = str(error), error.hint
    except DriverError as error:
        trouble = error.what, error.hint
    return Outcome(
        question, len(asked.intersection(question.places)), [*found.values()], trouble, is_interrupted
    )


def _asker(
    args: argparse.Namespace, wire: Wire, question: Question
) -> tuple[Question, Callable[[Question], Iterator[Step]]]:
    """What is left to ask, and the way to ask it, both told before it begins. Raises RefusedError."""
    answer = ask_running(args.config, "status")
    owned = answer is not None and any(bus["bus"] == wire.bus.id for bus in answer["buses"])
    # Who is in the configuration is the station's: it knows whether they answer.
    rest = tuple(place for place in question.places if not owned or place not in wire.sensors)
    question = question._replace(places=rest)
    _announce(wire, question, by_station=owned)
    if owned:
        return question, lambda part: _through_station(args.config, wire, part)
    return question, lambda part: _direct(wire, part)


def _in_two_passes(ask: Callable[[Question], Iterator[Step]], question: Question) -> Generator[Step]:
    """Ask; then once more, with patience, those who were late."""
    from drivers.scan.found import Found  # noqa: PLC0415 - with the rest of the search

    late: list[int | str] = []
    for step in ask(question):
        if isinstance(step, Found) and step.late:
            late.append(step.place)
        yield step
    if late:
        _clear_progress()
        print(
            f"{len(late)} answered late and will be asked again, up to half a minute each; Ctrl-C ends it",
            file=sys.stderr,
        )
        yield from ask(question._replace(places=tuple(late), patient=True))


def _question(args: argparse.Namespace, wire: Wire) -> Question:
    """What to ask on this wire."""
    from drivers.registry import MODELS  # noqa: PLC0415 - with the rest of the search
    from drivers.scan.question import PLACES, Question  # noqa: PLC0415 - the same

    if wire.bus.kind == "i2c":
        return Question("i2c", PLACES["i2c"])
    known = {MODELS[model].module for model in wire.models if model in MODELS}
    if args.sdi12 or args.addresses or getattr(wire.bus, "data_bits", 8) == 7 or "drivers.sdi12" in known:  # noqa: PLR2004  7E1
        return Question("sdi12", tuple(args.addresses or PLACES["sdi12"]))
    return Question("modbus", tuple(args.units or PLACES["modbus"]), args.thorough)


def _announce(wire: Wire, question: Question, *, by_station: bool) -> None:
    """What will be asked, by whom, and how long that takes."""
    from drivers.bus.serial import LineSettings  # noqa: PLC0415 - with the rest of the search

    bus = wire.bus
    line = None
    if bus.kind == "serial":
        line = LineSettings(bus.baud, bus.parity, bus.stop_bits, bus.data_bits)
    speed = f" at {line}" if line is not None else ""
    who = "the running station asks, between its readings" if by_station else "no station uses it"
    parts = question.parts() if by_station else [question]
    takes = age(max(1.0, sum(part.duration_s(line) for part in parts)))
    print(
        f"bus {bus.id}{speed}: {len(question.places)} {question.protocol} addresses, about {takes} "
        f"and longer for each that answers; {who}; Ctrl-C ends it",
        file=sys.stderr,
    )


def _direct(wire: Wire, question: Question) -> Iterator[Step]:
    """Ask here. Raises DriverError."""
    from agent.acquire.wiring import opened  # noqa: PLC0415 - with the rest of the search

    bus = opened(wire.bus)
    try:
        yield from question.search(bus)
    finally:
        bus.close()


def _through_station(config: Path, wire: Wire, question: Question) -> Iterator[Step]:
    """Let the station ask, in parts. Raises RefusedError."""
    from drivers.scan.found import Found, Progress  # noqa: PLC0415 - with the rest of the search

    for part in question.parts():
        arguments = {"bus": wire.bus.id, **part._asdict()}
        found = ask_running(config, "scan", arguments, timeout_s=LONGEST_ANSWER_S + 10)
        if found is None:
            raise RefusedError("the station ended during the search", "start the search again")
        yield from map(Found.from_json, found)
        yield from map(Progress, part.places)


def _note(step: Step, found: dict[int | str, Found], wire: Wire, args: argparse.Namespace) -> None:
    """Show how far it is, and whom it found."""
    from drivers.scan.found import Found  # noqa: PLC0415 - with the rest of the search

    if not isinstance(step, Found):
        if sys.stderr.isatty():
            print(f"\r  at {step.place} ", end="", file=sys.stderr, flush=True)
        return
    known = found.get(step.place)
    if step == known or (known is not None and step.late):
        return
    found[step.place] = step
    # One that was late is asked again, and told when that is over.
    if not args.json and not step.late:
        _clear_progress()
        print(line(step, wire), flush=True)


def _clear_progress() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
