"""`skyground scan`: who is there? Only questions that change nothing are asked.

A station that runs owns its buses and does the asking itself, between its readings. What is printed is TOML
with comments, ready to be pasted into the configuration.
"""

from __future__ import annotations

import argparse
import json
import re
import string
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agent import paths
from agent.cli.running import UNAVAILABLE, ask_running, complain
from agent.cli.table import age
from agent.control import LONGEST_ANSWER_S, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.cli.wire import Wire
    from drivers.scan.found import Found, Step
    from drivers.scan.question import Question

_USAGE = 2
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
    add("--thorough", action="store_true", help="for Modbus units that answer known registers only; slow")
    add("--sdi12", action="store_true", help="ask SDI-12 sensors instead of Modbus units")
    add("--addresses", type=addresses, metavar="0-9a-f", help="SDI-12 addresses to ask; without it all 62")
    add("--config", type=Path, default=paths.CONFIG, help="the station's configuration (%(default)s)")
    add("--json", action="store_true", help="the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Search one wire, or list them. 0 done, 2 no such wire, 69 the wire or the station cannot be asked."""
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
    from drivers.contract import DriverError  # noqa: PLC0415 - with the rest of the search

    found: dict[int | str, Found] = {}
    question = _question(args, wire)
    trouble: tuple[str, str] | None = None
    try:
        answer = ask_running(args.config, "status")
        owned = answer is not None and any(bus["bus"] == wire.bus.id for bus in answer["buses"])
        # Who is in the configuration is the station's: it knows whether they answer.
        rest = tuple(place for place in question.places if not owned or place not in wire.sensors)
        question = question._replace(places=rest)
        _announce(wire, question, by_station=owned)
        steps = _through_station(args.config, wire, question) if owned else _direct(wire, question)
        for step in steps:
            _note(step, found, wire, args)
    except RefusedError as error:
        trouble = str(error), error.hint
    except DriverError as error:
        trouble = error.what, error.hint
    _clear_progress()
    _conclude(args, wire, question, list(found.values()), trouble)
    return UNAVAILABLE if trouble else 0


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
    takes = age(max(1.0, question.duration_s(line)))
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
        yield Progress(part.places[-1])


def _note(step: Step, found: dict[int | str, Found], wire: Wire, args: argparse.Namespace) -> None:
    """Show how far it is, and whom it found."""
    from drivers.scan.found import Found  # noqa: PLC0415 - with the rest of the search

    if not isinstance(step, Found):
        if sys.stderr.isatty():
            print(f"\r  at {step.place} ", end="", file=sys.stderr, flush=True)
        return
    if step.place in found:
        return
    found[step.place] = step
    if not args.json:
        _clear_progress()
        print(f"# {step.where}: {_model(step)}{step.who}{_known(wire, step.place)}", flush=True)


def _clear_progress() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _model(found: Found) -> str:
    return f"{'' if found.sure else 'perhaps '}{' or '.join(found.models)}; " if found.models else ""


def _known(wire: Wire, place: int | str) -> str:
    return f" (in the configuration: {wire.sensors[place]})" if place in wire.sensors else ""


def _conclude(
    args: argparse.Namespace,
    wire: Wire,
    question: Question,
    found: list[Found],
    trouble: tuple[str, str] | None,
) -> None:
    if args.json:
        print(json.dumps(_as_json(wire, question, found, trouble), ensure_ascii=False, indent=2))
        return
    for line in [] if trouble and not found else _summary(args, wire, question, found):
        print(line)
    if trouble:
        complain(*trouble)


def _summary(args: argparse.Namespace, wire: Wire, question: Question, found: list[Found]) -> list[str]:
    """The tables to paste, with comments around them: the whole is TOML."""
    asked = len(question.places)
    lines = [f"# {len(found)} of {asked} asked answer"]
    skipped = [name for place, name in wire.sensors.items() if place not in question.places]
    if skipped and args.units is None and args.addresses is None:
        lines.append(f"# not asked, because the running station uses them: {', '.join(skipped)}")
    if not found and question.protocol == "modbus":
        lines.append("# try another --baud or --parity, swap A and B, or: --thorough")
    fresh = [each for each in found if each.place not in wire.sensors]
    pasted = [text for text in (wire.toml(), *(each.toml(wire.bus.id) for each in fresh)) if text]
    if any(each.models for each in fresh):
        lines += [f"# paste into {args.config} what is yours, then: skyground check", "", *pasted]
    unknown = [each.where for each in fresh if not each.models]
    if unknown:
        lines.append(f"# no model is known for {', '.join(unknown)}: its data sheet says what to write,")
        lines.append('# and models "generic" (Modbus) and "sdi12-generic" take it')
    return lines


def _as_json(
    wire: Wire, question: Question, found: list[Found], trouble: tuple[str, str] | None
) -> dict[str, object]:
    shown = [
        {**each._asdict(), "configured": wire.sensors.get(each.place), "toml": each.toml(wire.bus.id)}
        for each in found
    ]
    error, hint = trouble or (None, None)
    return {
        "bus": wire.bus.id,
        "bus_toml": wire.toml(),
        "protocol": question.protocol,
        "asked": len(question.places),
        "found": shown,
        "error": error,
        "hint": hint,
    }
