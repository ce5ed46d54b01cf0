"""How a head answers to air and rain: fitted on the site's last weeks, robustly, with a prior. Pure.

The change over a day is explained by the change of the felt air pressure, the change of what storms have
stored, and a steady trend. Days that nothing explains count less (Huber), so an event is not learned as a
habit. Before a storm was seen its effect is a guess with a wide margin, never zero.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from agent.watch.ground.barometric import LAGS_H, M_PER_KPA, Air
from agent.watch.ground.rain import KERNELS, Kernel, Storage
from agent.watch.measures.robust import MAD_TO_SD, median

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAY_H = 24
_EVERY_H = 3
_NOISE_FLOOR_M = 0.004
_HUBER = 2.5
_AGAIN = 2
_PER_DAY = 4.0  # hourly changes over a day overlap: this many of eight a day are worth one
# Prior: head per kPa; head per mm stored (2-10 mm per mm is healthy).
_AIR_SD = 0.05
_RAIN_MEAN, _RAIN_SD = 0.004, 0.004
_LEAST_ROWS = 24


class Response(NamedTuple):
    """What was learned.

    Attributes:
        lag_h: of the air.
        per_kpa: m of head per kPa of air; +- `per_kpa_sd`.
        kernel: how rain arrives.
        per_mm: m of head per mm stored; +- `per_mm_sd`.
    """

    lag_h: float
    per_kpa: float
    per_kpa_sd: float
    kernel: Kernel
    per_mm: float
    per_mm_sd: float


UNKNOWN = Response(0.0, 0.0, _AIR_SD, KERNELS[2], _RAIN_MEAN, _RAIN_SD)

Row = tuple[float, float, float]
"""Changes over a day: head (m), felt air (kPa), stored rain (mm)."""


def learn(
    heads: Sequence[float | None], air: Sequence[float | None], rain: Sequence[float | None]
) -> Response:
    """The best candidate over hourly values of the same hours, oldest first."""
    felts = {lag_h: _felt(air, lag_h) for lag_h in LAGS_H}
    best, least = UNKNOWN, float("inf")
    wet = any(rain)
    for kernel in KERNELS if wet else KERNELS[2:3]:
        stored = _stored(rain, kernel)
        for lag_h in LAGS_H:
            rows = _rows(heads, felts[lag_h], stored)
            if len(rows) < _LEAST_ROWS:
                continue
            found, misfit = _fit(rows, lag_h, kernel)
            if misfit < least:
                best, least = found, misfit
    return best


def _felt(air: Sequence[float | None], lag_h: float) -> list[float | None]:
    feel = Air(lag_h)
    return [feel.add(kpa) for kpa in air]


def _stored(rain: Sequence[float | None], kernel: Kernel) -> list[float]:
    storage = Storage(kernel)
    return [storage.add(mm or 0.0) for mm in rain]


def _rows(heads: Sequence[float | None], felt: Sequence[float | None], stored: Sequence[float]) -> list[Row]:
    rows = []
    for now in range(_DAY_H, len(heads), _EVERY_H):
        head, before = heads[now], heads[now - _DAY_H]
        if head is None or before is None:
            continue
        kpa, kpa_before = felt[now], felt[now - _DAY_H]
        change = 0.0 if kpa is None or kpa_before is None else kpa - kpa_before
        rows.append((head - before, change, stored[now] - stored[now - _DAY_H]))
    return rows


def _fit(rows: list[Row], lag_h: float, kernel: Kernel) -> tuple[Response, float]:
    """Least squares with a prior, repeated: what is far off counts less. Also what it leaves unexplained."""
    weights = [1.0] * len(rows)
    noise = max(_NOISE_FLOOR_M, MAD_TO_SD * median([abs(row[0]) for row in rows]))
    per_kpa = per_mm = trend = 0.0
    inverse = (0.0, 0.0)
    for _ in range(_AGAIN + 1):
        per_kpa, per_mm, trend, inverse = _solve(rows, weights, noise)
        off = [abs(y - per_kpa * air - per_mm * rain - trend) for y, air, rain in rows]
        noise = max(_NOISE_FLOOR_M, MAD_TO_SD * median(off))
        edge = _HUBER * noise
        weights = [1.0 if each <= edge else edge / each for each in off]
    misfit = sum(min(each, 10.0 * _HUBER * _NOISE_FLOOR_M + each / 4.0) for each in off)
    sd = [sqrt(max(each, 0.0)) for each in inverse]
    limited = max(-M_PER_KPA, min(M_PER_KPA, per_kpa))
    return Response(lag_h, limited, sd[0], kernel, max(0.0, per_mm), sd[1]), misfit


def _solve(
    rows: list[Row], weights: list[float], noise: float
) -> tuple[float, float, float, tuple[float, float]]:
    """The two slopes, the trend, and the variances of the slopes."""
    n = a = r = y = aa = ar = rr = ay = ry = 0.0
    for (head, air, rain), weight in zip(rows, weights, strict=True):
        wa, wr = weight * air, weight * rain
        n += weight
        a += wa
        r += wr
        y += weight * head
        aa += wa * air
        ar += wa * rain
        rr += wr * rain
        ay += wa * head
        ry += wr * head
    variance = noise * noise * _PER_DAY
    prior_a, prior_r = variance / _AIR_SD**2, variance / _RAIN_SD**2
    saa, srr, sar = aa - a * a / n + prior_a, rr - r * r / n + prior_r, ar - a * r / n
    say, sry = ay - a * y / n, ry - r * y / n + prior_r * _RAIN_MEAN
    det = saa * srr - sar * sar
    per_kpa, per_mm = (say * srr - sry * sar) / det, (sry * saa - say * sar) / det
    trend = (y - per_kpa * a - per_mm * r) / n
    return per_kpa, per_mm, trend, (variance * srr / det, variance * saa / det)
