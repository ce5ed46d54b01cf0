"""One sample on its way to the detectors. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from agent.watch.contract import Sample


class Heard(NamedTuple):
    """A sample with what was known of it when it came: the arguments of `Vigil.add`."""

    utc_s: float
    channel: str
    sample: Sample
