"""`skyground visit`: what a technician does and sees on the site, on record in the running station."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import paths, visit_spool
from agent.cli.arguments import duration_s
from agent.cli.person import login
from agent.cli.running import UNAVAILABLE, ask_running, complain
from agent.cli.status import state_dir_of
from agent.control import RefusedError
from agent.model import Flag

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_USUAL_S = 7200.0
_ANSWER_S = 30.0
_NO_INPUT, _IO_ERROR = 66, 74
_KEPT = {"note", "reading", "sample", "photo"}
_VERDICTS = {
    "within": "within what is allowed",
    "drifted": "MORE THAN IS ALLOWED: clean the probe, compare again, then calibrate it",
    "unusable": "FAR MORE THAN IS ALLOWED: its values are not to be published; clean and calibrate it",
    "no_bound": "for this quantity no bound is known",
    "uncorrected": "NOT COMPARED: what corrects the probe is missing or stale; mend that, then compare again",
    "no_probe": "the probe has no value of now to compare with",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to put on record."""
    what = parser.add_subparsers(
        dest="what", metavar="start|note|reading|sample|photo|end|list", required=True
    )
    start = what.add_parser("start", help="work begins: values are kept and marked, no alert is raised")
    start.add_argument("subjects", nargs="*", metavar="SENSOR", help="which ones; none: the whole station")
    start.add_argument(
        "--for", dest="for_s", type=duration_s, default=_USUAL_S, metavar="TIME",
        help="it ends by itself after so long, as 45min or 2h; a day at the most (2h)",
    )  # fmt: skip
    note = what.add_parser("note", help="something seen or done, in words")
    note.add_argument("text", metavar="TEXT", help="in quotes")
    reading = what.add_parser("reading", help="a value measured by hand, compared with the probe's")
    reading.add_argument("subject", metavar="CHANNEL", help="as ph-3/ph")
    reading.add_argument("value", type=float, metavar="VALUE", help="in the channel's unit")
    reading.add_argument("--with", dest="instrument", metavar="METER", help='as "WTW 3310 SN 123"')
    sample = what.add_parser("sample", help="water or soil taken for a laboratory")
    sample.add_argument("bottle", metavar="BOTTLE", help="the id on it, which the result will name")
    photo = what.add_parser("photo", help="a picture: its name and SHA-256, it stays where it is")
    photo.add_argument("file", type=Path, metavar="FILE")
    photo.add_argument(
        "--bearing", dest="bearing_deg", type=float, metavar="DEG", help="0 to 360, north is 0"
    )
    photo.add_argument("--point", metavar="NAME", help="the marked point that it was taken from")
    end = what.add_parser("end", help="work is over")
    shown = what.add_parser("list", help="the visit under way, and probes that have drifted")
    for each in (note, sample, photo):
        each.add_argument("--about", dest="subject", metavar="CHANNEL|SENSOR", help="what it is about")
    for each in (start, note, reading, sample, photo):
        each.add_argument("--by", metavar="NAME", help="who; default: whose visit it is, or who is logged in")
    for each in (start, reading, sample, photo, end):
        each.add_argument("--note", dest="text", metavar="TEXT", help="in quotes")
    for each in (start, note, reading, sample, photo, end, shown):
        each.add_argument("--json", action="store_true", help="what was recorded, as JSON")
        each.add_argument("--config", type=Path, default=paths.CONFIG, help="the configuration (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Tell the station. 0 it is on a disk, 1 it was refused, 66 no such picture, 69 no station runs."""
    try:
        arguments = _arguments(args)
    except OSError as error:
        complain(f"{args.file} cannot be read: {error.strerror}", "the picture is needed for its SHA-256")
        return _NO_INPUT
    try:
        answer = ask_running(args.config, f"visit_{args.what}", arguments, timeout_s=_ANSWER_S)
    except RefusedError as error:
        complain(str(error), error.hint)
        return 1
    if answer is None:
        return _without_a_station(args, arguments)
    if args.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_shown(answer) if args.what == "list" else _recorded(answer)))
    return 0


def _without_a_station(args: argparse.Namespace, arguments: Mapping[str, Any]) -> int:
    """Keep what it can take in later. 74: that cannot be written either."""
    if args.what not in _KEPT:
        complain("no station runs that could do it", "start it: systemctl start skyground")
        return UNAVAILABLE
    try:
        visit_spool.keep(state_dir_of(args.config), f"visit_{args.what}", arguments, time.time_ns())
    except OSError as error:
        complain(f"no station runs, and it cannot be kept: {error}", "ask as root (sudo), or use paper")
        return _IO_ERROR
    print("kept: no station runs; the next one takes it in when it starts")
    return 0


def _arguments(args: argparse.Namespace) -> dict[str, Any]:
    """What to send. Raises OSError."""
    names = (
        "subjects",
        "for_s",
        "subject",
        "value",
        "instrument",
        "bottle",
        "bearing_deg",
        "point",
        "text",
        "by",
    )
    found = {name: getattr(args, name) for name in names if getattr(args, name, None) is not None}
    account = login()
    if args.what == "start":
        found.setdefault("by", account)
    elif args.what != "list":
        found["login"] = account
    if args.what == "photo":
        with args.file.open("rb") as picture:
            found |= {"file": args.file.name, "sha256": hashlib.file_digest(picture, "sha256").hexdigest()}
    return found


def _recorded(visit: Mapping[str, Any]) -> list[str]:
    """What is on the station's disk now."""
    data = visit["data"]
    about = "the station" if visit["subject"] == "station" else visit["subject"]
    lines = [f"recorded: {visit['kind']} of {about} by {visit['by']}, {visit['at']}"]
    match visit["kind"]:
        case "start":
            named = ", ".join(data["subjects"])
            lines.append(
                f"values of {named} are kept and marked, no alert, for {data['for_s'] / 60:.0f} min at most"
            )
        case "reading":
            lines += _comparison(data)
        case "photo":
            lines.append(f"{data['file']}, SHA-256 {data['sha256']}")
        case "end":
            lines.append("it measures the site again")
    return lines


def _comparison(data: Mapping[str, Any]) -> list[str]:
    unit = "" if data["unit"] == "1" else f" {data['unit']}"
    lines = [f"by hand {data['value']:g}{unit}"]
    if data["probe"] is not None:
        flag = Flag(data["probe_qc"]).name.lower().replace("_", " ")
        lines.append(f"probe   {data['probe']:.4g}{unit}, {flag}, {data['probe_age_s']:.0f} s ago")
    if data["difference"] is not None:
        allowed = "" if data["allowed"] is None else f" (allowed: {data['allowed']:.3g})"
        lines.append(f"manual - probe = {data['difference']:+.3g}{allowed}")
    return [*lines, _VERDICTS[data["verdict"]]]


def _shown(answer: Mapping[str, Any]) -> list[str]:
    visit = answer["visit"]
    lines = ["no visit is under way"]
    if visit is not None:
        named = ", ".join(visit["subjects"])
        lines = [f"visit of {visit['by']}: {named}; ends in {visit['left_s'] / 60:.0f} min at the latest"]
    return [*lines, *(f"{channel} has drifted: calibrate it" for channel in answer["drifted"])]
