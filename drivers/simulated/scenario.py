"""What happens on the simulated site, as data. Times count in hours from the start of the simulation."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

ALL_UNITS = 0


class Kind(Enum):
    """What an episode does over its `hours`, and what its `size` counts."""

    RAIN = "rain"  # mm in all
    BURST = "burst"  # NTU at once, then fading: a bank slips into the stream
    ACID_DRAINAGE = "acid_drainage"  # share of the buffers used up at the end, 0 to 1; stays
    HEAD_LOSS = "head_loss"  # m lost at the end, most of it at first; stays
    CREEP = "creep"  # m of head lost at the end, most of it at last; stays
    SOIL_CRACK = "soil_crack"  # m3/m3 lost at the end; stays
    FOULING = "fouling"  # NTU too much at the end, when somebody wipes the probe
    BUBBLES = "bubbles"  # share of the readings that a bubble spoils
    DEAD_PROBE = "dead_probe"  # share of `unit`'s answers that do not come
    LINE_NOISE = "line_noise"  # share of `unit`'s answers that arrive damaged


class Episode(NamedTuple):
    """One thing that happens."""

    kind: Kind
    start_h: float
    hours: float
    size: float
    unit: int = ALL_UNITS


class Scenario(NamedTuple):
    """A story: its episodes, and how often rain comes by itself."""

    title: str
    episodes: tuple[Episode, ...]
    storm_every_d: float | None = None


# Rain three days before the start gives the soil something to dry from.
_BEFORE = Episode(Kind.RAIN, -66.0, 6.0, 25.0)

SCENARIOS = {
    "calm": Scenario("dry weather, nothing happens", (_BEFORE,)),
    "storm": Scenario(
        "45 mm of rain in 8 hours and what follows from it",
        (_BEFORE, Episode(Kind.RAIN, 1.0, 8.0, 45.0), Episode(Kind.BURST, 5.0, 0.5, 300.0)),
    ),
    "seep": Scenario(
        "acid drainage breaks out on the third day, between ordinary rain",
        (
            _BEFORE,
            Episode(Kind.BUBBLES, 12.0, 6.0, 0.05),
            Episode(Kind.BURST, 30.0, 0.5, 60.0),
            Episode(Kind.ACID_DRAINAGE, 48.0, 60.0, 0.95),
            Episode(Kind.FOULING, 120.0, 96.0, 150.0),
        ),
        storm_every_d=6.0,
    ),
    "slope": Scenario(
        "the ground gives way: creeping from the fourth day, cracking on the seventh",
        (
            _BEFORE,
            Episode(Kind.CREEP, 72.0, 72.0, 0.5),
            Episode(Kind.SOIL_CRACK, 146.0, 2.0, 0.06),
            Episode(Kind.HEAD_LOSS, 150.0, 6.0, 3.0),
        ),
        storm_every_d=6.0,
    ),
    "demo": Scenario(
        "a seep that turns and a slope that moves, within thirty hours, between faults of all kinds",
        (
            _BEFORE,
            Episode(Kind.BURST, 0.5, 0.5, 120.0),
            Episode(Kind.BUBBLES, 1.0, 2.0, 0.3),
            Episode(Kind.ACID_DRAINAGE, 2.0, 20.0, 0.95),
            Episode(Kind.LINE_NOISE, 4.0, 1.0, 0.1),
            Episode(Kind.CREEP, 4.0, 5.0, 0.15),
            Episode(Kind.DEAD_PROBE, 7.0, 3.0, 1.0, unit=4),
            Episode(Kind.HEAD_LOSS, 9.0, 8.0, 2.5),
            Episode(Kind.SOIL_CRACK, 9.0, 1.0, 0.06),
            Episode(Kind.FOULING, 14.0, 22.0, 80.0),
            Episode(Kind.RAIN, 28.0, 6.0, 12.0),
        ),
    ),
}


def scenario_named(name: str) -> Scenario:
    """The scenario of this name. Raises ValueError that lists the names there are."""
    if name not in SCENARIOS:
        raise ValueError(f"no scenario is called {name!r}; there are: {', '.join(SCENARIOS)}")
    return SCENARIOS[name]
