"""A probe against a reading by hand: how far apart they may be, and the event when they are farther. Pure.

The bounds are those of USGS Techniques and Methods 1-D3 (Wagner and others, 2006): beyond the calibration
criteria an instrument is to be calibrated and its record corrected; beyond about ten times that it is not
published. Where it knows no bound the difference is on record, and nobody is told. The same page warns of
giving a comparison of two meters too much credence: it is a reason to check, never to correct a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.model import Event, Severity, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.model import Channel, Instant

KIND = "sensor_drift"

WITHIN, DRIFTED, UNUSABLE = "within", "drifted", "unusable"
NO_BOUND, NO_PROBE, UNCORRECTED = "no_bound", "no_probe", "uncorrected"


class Bound(NamedTuple):
    """The larger of the two counts; `percent` is of the reading by hand."""

    absolute: float
    percent: float = 0.0

    def at(self, manual: float) -> float:
        """In the channel's unit."""
        return max(self.absolute, abs(manual) * self.percent / 100)


# By quantity: to be calibrated beyond the first, not to be published beyond the second.
BOUNDS = {
    "ph": (Bound(0.2), Bound(2.0)),
    "conductivity": (Bound(5.0, 3.0), Bound(50.0, 30.0)),
    "turbidity": (Bound(0.5, 5.0), Bound(3.0, 30.0)),
    "temperature": (Bound(0.2), Bound(2.0)),
}


class Comparison(NamedTuple):
    """Manual minus probe, how much of that is allowed, and what follows; None where it cannot be said."""

    manual: float
    probe: float | None
    difference: float | None
    allowed: float | None
    verdict: str


def compared(quantity: str, manual: float, probe: float | None, why: Why = Why.NONE) -> Comparison:
    """Both in the quantity's unit; `probe` is None when it had nothing to say, `why` is said of its value.

    One that is not corrected for temperature or air is wrong by as much, however well the probe does.
    """
    if probe is None:
        return Comparison(manual, None, None, None, NO_PROBE)
    if why & Why.COMPENSATION:
        return Comparison(manual, probe, None, None, UNCORRECTED)
    difference = round(manual - probe, 9)  # 6.8 - 6.6 is 0.2, and in binary a hair more
    if quantity not in BOUNDS:
        return Comparison(manual, probe, difference, None, NO_BOUND)
    calibrate, publish = (bound.at(manual) for bound in BOUNDS[quantity])
    beyond = [abs(difference) > bound for bound in (calibrate, publish)]
    verdict = UNUSABLE if beyond[1] else DRIFTED if beyond[0] else WITHIN
    return Comparison(manual, probe, difference, calibrate, verdict)


class Drifts:
    """Which channels have drifted, over restarts too. One thread at a time.

    `left_open`: the events that the last run left open; None as long as nobody knows.
    """

    def __init__(self, left_open: Callable[[], Sequence[Event] | None] = tuple) -> None:
        self._left_open: Callable[[], Sequence[Event] | None] | None = left_open
        self._open: dict[str, Event] = {}

    def hear(self, channel: Channel, found: Comparison, at: Instant) -> list[Event]:
        """A comparison has been made. Gives `raised`, `updated` or `cleared`, or nothing."""
        self._adopt()
        name = str(channel)
        if found.verdict == WITHIN:
            return self._end(
                name, at, f"It is within {found.allowed:.3g} {_unit(channel)} of a reading by hand."
            )
        if found.verdict not in {DRIFTED, UNUSABLE}:
            return []
        before = self._open.get(name)
        event = _event(channel, found, at)
        if before is not None:
            event = event._replace(id=before.id, phase="updated")
        self._open[name] = event
        return [event]

    def calibrated(self, channel: str, at: Instant) -> list[Event]:
        """It has a new calibration: what was found before is over."""
        self._adopt()
        return self._end(channel, at, "It has been calibrated since.")

    def open(self) -> list[str]:
        """Names of the channels that have drifted."""
        self._adopt()
        return sorted(self._open)

    def _adopt(self) -> None:
        """Once: go on with what the last run left open."""
        events = self._left_open() if self._left_open else None
        if events is not None:
            self._left_open = None
            self._open |= {str(each.data.get("channel")): each for each in events if each.kind == KIND}

    def _end(self, name: str, at: Instant, why: str) -> list[Event]:
        event = self._open.pop(name, None)
        if event is None:
            return []
        return [event._replace(phase="cleared", at=at, title=f"the drift of {name} is over", text=why)]


def _event(channel: Channel, found: Comparison, at: Instant) -> Event:
    assert found.probe is not None, "without it there is no verdict"
    assert found.difference is not None
    assert found.allowed is not None
    unit, is_unusable = _unit(channel), found.verdict == UNUSABLE
    text = (
        f"By hand {found.manual:.4g} {unit}, the probe {found.probe:.4g} {unit}: {found.difference:+.3g}, and"
        f" {found.allowed:.3g} is allowed. Clean the probe, compare again, then calibrate it."
    )
    return Event(
        id=f"{channel}/{KIND}/{at.wall_ns}",
        kind=KIND,
        subject=channel.sensor,
        phase="raised",
        severity=Severity.ORANGE if is_unusable else Severity.YELLOW,
        at=at,
        title=f"{channel} has drifted" + (" too far to be used" if is_unusable else ""),
        text=text,
        data={
            "channel": str(channel),
            "manual": found.manual,
            "probe": found.probe,
            "difference": found.difference,
            "allowed": found.allowed,
            "verdict": found.verdict,
        },
    )


def _unit(channel: Channel) -> str:
    return "pH" if channel.quantity == "ph" else channel.unit
