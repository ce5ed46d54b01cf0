"""What every channel is converted by at this moment, and why it is not what it should be."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.calibration.due import ENDLESS, Validity, validity
from agent.acquire.calibration.fit import misfit
from agent.acquire.calibration.record import utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.acquire.calibration.fit import Place
    from agent.acquire.calibration.record import CalibrationRecord
    from agent.acquire.calibration.store import InForce


class Standing(NamedTuple):
    """The calibration that a channel runs by.

    Attributes:
        record: None where the configuration is the law.
        validity: until when it is believed.
        trouble: why the calibration that somebody put in force is not used, "" when it is.
    """

    record: CalibrationRecord | None = None
    validity: Validity = ENDLESS
    trouble: str = ""

    @property
    def id(self) -> str:
        """Of the record; "" for the configuration."""
        return "" if self.record is None else self.record.id

    def facts(self) -> dict[str, object]:
        """What does not change by itself: id, when, how, verdict, until when, and what is wrong."""
        about = {} if self.record is None else _about(self.record)
        expires_s = self.validity.expires_s
        due = None if expires_s is None else utc_text(expires_s)
        return {"calibration": None, **about, "due": due, "trouble": self.trouble}

    def as_json(self, utc_s: float | None) -> dict[str, Any]:
        """For the status, the newcomer's `meta` and whoever asks what is due."""
        record = self.record
        about = {} if record is None else _about(record)
        return {**about, **self.validity.as_json(utc_s), "trouble": self.trouble}


def standing(in_force: InForce, place: Place, terms: Any) -> Standing:
    """What follows from the files and the configuration: `terms` is the `calibrate` table of the channel."""
    record = in_force.record
    if record is None:
        return Standing(trouble=in_force.trouble)
    why = misfit(record, place)
    if why:
        return Standing(trouble=f"calibration {record.id} is not used: {why}")
    return Standing(record, validity(record, terms), in_force.trouble)


class Standings:
    """The standing of every channel by its name. Any thread; a look at it is a look at one moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Replaced as a whole, so that whoever keeps what he got can tell by `is` whether anything changed.
        self._now: Mapping[str, Standing] = {}
        self._facts: Mapping[str, Mapping[str, object]] = {}
        self._facts_of: Mapping[str, Standing] | None = None

    def put(self, channel: str, now: Standing) -> None:
        """From now on this is how it stands."""
        with self._lock:
            self._now = {**self._now, channel: now}

    def now(self) -> Mapping[str, Standing]:
        """By channel; the same object until something changes."""
        return self._now

    def facts(self) -> Mapping[str, Mapping[str, object]]:
        """What a consumer must know, by channel ever calibrated: the same object until it changes."""
        now = self._now
        if now is not self._facts_of:
            facts = {channel: each.facts() for channel, each in now.items() if each.record or each.trouble}
            self._facts, self._facts_of = facts, now
        return self._facts

    def of(self, channel: str) -> Standing:
        """That of one channel; one that nobody ever calibrated runs by the configuration."""
        return self._now.get(channel, Standing())


def _about(record: CalibrationRecord) -> dict[str, Any]:
    return {
        "calibration": record.id,
        "at": record.at,
        "by": record.by,
        "procedure": record.procedure,
        "verdict": record.verdict,
    }
