"""pH of calibration buffers against temperature. Sets differ: never mix them; the bottle's own table wins."""

from __future__ import annotations

from bisect import bisect_right

_STEP_C = 5
_HIGHEST_C = 50
# Every 5 degC from 0 to 50.
BUFFERS = {
    # US technical set (Foxboro/Invensys MI 611-211, table 7). Bottles may print 4.01 for the acid one.
    "us-4.00": (4.00, 4.00, 4.00, 4.00, 4.00, 4.00, 4.01, 4.02, 4.03, 4.04, 4.06),
    "us-7.00": (7.12, 7.09, 7.06, 7.04, 7.02, 7.00, 6.99, 6.99, 6.98, 6.98, 6.97),
    "us-10.01": (10.32, 10.25, 10.18, 10.12, 10.06, 10.01, 9.97, 9.93, 9.89, 9.86, 9.83),
    # Hanna Instruments, HI 2214 manual, p. 15.
    "hanna-4.01": (4.01, 4.00, 4.00, 4.00, 4.00, 4.01, 4.02, 4.03, 4.04, 4.05, 4.06),
    "hanna-7.01": (7.13, 7.10, 7.07, 7.05, 7.03, 7.01, 7.00, 6.99, 6.98, 6.98, 6.98),
    "hanna-10.01": (10.32, 10.24, 10.18, 10.12, 10.06, 10.01, 9.96, 9.92, 9.88, 9.85, 9.82),
}
_ROWS_C = range(0, _HIGHEST_C + 1, _STEP_C)


def buffer_ph(buffer: str, temperature_c: float) -> float:
    """The pH of a buffer, linear between the rows of its table.

    Raises:
        KeyError: an unknown buffer.
        ValueError: outside 0 to 50 degC the table says nothing.
    """
    table = BUFFERS[buffer]
    if not 0 <= temperature_c <= _HIGHEST_C:
        raise ValueError(f"buffer tables reach from 0 to {_HIGHEST_C} degC, not to {temperature_c:g}")
    row = min(bisect_right(_ROWS_C, temperature_c) - 1, len(table) - 2)
    part = (temperature_c - _ROWS_C[row]) / _STEP_C
    return table[row] + part * (table[row + 1] - table[row])
