"""How long a calibration is believed, and when somebody is reminded of the next. Pure.

Nobody's clock moves a date: where the station does not know the time, nothing is due and nothing has expired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from agent.acquire.calibration.record import CalibrationRecord

DAY_S = 86_400.0
# Days that a calibration is good for, unless somebody says otherwise. pH: a check every 1-4 weeks, where iron
# coats glass and junction. The optical and the conductive ones foul with a season; USGS TM 1-D3 leaves
# their interval to how fast a site drifts. What is not here is calibrated once (soil, certificates): no date.
USUAL_DAYS = {
    "ph": 28.0,
    "orp": 28.0,
    "dissolved_oxygen": 90.0,
    "conductivity": 90.0,
    "turbidity": 90.0,
}
USUAL_REMIND_DAYS = 7.0
NEVER = 0.0
# Once told, a date that comes no nearer is not taken back: a clock that is set anew moves by seconds.
_HYSTERESIS_S = DAY_S

# Verdicts of calibrations that are good for no day: one that was not brought to its end, and one that found
# unfit what the instrument took over all the same.
UNFINISHED, REJECT = "unfinished", "reject"
UNFIT = {UNFINISHED, REJECT}

IN_TIME, DUE, EXPIRED, UNDATED = "in_time", "due", "expired", "undated"


class Validity(NamedTuple):
    """When a calibration was made and until when it is believed, in seconds since 1970 UTC.

    `made_s` is None where nobody knew the time, `expires_s` where it has no date. `is_undated`: it should
    have one, and has none because nobody knew the time.
    """

    made_s: float | None = None
    expires_s: float | None = None
    remind_s: float = 0.0
    is_undated: bool = False

    def expired(self, utc_s: float | None) -> bool:
        """Whether it is past its date; never where nobody knows the time (None)."""
        return utc_s is not None and self.expires_s is not None and utc_s >= self.expires_s

    def stage(self, utc_s: float, told: str = IN_TIME) -> str:
        """IN_TIME, DUE (somebody is to be reminded), EXPIRED or UNDATED; `told` is what was told so far."""
        if self.is_undated:
            return UNDATED
        if self.expires_s is None:
            return IN_TIME
        if utc_s >= self.expires_s - (_HYSTERESIS_S if told == EXPIRED else 0.0):
            return EXPIRED
        remind_s = self.remind_s + (0.0 if told == IN_TIME else _HYSTERESIS_S)
        return DUE if utc_s >= self.expires_s - remind_s else IN_TIME

    def as_json(self, utc_s: float | None) -> dict[str, Any]:
        """Age and what is left, in whole tenths of a day; None where it cannot be told."""
        return {
            "age_d": _days(utc_s, self.made_s),
            "due_d": _days(self.expires_s, utc_s),
            "expired": self.expired(utc_s),
        }


ENDLESS = Validity()


def validity(record: CalibrationRecord | None, terms: Any) -> Validity:
    """Of a record under the `calibrate` table of its channel (`valid_days`, `remind_days`), None for none.

    What the configuration says goes before what the record says of itself, and that before what is usual.
    """
    if record is None:
        return ENDLESS
    if record.verdict in UNFIT:
        return Validity(record.at_s, record.at_s or 0.0)
    configured = None if terms is None else terms.valid_days
    days = next(
        days
        for days in (configured, record.valid_days, USUAL_DAYS.get(record.quantity, NEVER))
        if days is not None
    )
    remind_days = USUAL_REMIND_DAYS if terms is None else terms.remind_days
    if not days or record.at_s is None:
        return Validity(record.at_s, is_undated=bool(days) and record.at_s is None)
    return Validity(record.at_s, record.at_s + days * DAY_S, remind_days * DAY_S)


def _days(later_s: float | None, earlier_s: float | None) -> float | None:
    if later_s is None or earlier_s is None:
        return None
    return round((later_s - earlier_s) / DAY_S, 1)
