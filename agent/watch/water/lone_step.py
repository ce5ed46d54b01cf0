"""A fall of pH that conductivity knows nothing of: calibrated, cleaned or cracked, but not acid. Pure.

It is judged once the fall has come to rest, over the hours around it. Rain makes it impossible to tell: water
that is diluted and turns acid at once may keep its conductivity.
"""

from __future__ import annotations

from agent.watch.contract import DAY, HOUR
from agent.watch.measures.history import History

_WINDOW = 6 * HOUR
_REST = HOUR
FALL_PH, _STILL_PH, _STILL_EC = 0.25, 0.06, 0.03
_LASTS = 7 * DAY  # by then the baseline knows it


class LoneStep:
    """Follows the distances of both from what is usual. `size` is what pH must not be blamed for."""

    def __init__(self) -> None:
        self.size = 0.0
        self._since = -_LASTS
        self._ph, self._ec = History(_WINDOW + 1), History(_WINDOW + 1)

    def add(self, number: int, ph: float | None, ec: float | None, *, unclear: bool) -> None:
        """The next block: both distances, and whether rain, redox or a held pH forbid to tell."""
        self._ph.add(number, ph)
        self._ec.add(number, ec)
        if number - self._since > _LASTS:
            self.size = 0.0
        if ph is None or ec is None or unclear:
            return
        before = number - _WINDOW
        ph_before, ec_before = self._ph.at(before), self._ec.at(before)
        ph_lately = self._ph.at(number - _REST)
        if ph_before is None or ec_before is None or ph_lately is None:
            return
        fall = ph_before - ph
        if fall >= FALL_PH and abs(ph - ph_lately) <= _STILL_PH and abs(ec - ec_before) <= _STILL_EC:
            self.size, self._since = max(fall, self.size), number
