"""A quiet hillside by rule: air, rain, a piezometer that answers both, soil. Seeded; by blocks."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, NamedTuple

from agent.watch.contract import DAY, HOUR, Block, Cell, Role
from agent.watch.ground.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.watch.contract import Assessment

ONSET = 16 * DAY
FIRST = 1_900_000 // DAY * DAY


class Weather(NamedTuple):
    """By block: kPa, mm."""

    air: list[float]
    rain: list[float]


def weather(days: float, seed: int = 1, storm_every_d: float = 5.0) -> Weather:
    rng = random.Random(seed)
    air, rain, slow = [], [], 0.0
    for at in range(round(days * DAY)):
        slow += -slow / (1.5 * DAY) + rng.gauss(0.0, 0.08)
        air.append(round(95.0 + slow + 0.05 * math.sin(at / 48 * 2 * math.pi), 2))
        in_storm = at % int(storm_every_d * DAY) < 6 * HOUR
        rain.append(0.6 if in_storm and rng.random() < 0.7 else 0.0)
    return Weather(air, rain)


def head(sky: Weather, per_kpa: float = -0.05, per_mm: float = 0.006, seed: int = 2) -> list[float]:
    rng = random.Random(seed)
    heads, upper, stored = [], 0.0, 0.0
    for kpa, mm in zip(sky.air, sky.rain, strict=True):
        upper += mm
        down = upper / (10 * HOUR)
        upper -= down
        stored += down - stored / (6.0 * DAY)
        heads.append(round(7.0 + per_mm * stored + per_kpa * (kpa - 95.0) + rng.gauss(0.0, 0.0015), 3))
    return heads


def moisture(sky: Weather, seed: int = 3) -> list[float]:
    rng = random.Random(seed)
    soils, held = [], 0.0
    for mm in sky.rain:
        held += 0.004 * mm - held / (3.0 * DAY)
        soils.append(round(min(0.42, 0.22 + held) + rng.gauss(0.0, 0.0006), 4))
    return soils


def block(at: int, **values: float | None) -> Block:
    """Of channels named after their roles: head=, head_2=, soil_moisture=, air_pressure=, rain=."""
    cells: dict[Role, dict[str, Cell]] = {}
    for name, value in values.items():
        role = Role(name.removesuffix("_2"))
        cells.setdefault(role, {})[name] = Cell(value)
    number = FIRST + at
    return Block(number, (number + 1) * 900.0, cells)


def blocks(
    days: float,
    head_change: Callable[[float], float] = lambda _: 0.0,
    soil_change: Callable[[float], float] = lambda _: 0.0,
    *,
    seed: int = 1,
    without: Sequence[str] = (),
    **site: float,
) -> list[Block]:
    """A site with something that happens in it: metres, and m3/m3, by hours since the onset."""
    sky = weather(days, seed)
    heads, soils = head(sky, seed=seed + 1, **site), moisture(sky, seed + 2)
    out = []
    for at, (kpa, mm, level, soil) in enumerate(zip(sky.air, sky.rain, heads, soils, strict=True)):
        hours = (at - ONSET) / HOUR
        values: dict[str, float | None] = {
            "head": level + (head_change(hours) if hours >= 0.0 else 0.0),
            "soil_moisture": soil + (soil_change(hours) if hours >= 0.0 else 0.0),
            "air_pressure": kpa,
            "rain": mm,
        }
        out.append(block(at, **{name: value for name, value in values.items() if name not in without}))
    return out


def asked(course: Sequence[Block], ground: Ground | None = None) -> list[tuple[float, Assessment]]:
    """What is asked for of water, with the hours since the onset."""
    ground = ground or Ground()
    return [
        ((each.number - FIRST - ONSET) / HOUR, assessment)
        for each in course
        for assessment in ground.add(each)
    ]


def first_amber(said: Sequence[tuple[float, Assessment]]) -> tuple[float, Assessment] | None:
    return next(((hours, each) for hours, each in said if each.level >= 2), None)
