"""`skyground demo`: a whole site on this machine, through the real wires, drivers, journal and sinks.

The simulated instruments answer on a pseudo-terminal and a Unix socket; from there on everything is the agent
that runs on a mine. Only the clock is fast. Everything it makes is in one temporary directory.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.cli.arguments import broker, database, positive_number
from agent.cli.screen import LinePrinter, Screen
from agent.cli.table import colourful
from agent.signals import StopSignals

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from agent.model import Event
    from agent.station import Station

_REFRESH_S = 0.25
_DAY_NS = 86_400 * 10**9
_SITE_PERIOD_S = 300.0  # five minutes of the site's time between readings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How fast, how long, and where to, if anywhere."""
    parser.add_argument(
        "--speed", type=positive_number, default=600.0, help="site seconds per second (%(default)g)"
    )
    parser.add_argument("--scenario", default="demo", help="calm, seep, slope, storm or demo (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another number, another site (%(default)s)")
    parser.add_argument("--seconds", type=positive_number, help="end by itself after so many seconds")
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
        print(f"error: there is no scenario {args.scenario!r}", file=sys.stderr)
        print(f"help: choose one of {', '.join(SCENARIOS)}", file=sys.stderr)
        return 2
    with StopSignals() as signals:
        directory = Path(tempfile.mkdtemp(prefix="skyground-demo-"))
        try:
            code = _demonstrate(args, directory, signals)
        finally:
            with suppress(FileNotFoundError):  # somebody tidied up before us
                shutil.rmtree(directory)
    if code == 0:
        print("demo ended; nothing is left behind")
    return code


def _demonstrate(args: argparse.Namespace, directory: Path, signals: StopSignals) -> int:
    from agent import log  # noqa: PLC0415 - as above: --help must stay light
    from agent.cli.check import load_or_explain  # noqa: PLC0415
    from agent.clock import FastClock  # noqa: PLC0415
    from agent.station import Station  # noqa: PLC0415
    from drivers.simulated.site import SimulatedSite, station_toml  # noqa: PLC0415

    # The site begins yesterday: its fast time stays in the past for minutes, where a dashboard looks.
    clock = FastClock(args.speed, time.time_ns() - _DAY_NS)
    config_file = directory / "station.toml"
    config_file.write_text(station_toml(directory, _publish(args), _SITE_PERIOD_S), encoding="utf-8")
    config = load_or_explain(config_file)
    if isinstance(config, int):
        return config
    with (directory / "log.jsonl").open("w", encoding="utf-8") as log_file:
        logger = log.configure("info", log_file)
        site = SimulatedSite(directory, lambda: clock.now().wall_ns / 1e9, args.seed, args.scenario)
        with site, Station(config, clock, logger) as station:
            _watch(station, _headline(args), signals, args.seconds)
    return 0


def _watch(station: Station, headline: str, signals: StopSignals, seconds: float | None) -> None:
    """Show the station until it is to stop: a live table on a terminal, else a line per observation."""
    show: Callable[[dict[str, Any], list[Event]], None]
    show = Screen(headline).show if colourful() else LinePrinter(headline).show
    events = _EventReader(station.journal_path)
    deadline_s = None if seconds is None else time.monotonic() + seconds
    try:
        while not signals.wait(_REFRESH_S) and (deadline_s is None or time.monotonic() < deadline_s):
            show(station.status(), events.new())
    finally:
        events.close()


class _EventReader:
    """One more reader of the journal, with a bookmark of its own in memory."""

    def __init__(self, path: Path) -> None:
        from agent.journal.reader import JournalReader  # noqa: PLC0415 - as above

        self._reader = JournalReader(path, lambda _seq: None)
        self._seq = 0

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
    return (
        f"skyground demo: simulated site, {args.speed:g} times as fast, scenario {args.scenario}, "
        f"publishing to {', '.join(sinks) if sinks else 'nobody (try --mqtt localhost)'}"
    )


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
