"""`skyground check`: is the configuration right? Opens no bus, no port and no connection."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agent import paths

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from typing import Any

    from agent.config.load import ConfigError
    from agent.config.problem import Problem
    from agent.config.schema import AnyBus, AnySensor, AnySink, Config
    from agent.config.schema_notify import AnyNotifier

_IO, _CONFIG = 74, 78


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which file, and in which form."""
    parser.add_argument("--config", type=Path, default=paths.CONFIG, help="the file to check (%(default)s)")
    parser.add_argument("--json", action="store_true", help="the result as JSON on standard output")


def run(args: argparse.Namespace) -> int:
    """Say what the station would do, or all that is wrong. 0 right, 78 wrong, 74 the file cannot be read."""
    from agent.config.load import ConfigError, load  # noqa: PLC0415 - --help must not pay for pydantic

    try:
        config = load(args.config)
    except ConfigError as error:
        if args.json:
            print(json.dumps({"ok": False, **error.as_dict()}, ensure_ascii=False, indent=2))
        else:
            _explain(error)
        return _exit_code(error)
    warnings = list(_warnings(config))
    if args.json:
        found = [problem.as_dict() for problem in warnings]
        answer = {"ok": True, "file": str(args.config), "problems": found}
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print("\n".join(summary(config)))
        _warn(args.config, warnings)
    return 0


def load_or_explain(path: Path) -> Config | int:
    """The configuration; or, after telling standard error all that is wrong with it, the exit code."""
    from agent.config.load import ConfigError, load  # noqa: PLC0415 - --help must not pay for pydantic

    try:
        return load(path)
    except ConfigError as error:
        _explain(error)
        return _exit_code(error)


def summary(config: Config) -> list[str]:
    """What the station would do, one line for each bus, sensor, sink and notifier. No secrets."""
    lines = [f"station  {config.station.site}/{config.station.id}"]
    lines += [f"bus      {bus.id:<12} {_bus(bus)}" for bus in config.bus]
    lines += [f"sensor   {sensor.id:<12} {_sensor(sensor)}" for sensor in config.sensor]
    lines += [f"publish  {sink.id:<12} {_sink(sink)}" for sink in config.publish]
    lines += [f"notify   {each.id:<12} {_notifier(each)}" for each in config.notify]
    return [*lines, "The configuration is right."]


def _bus(bus: AnyBus) -> str:
    if bus.kind == "i2c":
        return f"i2c {bus.adapter}"
    if bus.kind == "host":
        return "host, this computer"
    return f"serial {bus.port} {bus.baud} {bus.data_bits}{bus.parity[0].upper()}{bus.stop_bits}"


def _sensor(sensor: AnySensor) -> str:
    from drivers.registry import MODELS  # noqa: PLC0415 - with the rest of the configuration

    channels = MODELS[sensor.model].channels(sensor.model, sensor)
    quantities = ", ".join(channel.quantity for channel in channels)
    return f"{sensor.model} on {sensor.bus}, {_place(sensor)}every {sensor.period_s:g} s: {quantities}"


def _place(sensor: AnySensor) -> str:
    """Where on its bus it is, by those of the usual keys that its driver has."""
    shown: dict[str, Callable[[Any], str]] = {
        "unit": lambda unit: f"unit {unit}",
        "address": lambda address: f"{address:#x}" if isinstance(address, int) else f"address {address}",
        "input": lambda plug: plug if isinstance(plug, str) else f"input {plug}",
    }
    keys = vars(sensor)
    parts = [show(keys[key]) for key, show in shown.items() if keys.get(key) is not None]
    return f"{' '.join(parts)}, " if parts else ""


def _sink(sink: AnySink) -> str:
    if sink.kind == "influxdb":
        return f"influxdb {sink.api} {sink.url} {sink.bucket}"
    port = sink.port or (8883 if sink.tls else 1883)
    return f"mqtt {sink.host}:{port}{' with TLS' if sink.tls else ''}"


def _notifier(notifier: AnyNotifier) -> str:
    what = f"{notifier.level} and above"
    if notifier.kind == "webhook":
        return f"webhook {urlsplit(notifier.url).hostname}: {what}"  # what follows may be its password
    return f"smtp {notifier.host} to {', '.join(notifier.to)}: {what}"


def _warnings(config: Config) -> Iterator[Problem]:
    """What is allowed, and may not be what was meant."""
    from agent.config import (  # noqa: PLC0415 - with the rest of the configuration
        check_ezo,
        check_lines,
        check_notify,
        check_watch,
    )

    yield from _secret_warnings(config)
    yield from check_lines.warnings(config)
    yield from check_ezo.warnings(config)
    yield from check_notify.warnings(config)
    yield from check_watch.warnings(config)


def _secret_warnings(config: Config) -> Iterator[Problem]:
    """Secrets that cannot be read here and now. The service may well be able to."""
    from agent.config.problem import Problem  # noqa: PLC0415 - with the rest of the configuration
    from agent.config.secret import SecretError, exposure, read_secret  # noqa: PLC0415 - the same

    kept = "a station without its secret still samples and keeps everything"
    untold = "nobody is told this way without its secret"
    places = [
        *(("publish", each, kept) for each in config.publish),
        *(("notify", each, untold) for each in config.notify),
    ]
    for table, place, note in places:
        for key in ("password_from", "token_from", "secret_from"):
            reference = getattr(place, key, None)
            try:
                read_secret(reference, os.environ)
                seen = exposure(reference, os.environ)
            except SecretError as error:
                message = f'{key} of {table} "{place.id}": {error.what}'
                yield Problem(
                    code="SG-C050", level="warning", message=message, notes=(note,), help=error.hint
                )
                continue
            if seen:
                message = f'{key} of {table} "{place.id}": {seen}'
                help_ = f"sudo chmod o= {(reference or '').partition(':')[2]}"
                yield Problem(code="SG-C051", level="warning", message=message, help=help_)


def _explain(error: ConfigError) -> None:
    print(error.render(colour=_colour()), file=sys.stderr)


def _warn(path: Path, warnings: list[Problem]) -> None:
    from agent.config.problem import Source, render  # noqa: PLC0415 - with the rest of the configuration

    for problem in warnings:
        print(f"\n{render(problem, Source(str(path)), colour=_colour())}", file=sys.stderr)


def _exit_code(error: ConfigError) -> int:
    from agent.config.load import ConfigUnreadableError  # noqa: PLC0415 - already loaded by then

    return _IO if isinstance(error, ConfigUnreadableError) else _CONFIG


def _colour() -> bool:
    """Whether standard error is a terminal that wants colour (no-color.org)."""
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
