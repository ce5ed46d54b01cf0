"""What `skyground scan` prints in the end: TOML with comments for people, or JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from agent.cli.running import complain

if TYPE_CHECKING:
    import argparse

    from agent.cli.wire import Wire
    from drivers.scan.found import Found
    from drivers.scan.question import Question


class Outcome(NamedTuple):
    """What came of a search, up to its end or to where it was ended.

    Attributes:
        question: who was to be asked.
        asked: how many of these were.
        found: who answered.
        trouble: what went wrong, and what to do.
        is_interrupted: a person has ended it.
    """

    question: Question
    asked: int
    found: list[Found]
    trouble: tuple[str, str] | None = None
    is_interrupted: bool = False

    @property
    def not_asked(self) -> int:
        """How many were not asked, because it ended early."""
        return len(self.question.places) - self.asked


def conclude(args: argparse.Namespace, wire: Wire, outcome: Outcome) -> None:
    """Print the tables to paste or the JSON; and what went wrong, on standard error."""
    if args.json:
        print(json.dumps(_as_json(wire, outcome), ensure_ascii=False, indent=2))
        return
    for text in [] if outcome.trouble and not outcome.found else _summary(args, wire, outcome):
        print(text)
    if outcome.trouble:
        complain(*outcome.trouble)


def _summary(args: argparse.Namespace, wire: Wire, outcome: Outcome) -> list[str]:
    """The tables to paste, with comments around them: the whole is TOML."""
    question, found = outcome.question, outcome.found
    lines = [line(each, wire) for each in found if each.late]
    lines.append(f"# {len(found)} of {outcome.asked} asked answer{_cut_short(outcome)}")
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


def _cut_short(outcome: Outcome) -> str:
    why = "; ended by Ctrl-C" if outcome.is_interrupted else ""
    return f"{why}; {outcome.not_asked} more were not asked" if outcome.not_asked else why


def _as_json(wire: Wire, outcome: Outcome) -> dict[str, object]:
    shown = [
        {**each._asdict(), "configured": wire.sensors.get(each.place), "toml": each.toml(wire.bus.id)}
        for each in outcome.found
    ]
    error, hint = outcome.trouble or (None, None)
    return {
        "bus": wire.bus.id,
        "bus_toml": wire.toml(),
        "protocol": outcome.question.protocol,
        "asked": outcome.asked,
        "not_asked": outcome.not_asked,
        "interrupted": outcome.is_interrupted,
        "found": shown,
        "error": error,
        "hint": hint,
    }


def line(found: Found, wire: Wire) -> str:
    """Who was found where, as a comment."""
    return f"# {found.where}: {_model(found)}{found.who}{_known(wire, found.place)}"


def _model(found: Found) -> str:
    return f"{'' if found.sure else 'perhaps '}{' or '.join(found.models)}; " if found.models else ""


def _known(wire: Wire, place: int | str) -> str:
    return f" (in the configuration: {wire.sensors[place]})" if place in wire.sensors else ""
