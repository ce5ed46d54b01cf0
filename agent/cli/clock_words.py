"""What the station's clock says and how far it can be believed, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.cli.table import age

if TYPE_CHECKING:
    from collections.abc import Mapping


def clock_words(clock: Mapping[str, Any]) -> str:
    """`clock` as in the answer of `skyground status --json`."""
    if clock["trust"] == "ntp":
        return f"clock {clock['wall']}"
    if clock["trust"] == "rtc":
        return f"clock {clock['wall']} from the clock chip; no time from the network yet"
    since = age(clock["mono_ns"] / 1e9)
    return f"CLOCK NOT SET for {since}: it says {clock['wall']}; times are put right when the network tells"
