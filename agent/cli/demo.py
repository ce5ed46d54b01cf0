"""`skyground demo`: a whole site on this machine, through the real wires, drivers, journal and sinks.

The simulated instruments answer on a pseudo-terminal and a Unix socket; from there on everything is the agent
that runs on a mine. Only the clock is fast, and the days before the first are made in advance, because the
detectors compare a site with its own life. Everything it makes is in one temporary directory, or where it is
told to keep it.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import tempfile
import textwrap
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli.alarm_lines import is_alarm
from agent.cli.arguments import broker, database, positive_number
from agent.cli.running import complain
from agent.cli.screen import LinePrinter, Screen
from agent.cli.table import colourful
from agent.publish.stamp import iso_ms
from agent.signals import StopSignals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.model import Event
    from agent.station import Station

_REFRESH_S = 0.25
_GLANCE_S = 0.001
_NS = 10**9
_HOUR_NS = 3600 * _NS
_DAY_NS = 86_400 * _NS
# Its first day is so long ago that its fast time stays in the past for minutes: a dashboard looks at a week.
_BEGAN_DAYS_AGO = 6
_SITE_PERIOD_S = 900.0  # of the site's time between readings
_PERIOD_NS = round(_SITE_PERIOD_S * _NS)
# A dead probe must not cost the others their turn, which comes twice a second.
_PATIENCE_S = 0.15
_USAGE = 2
_MOST_DAYS = 60
_ALARMS_KEPT = 20
_WARNINGS = ("raised", "updated")
_TITLE_CHARS = 100
# A Unix socket's name holds 107 bytes, and lies below this directory.
_LONGEST_DIRECTORY = 80


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How fast, how long, and where to, if anywhere."""
    parser.add_argument(
        "--speed", type=positive_number, default=1800.0, help="site seconds per second (%(default)g)"
    )
    parser.add_argument("--scenario", default="demo", help="calm, seep, slope, storm or demo (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another number, another site (%(default)s)")
    parser.add_argument("--seconds", type=positive_number, help="end by itself after so many seconds")
    parser.add_argument(
        "--history",
        type=days,
        default=10,
        metavar="DAYS",
        help="days that the station knows its site when it starts (%(default)g); with less than 8 it has to"
        " learn before it can warn",
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="leave journal and configuration there, for `skyground events`, `explain`, `gaps`",
    )
    parser.add_argument(
        "--mqtt", type=broker, metavar="HOST[:PORT]", help="publish to this MQTT 5 broker as well"
    )
    parser.add_argument(
        "--influx",
        type=database,
        metavar="URL",
        help="write to this server as well: http://HOST:PORT/DATABASE",
    )
    parser.add_argument(
        "--influx-api", choices=("v1", "v2"), default="v1", help="v1 is InfluxDB 1.x (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Run the demo until Ctrl-C or --seconds. 0 when it ended cleanly, 2 or 78 for bad arguments."""
    from drivers.simulated.scenario import SCENARIOS  # noqa: PLC0415 - only the demo needs the simulated site

    if args.scenario not in SCENARIOS:
        complain(f"there is no scenario {args.scenario!r}", f"choose one of {', '.join(SCENARIOS)}")
        return _USAGE
    if args.keep and (wrong := _cannot_keep(args.keep)):
        complain(f"--keep {args.keep}: {wrong}", "name a new directory with a short path")
        return _USAGE
    with StopSignals() as signals, _place(args.keep) as directory:
        said = _demonstrate(args, directory, signals)
    if isinstance(said, int):
        return said
    print("\n".join(said))
    return 0


def days(text: str) -> int:
    """Whole days, none to sixty. Raises ArgumentTypeError that says what is wrong with `text`."""
    if not text.isdecimal() or int(text) > _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 0 to {_MOST_DAYS}")
    return int(text)


@contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    """Where it happens: in a directory that is gone afterwards, or that stays."""
    if keep is not None:
        yield keep.absolute()
        return
    directory = Path(tempfile.mkdtemp(prefix="skyground-demo-"))
    try:
        yield directory
    finally:
        with suppress(FileNotFoundError):  # somebody tidied up before us
            shutil.rmtree(directory)


def _cannot_keep(directory: Path) -> str:
    """Why nothing can be kept there; "" when it can."""
    if len(os.fsencode(directory.absolute())) > _LONGEST_DIRECTORY:
        return "its path is too long for a socket"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return "it is not empty" if any(directory.iterdir()) else ""
    except OSError as error:
        return str(error.strerror)


def _demonstrate(args: argparse.Namespace, directory: Path, signals: StopSignals) -> list[str] | int:
    """Returns what to say when all is tidied up, or the exit code of a failure that has been explained."""
    screen = Screen(_headline(args)) if colourful() else LinePrinter(_headline(args))
    from agent import demo_history, log  # noqa: PLC0415 - as above: --help must stay light
    from agent.cli.check import load_or_explain  # noqa: PLC0415
    from agent.clock import FastClock  # noqa: PLC0415
    from agent.station import Station  # noqa: PLC0415
    from drivers.simulated.site import SimulatedSite, station_toml  # noqa: PLC0415

    config_file = directory / "station.toml"
    toml = station_toml(directory, _publish(args), _SITE_PERIOD_S, patience_s=_PATIENCE_S)
    config_file.write_text(toml, encoding="utf-8")
    config = load_or_explain(config_file)
    if isinstance(config, int):
        return config
    # On the quarter of an hour, by which the detectors look: then each of their looks finds one value.
    begins_ns = time.time_ns() // _PERIOD_NS * _PERIOD_NS - _BEGAN_DAYS_AGO * _DAY_NS
    with (directory / "log.jsonl").open("w", encoding="utf-8") as log_file:
        logger = log.configure("info", log_file)
        if args.history:
            print(f"making {args.history} days of history; Ctrl-C ends it", flush=True)
        made = demo_history.make(
            config, args.scenario, args.seed, begins_ns, args.history, logger, lambda: signals.wait(_GLANCE_S)
        )
        if made is None:
            return [f"stopped before it began; {_left(args.keep)}"]
        clock = FastClock(args.speed, begins_ns)
        site = SimulatedSite(directory, lambda: clock.now().wall_ns / _NS, args.seed, args.scenario)
        with site, Station(config, clock, logger) as station:
            with closing(_EventReader(station.journal_path, made)) as events:
                alarms = _watch(station, screen, events, signals, args.seconds)
            passed_h = (clock.now().wall_ns - begins_ns) / _HOUR_NS
    return ending(alarms, begins_ns, passed_h, directory if args.keep else None)


def _watch(
    station: Station,
    screen: Screen | LinePrinter,
    events: _EventReader,
    signals: StopSignals,
    seconds: float | None,
) -> list[Event]:
    """Show the station until it is to stop.

    Returns:
        The alarms that it told.
    """
    deadline_s = None if seconds is None else time.monotonic() + seconds
    alarms: list[Event] = []
    while not signals.wait(_REFRESH_S) and (deadline_s is None or time.monotonic() < deadline_s):
        new = events.new()
        screen.show(station.status(), new)
        alarms += [each for each in new if is_alarm(each) and each.phase in _WARNINGS]
        del alarms[:-_ALARMS_KEPT]
    return alarms


class _EventReader:
    """One more reader of the journal, with a bookmark of its own in memory: `seq`, what it has read."""

    def __init__(self, path: Path, seq: int) -> None:
        from agent.journal.reader import JournalReader  # noqa: PLC0415 - as above

        self._reader = JournalReader(path, lambda _seq: None)
        self._seq = seq

    def new(self) -> list[Event]:
        """The events since the last call."""
        from agent.model import Event  # noqa: PLC0415 - as above

        events = []
        while page := self._reader.read_after(self._seq, 1000):
            self._seq = page[-1].seq
            events += [entry.record for entry in page if isinstance(entry.record, Event)]
        return events

    def close(self) -> None:
        self._reader.close()


def _headline(args: argparse.Namespace) -> str:
    sinks = [str(sink) for sink in (args.mqtt, args.influx) if sink]
    known = f"{args.history} days of history made in advance" if args.history else "no history"
    return (
        f"skyground demo: simulated site, scenario {args.scenario}, {args.speed:g} times as fast\n"
        f"{known}; publishing to {', '.join(sinks) if sinks else 'nobody (try --mqtt localhost)'}"
    )


def ending(alarms: Sequence[Event], begins_ns: int, passed_h: float, kept: Path | None) -> list[str]:
    """What was seen, and what can be done next.

    Args:
        alarms: as they were told.
        begins_ns: when the site's first day began.
        passed_h: hours of the site's time since.
        kept: where journal and configuration stay, if they do.
    """
    told = [
        f"  after {(each.at.wall_ns - begins_ns) / _HOUR_NS:4.1f} h: "
        + textwrap.shorten(each.title, _TITLE_CHARS, placeholder=" ...")
        for each in alarms
    ]
    found = ["the detectors warned of:", *told] if told else ["the detectors warned of nothing"]
    worth_a_look_ns = alarms[0].at.wall_ns if alarms else begins_ns + round(passed_h * _HOUR_NS)
    next_ones = _next(kept, worth_a_look_ns)
    return [f"{passed_h:.1f} hours passed on the site; {found[0]}", *found[1:], *next_ones]


def _next(kept: Path | None, worth_a_look_ns: int) -> list[str]:
    if kept is None:
        return [
            "to ask its journal afterwards: skyground demo --keep DIRECTORY",
            f"demo ended; {_left(kept)}",
        ]
    config = shlex.quote(str(kept / "station.toml"))
    then = iso_ms(worth_a_look_ns)
    return [
        f"what it found, and its numbers: skyground events --all --config {config}",
        f"where one number comes from:    skyground explain ph-3/ph {then} --config {config}",
        f"what is missing, and why:       skyground gaps --days {_BEGAN_DAYS_AGO + 1} --config {config}",
        f"demo ended; {_left(kept)}",
    ]


def _left(kept: Path | None) -> str:
    return f"its journal and configuration are in {kept}" if kept else "nothing is left behind"


def _publish(args: argparse.Namespace) -> str:
    """The `[[publish]]` tables that the arguments ask for."""
    text = ""
    if args.mqtt:
        text += f'[[publish]]\nid = "mqtt"\nkind = "mqtt"\nhost = {_quoted(args.mqtt.host)}\n'
        text += f"port = {args.mqtt.port}\n"
    if args.influx:
        text += f'[[publish]]\nid = "influx"\nkind = "influxdb"\nurl = {_quoted(args.influx.url)}\n'
        text += f'api = "{args.influx_api}"\nbucket = {_quoted(args.influx.name)}\n'
    return text


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False)
