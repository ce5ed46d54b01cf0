"""A station on a quiet site: real water and real ground where there are any, made by rule elsewhere."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.detection import nature as natural
from benchmarks.detection.course import DAY, HOUR, STEP_H, STEP_S, Course, decayed, floats
from benchmarks.detection.records import longest_gap, record
from benchmarks.detection.shapes import HELD_BACK, SHAPES, UNSEEN

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.detection.course import Floats, Rng

_LONGEST_GAP = 12 * HOUR
_BEGAN_S = 1_767_225_600.0  # 2026-01-01: every case has a calendar of its own
_WATER = ("ph", "ec_us_cm", "turbidity_ntu", "temp_c")


class Source(NamedTuple):
    """A part of a file: from and until which share of its length."""

    file: str
    begin: float = 0.0
    end: float = 1.0
    soil: str = ""


class Sites(NamedTuple):
    """Where water and ground come from. `DEVELOPMENT` shares no stretch with the others."""

    water: tuple[Source, ...]
    ground: tuple[Source, ...]
    shapes: tuple[str, ...] = SHAPES


DEVELOPMENT = Sites(
    water=(
        Source("lro_mainstreet2019"),
        Source("lro_franklinbasin2014"),
        Source("neon_prin_upstream", 0.0, 0.5),
        Source(""),
    ),
    ground=(
        Source("hbef_w3_19516", soil="soil_vwc_p3"),
        Source("hbef_w3_19516", soil="soil_vwc_p5"),
        Source("well_wipp30", 0.0, 0.5),
        Source(""),
        Source(""),
    ),
)
REPORT = Sites(
    water=(
        Source("lro_franklinbasin2020"),
        Source("lro_blacksmithfork2015"),
        Source("lro_tonygrove2014"),
        Source("neon_prin_upstream", 0.5, 1.0),
        Source("gbr_pioneer"),
    ),
    ground=(
        Source("hbef_w3_19520", soil="soil_vwc_p2"),
        Source("hbef_w3_19520", soil="soil_vwc_p6"),
        Source("well_wipp30", 0.5, 1.0),
        Source("saqc_soil", soil="soil_vwc_1"),
        Source("usgs_mukilteo_mvd116"),
        Source(""),
    ),
    shapes=(*SHAPES, *HELD_BACK),
)
SHIFTED = Sites(
    water=(Source("gecco2018_a"), *REPORT.water, Source("")),
    ground=(
        Source("hbef_w3_19516", soil="soil_vwc_p2"),
        Source("hbef_w3_19516", soil="soil_vwc_p6"),
        Source("hbef_w3_19520", soil="soil_vwc_p4"),
        Source("hbef_w3_19520", soil="soil_vwc_p5"),
        Source("well_wipp30", 0.5, 1.0),
        Source("saqc_soil", soil="soil_vwc_2"),
        Source("usgs_mukilteo_mvd116"),
        Source(""),
    ),
    shapes=(*SHAPES, *HELD_BACK, *UNSEEN),
)


@cache
def _begins(path: Path, sensors: tuple[str, ...], source: Source, count: int) -> tuple[int, ...]:
    """Where a stretch of so many samples may begin, every half day."""
    series = record(path)
    known = [series[name] for name in sensors if name in series]
    length = min(len(each) for each in known)
    first, last = round(length * source.begin), round(length * source.end) - count
    return tuple(
        begin
        for begin in range(first, last, DAY // 2)
        if all(longest_gap(each[begin : begin + count]) <= _LONGEST_GAP for each in known)
    )


def _stretch(rng: Rng, data: Path, source: Source, sensors: tuple[str, ...], count: int) -> dict[str, Floats]:
    """A part of a record without long gaps; nothing if it has none."""
    path = data / f"{source.file}.csv.gz"
    begins = _begins(path, sensors, source, count)
    if not begins:
        return {}
    begin = int(rng.choice(begins))
    return {
        name: each[begin : begin + count].copy()
        for name, each in record(path).items()
        if len(each) >= begin + count
    }


def background(rng: Rng, data: Path, sites: Sites, count: int, dry: range) -> Course:
    """A quiet station for so many samples; no rain falls on the `dry` ones where the rain is ours to make."""
    nature = natural.draw(rng)
    water_from, water = _pick(rng, data, sites.water, _WATER[:3], count)
    must_make = len(dry) > 0
    ground_from, ground = _pick(
        rng, data, tuple(each for each in sites.ground if not must_make or not each.soil), (), count
    )
    course = Course(
        t_s=floats(_BEGAN_S + float(rng.integers(0, 365)) * 86400.0 + STEP_S * np.arange(count)),
        values={},
        nature=nature,
        made=frozenset(),
        shapes=sites.shapes,
        source=f"{water_from.file or 'made'} + {ground_from.file or 'made'}",
    )
    _lay_water(rng, course, water)
    _lay_ground(rng, course, ground_from, ground, dry)
    return course


def _pick(
    rng: Rng, data: Path, among: tuple[Source, ...], sensors: tuple[str, ...], count: int
) -> tuple[Source, dict[str, Floats]]:
    """A source that has a stretch long enough, and the stretch."""
    for place in rng.permutation(len(among)).tolist():
        source = among[place]
        if not source.file:
            return source, {}
        if source.file.startswith("usgs"):
            return source, _tiled_rain(data, source, count)
        found = _stretch(rng, data, source, sensors or _ground_sensors(source), count)
        if found:
            return source, found
    return Source(""), {}


def _ground_sensors(source: Source) -> tuple[str, ...]:
    if source.file.startswith("well"):
        return ("head_m_abs", "baro_kpa")
    return (source.soil, "baro_kpa", "rain_mm")


def _tiled_rain(data: Path, source: Source, count: int) -> dict[str, Floats]:
    """Two wet weeks, again and again: a winter on a bluff by the sea."""
    rain = record(data / f"{source.file}.csv.gz")["rain_mm"]
    return {"rain_mm": floats(np.resize(rain, count))}


def _lay_water(rng: Rng, course: Course, real: dict[str, Floats]) -> None:
    """pH, conductivity, turbidity, temperature; moved to another water of the same habits."""
    count, made = len(course), set()
    hours = floats(np.arange(count) * STEP_H)
    day = np.sin(2.0 * np.pi * (hours - rng.uniform(0.0, 24.0)) / 24.0)
    for name in _WATER:
        if name in real:
            course.values[name] = real[name]
            continue
        made.add(name)
        course.values[name] = _made_water(rng, name, day, hours)
    ph, ec = course.values["ph"], course.values["ec_us_cm"]
    if "ph" in made or rng.random() < 0.6:
        ph += rng.uniform(6.7, 8.1) - float(np.nanmedian(ph))
        ec *= np.exp(rng.uniform(np.log(120.0), np.log(2500.0))) / float(np.nanmedian(ec))
    np.clip(course.values["turbidity_ntu"], 0.0, None, out=course.values["turbidity_ntu"])
    course.made = course.made | made


def _made_water(rng: Rng, name: str, day: Floats, hours: Floats) -> Floats:
    slow = decayed(rng.normal(0.0, 1.0, len(day)), rng.uniform(60.0, 150.0))
    slow = (slow - slow.mean()) / slow.std()
    if name == "ph":
        return floats(7.5 + rng.uniform(0.02, 0.3) * day + rng.uniform(0.01, 0.08) * slow)
    if name == "ec_us_cm":
        return floats(400.0 * (1.0 + rng.uniform(0.0, 0.04) * day + rng.uniform(0.01, 0.05) * slow))
    if name == "turbidity_ntu":
        return floats(rng.uniform(0.8, 6.0) * np.exp(0.25 * slow))
    return floats(11.0 + 0.02 * hours / 24.0 + rng.uniform(0.3, 3.0) * day + slow)


def _lay_ground(rng: Rng, course: Course, source: Source, real: dict[str, Floats], dry: range) -> None:
    """Rain, air, soil, head."""
    count, values = len(course), course.values
    made = {"head_m", "soil_vwc", "baro_kpa"}
    values["baro_kpa"] = natural.air(rng, count, rng.uniform(80.0, 101.0))
    values["soil_vwc"] = np.full(count, rng.uniform(0.12, 0.3))
    values["head_m"] = np.full(count, rng.uniform(2.0, 14.0))
    if "baro_kpa" in real:
        values["baro_kpa"] = real["baro_kpa"]
        made.discard("baro_kpa")
    own_head = "head_m_abs" in real
    own_soil = source.soil in real and bool(source.soil)
    if own_head:
        values["head_m"] = real["head_m_abs"] + rng.uniform(-6.0, 6.0)
        course.nature = replace(
            course.nature, head_per_kpa=_answer(values["head_m"], values["baro_kpa"]), head_lag_h=0.0
        )
    else:
        _breathe(rng, course)
    if own_soil:
        soil = real[source.soil]
        values["soil_vwc"] = soil - min(0.0, float(np.nanmin(soil)) - 0.04)
        made.discard("soil_vwc")
    values["rain_mm"] = _rain(rng, source, real, count, dry)
    natural.wet(course, values["rain_mm"], soil=not own_soil)
    slope = rng.uniform(-0.008, 0.003)  # a season's recession, m/d
    values["head_m"] += 0.0 if own_head else slope * np.arange(count) / DAY
    course.made = course.made | made


def _breathe(rng: Rng, course: Course) -> None:
    """Air pressure and the moon in a head."""
    baro, nature = course.values["baro_kpa"], course.nature
    known = np.isfinite(baro)
    whole = np.interp(course.t_s, course.t_s[known], baro[known])
    hours = np.arange(len(course)) * STEP_H
    natural.breathe(course, floats(whole - whole[0]))
    for period_h, part in ((12.42, 1.0), (25.82, 0.6)):
        phase = rng.uniform(0.0, 6.3)
        course.values["head_m"] += part * nature.tide_m * np.sin(2.0 * np.pi * hours / period_h + phase)


def _answer(head: Floats, baro: Floats) -> float:
    """Metres per kPa, as a recorded head answers the air within six hours."""
    moved, pushed = head[6 * HOUR :] - head[: -6 * HOUR], baro[6 * HOUR :] - baro[: -6 * HOUR]
    both = np.isfinite(moved) & np.isfinite(pushed)
    return float(np.dot(moved[both], pushed[both]) / np.dot(pushed[both], pushed[both]))


def _rain(rng: Rng, source: Source, real: dict[str, Floats], count: int, dry: range) -> Floats:
    """Recorded, or read from the soil that answered it, or made."""
    if "rain_mm" in real:
        return natural.tipped(real["rain_mm"])
    if source.soil in real and source.soil:
        rise = np.clip(np.diff(real[source.soil], prepend=np.nan), 0.0, None)
        return natural.tipped(np.where(np.nan_to_num(rise) > 0.0015, np.nan_to_num(rise) / 0.004, 0.0))
    return natural.weather(rng, count, dry)
