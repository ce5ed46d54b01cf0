"""Checks on quality tests that look at other channels: these exist, and can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from agent.config.check_companions import UNKNOWN_CHANNEL
from agent.config.delivered import channels
from agent.config.problem import Finding
from agent.config.tables import subtables, tables, text
from agent.config.words import did_you_mean, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.position import Path

NO_USE = "SG-C042"

Table = dict[str, Any]


class _Look(NamedTuple):
    """That one channel is compared with another, which must be of the quantity `wanted`."""

    path: Path
    channel: str
    other: str
    wanted: str


def findings(document: Table) -> Iterator[Finding]:
    """Everything about comparisons that cannot work."""
    known = channels(document)
    for path, sensor in tables(document, "sensor"):
        for quantity, table in subtables(sensor, "quality").items():
            if isinstance(table, dict):
                here = (*path, "quality", quantity)
                for look in _looks(here, f"{text(sensor, 'id')}/{quantity}", table):
                    yield from _unknown(look, known)
                yield from _no_acid(here, quantity, table)


def _looks(path: Path, channel: str, table: Table) -> Iterator[_Look]:
    listed = subtables(table, "agrees").get("channels")
    for index, other in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(other, str):
            wanted = channel.partition("/")[2]
            yield _Look((*path, "agrees", "channels", index), channel, other, wanted)
    conductivity = text(table, "conductivity")
    if conductivity is not None:
        yield _Look((*path, "conductivity"), channel, conductivity, "conductivity")


def _unknown(look: _Look, known: dict[str, Path]) -> Iterator[Finding]:
    fitting = [name for name in known if name.endswith(f"/{look.wanted}") and name != look.channel]
    if look.other in fitting or look.other.count("/") != 1:
        return
    message = f"there is no channel {quote(look.other)}"
    if look.other == look.channel:
        message = f"{quote(look.channel)} would be compared with itself"
    elif look.other in known:
        message = f"{quote(look.channel)} is compared with channels of {look.wanted}"
    yield Finding(
        code=UNKNOWN_CHANNEL,
        message=message,
        path=look.path,
        label=did_you_mean(look.other, fitting),
        help=f"channels of {look.wanted} in this file: {', '.join(map(quote, fitting)) or 'none'}",
    )


def _no_acid(path: Path, quantity: str, table: Table) -> Iterator[Finding]:
    for key in ("conductivity", "electrode"):
        if key in table and quantity != "ph":
            yield Finding(
                code=NO_USE,
                message=f"`{key}` is a test of pH, and this is {quantity}",
                path=(*path, key),
                help=f"move it to [sensor.quality.ph] of the pH probe, or remove it: {quantity} has none",
            )
