"""Types of arguments that several commands share, or whose mistakes deserve words of their own."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

_MOST = 86400.0  # a day in a second, a reading a day
_MQTT_PORT = 1883
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


class Broker(NamedTuple):
    """Where an MQTT broker listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Database(NamedTuple):
    """A server's address without the database, and the database."""

    url: str
    name: str

    def __str__(self) -> str:
        return f"{self.url}/{self.name}"


def positive_number(text: str) -> float:
    """A number above 0, a day's seconds at the most."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < number <= _MOST:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most {_MOST:g}")
    return number


def instant_ns(text: str) -> int:
    """A date or a time, ISO 8601, local unless it says otherwise, in ns since 1970 UTC."""
    try:
        at = datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time like 2026-11-22T06:00 (local) or 2026-11-22T05:00Z"
        ) from None
    if at < _EPOCH:
        raise argparse.ArgumentTypeError(f"{text!r} lies before 1970")
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000


def duration_s(text: str) -> float:
    """`90min`, `3h`, `2d`, in seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(s|min|h|d)", text)
    if found is None or float(found[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a span of time like 90min, 3h or 2d")
    return float(found[1]) * _SECONDS[found[2]]


def broker(text: str) -> Broker:
    """`HOST[:PORT]`, an IPv6 address in brackets."""
    from agent.config.patterns import HOST  # noqa: PLC0415 - --help must not pay for the schema's library

    if "//" in text:
        raise argparse.ArgumentTypeError(f"{text!r} has a scheme: write HOST or HOST:PORT only")
    if text.count(":") > 1 and not text.startswith("["):
        raise argparse.ArgumentTypeError(f"{text!r}: an IPv6 address goes in brackets: [::1]:{_MQTT_PORT}")
    where = _split(f"//{text}", text)
    host = where.hostname or ""
    if where.path or where.query or where.fragment or where.username or not re.match(HOST, host):
        raise argparse.ArgumentTypeError(f"{text!r} is not a host name or IP address with a port or without")
    return Broker(host, _port(where, text) or _MQTT_PORT)


def database(text: str) -> Database:
    """`http://HOST:PORT/DATABASE`."""
    where = _split(text, text)
    if where.scheme not in {"http", "https"} or not where.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL like http://localhost:8086/DATABASE")
    if "@" in where.netloc:
        raise argparse.ArgumentTypeError("the demo logs in nowhere: leave user and password out of the URL")
    _port(where, text)
    path, _, name = where.path.rstrip("/").rpartition("/")
    if not name or where.query or where.fragment:
        raise argparse.ArgumentTypeError(
            f"{text!r} must end with the database: http://localhost:8086/DATABASE"
        )
    return Database(f"{where.scheme}://{where.netloc}{path}", name)


def _split(url: str, text: str) -> SplitResult:
    """The parts of a URL. What cannot be printed is refused, because a configuration cannot hold it."""
    if not text.isprintable() or " " in text:
        raise argparse.ArgumentTypeError(f"{text!r} holds blanks or characters that cannot be printed")
    try:
        return urlsplit(url)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: what stands in brackets is no IPv6 address") from None


def _port(where: SplitResult, text: str) -> int | None:
    try:
        port = where.port
    except ValueError:
        port = 0
    if port == 0:
        raise argparse.ArgumentTypeError(f"{text!r}: the port must be a number from 1 to 65535")
    return port
