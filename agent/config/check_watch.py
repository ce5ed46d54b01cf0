"""Checks on what channels are said to be to the detectors: a quantity has few roles that its unit fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.config.problem import Finding
from agent.config.tables import subtables, tables
from agent.config.watched import NOTHING, ROLES
from agent.config.words import did_you_mean, quote
from agent.quantity import QUANTITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NO_ROLE = "SG-C043"


def findings(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Every role that a quantity cannot have."""
    known = {role for can_be in ROLES.values() for role in can_be}
    for path, sensor in tables(document, "sensor"):
        for quantity, word in subtables(sensor, "watch").items():
            can_be = [*ROLES.get(quantity, ()), NOTHING]
            if quantity in QUANTITIES and word in known and word not in can_be:
                yield Finding(
                    code=NO_ROLE,
                    message=f"{quantity} cannot be {quote(word)} to the detectors",
                    path=(*path, "watch", quantity),
                    label=did_you_mean(word, can_be),
                    help=f"{quantity} can be {' or '.join(quote(each) for each in can_be)}",
                )
