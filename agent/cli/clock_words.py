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
    if clock["nobody_knows"] and clock["settled"]:
        return f"clock {clock['wall']}, which nothing on this machine confirms; times are estimates"
    since = age(clock["mono_ns"] / 1e9)
    return f"CLOCK NOT SET for {since}: it says {clock['wall']}; {_what_follows(clock)}"


def _what_follows(clock: Mapping[str, Any]) -> str:
    """What becomes of the times of records."""
    if clock["nobody_knows"]:
        return "nothing on this machine tells whether that is right: if it is, set [station] clock_wait_h = 0"
    if not clock["settled"]:
        return "times are put right when the network tells"
    return "nobody waits for the network any longer (clock_wait_h): times are estimates and stay so"
