"""The bottle that a buffer or a standard comes from: its lot, and whether it is past its date."""

from __future__ import annotations

import re
from calendar import monthrange
from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.calibration.step import choose, text

if TYPE_CHECKING:
    from agent.acquire.calibration.procedures.dialogue import Talk

_DATE = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?")


class Bottle(NamedTuple):
    """What is printed on it; "" where nothing was told. `is_old`: it was used past its date."""

    lot: str
    expires: str
    is_old: bool

    @property
    def note(self) -> str:
        """For the record."""
        return f"lot {self.lot or 'not told'}, past its date ({self.expires})" if self.is_old else ""


def bottle(key: str, what: str, today: str) -> Talk[Bottle]:
    """Ask for it. One past its date is used only if that is said again. `today` is "" when nobody knows."""
    while True:
        lot = yield text(f"{key}_lot", f"{what}: lot", "The lot on the bottle. Enter when there is none.")
        expires = yield from _expires(key, what)
        if not expires or not today or expires >= today:
            return Bottle(lot, expires, is_old=False)
        use = choose(
            f"{key}_old",
            "This bottle is past its date",
            f"It expired on {expires}. An old buffer makes every value wrong that follows.",
            {"other": "I take another bottle", "use": "this one all the same; the record says so"},
            default="other",
        )
        if (yield use) == "use":
            return Bottle(lot, expires, is_old=True)


def _expires(key: str, what: str) -> Talk[str]:
    """The last day on which it is good, as `2026-11-30`; "" when there is none."""
    remark = ""
    while True:
        told = yield text(
            f"{key}_expires",
            f"{what}: good until",
            f"{remark}The date on the bottle, like 2027-03 or 2027-03-31. Enter when there is none.",
        )
        last_day = _last_day(told)
        if last_day is not None:
            return last_day
        remark = f"{told!r} is no date. "


def _last_day(told: str) -> str | None:
    if not told:
        return ""
    match = _DATE.fullmatch(told)
    if match is None or not 1 <= int(match[2]) <= 12:  # noqa: PLR2004 - months
        return None
    year, month = int(match[1]), int(match[2])
    longest = monthrange(year, month)[1]
    day = longest if match[3] is None else int(match[3])
    return f"{year:04}-{month:02}-{day:02}" if 1 <= day <= longest else None
