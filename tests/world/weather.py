"""What befalls a station, and when: a few processes, each with its own pace, all from one seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.maintenance import Maintenance
from agent.clock import NS
from agent.model import Trust
from agent.publish.contract import Order
from tests.world import card, far_side, wires
from tests.world.power import End

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.world.scene import Scene

_HOUR_S, _DAY_S = 3600.0, 86_400.0
_NEVER_NS = 1 << 62


class Theme(NamedTuple):
    """What one world is like. `rots`: bits turn at power cuts; `lies`: a trusted clock may be wrong."""

    wires: bool = True
    far_sides: bool = True
    power: bool = True
    clock: bool = True
    disk: bool = True
    sleeps: bool = True
    upkeep: bool = True
    orders: bool = True
    receipts: bool = False
    poison: bool = False
    rots: bool = False
    lies: bool = False
    has_chip: bool = False
    is_small: bool = False  # the card has less room than the outages need
    is_metered: bool = False
    is_offline: bool = False  # nobody is there until the end

    @classmethod
    def of(cls, random: Random) -> Theme:
        """Usually most things, rarely all of them."""
        often = {name: random.random() < 0.75 for name in cls._fields[:8]}
        seldom = {name: random.random() < 0.25 for name in cls._fields[8:]}
        return cls(**{**often, **seldom})


class _Process:
    """Something that happens again and again: `happen` returns the seconds until the next time."""

    def __init__(self, due_ns: int, happen: Callable[[], float]) -> None:
        self.due_ns = due_ns
        self.happen = happen


class Weather:
    """Of one world."""

    def __init__(self, scene: Scene, theme: Theme, random: Random) -> None:
        self.due_ns = _NEVER_NS
        self._scene = scene
        self._theme = theme
        self._random = random
        self._processes: list[_Process] = []
        self._begin()

    def step(self) -> None:
        """Let everything happen that is due."""
        now_ns = self._scene.time.true_ns
        for process in self._processes:
            if process.due_ns <= now_ns:
                process.due_ns = now_ns + round(process.happen() * NS)
        self.due_ns = min((process.due_ns for process in self._processes), default=_NEVER_NS)

    def clears_up(self) -> None:
        """From now on nothing goes wrong any more, and what was wrong is mended."""
        scene = self._scene
        self._processes, self.due_ns = [], _NEVER_NS
        scene.instruments.moods.clear()
        scene.instruments.wire_moods.clear()
        scene.card.mood = scene.office.mood = scene.archive.mood = "well"
        scene.office.loses = 0.0
        scene.power.end = None
        scene.clock.from_network()

    def _begin(self) -> None:
        theme = self._theme
        if theme.is_offline:
            self._scene.office.mood = self._scene.archive.mood = "away"
        chosen: list[tuple[bool, float, Callable[[], float]]] = [
            (theme.wires, 2 * _HOUR_S, self._a_wire),
            (theme.wires, _HOUR_S, self._an_instrument),
            (theme.far_sides and not theme.is_offline, 2 * _HOUR_S, self._the_office),
            (theme.far_sides and not theme.is_offline, 2 * _HOUR_S, self._the_archive),
            (theme.power, _DAY_S / 4 if theme.rots else _DAY_S, self._an_end),
            (True, 12 * _HOUR_S, self._the_clock),
            (theme.disk, _DAY_S, self._the_disk),
            (theme.sleeps, 2 * _DAY_S, self._a_sleep),
            (theme.upkeep, _DAY_S, self._upkeep),
            (theme.orders, 12 * _HOUR_S, self._an_order),
        ]
        for is_chosen, mean_s, happen in chosen:
            if is_chosen:
                due_ns = self._scene.time.true_ns + round(self._random.expovariate(1 / mean_s) * NS)
                self._processes.append(_Process(due_ns, happen))
        self.due_ns = min(process.due_ns for process in self._processes)

    def _lasting(self, mean_s: float) -> float:
        return self._random.expovariate(1 / mean_s)

    def _mood(self, now: str | None, moods: tuple[str, ...]) -> str:
        """A good one after a bad one."""
        return "well" if now not in {None, "well"} else self._random.choice(moods)

    def _a_wire(self) -> float:
        moods, bus = self._scene.instruments.wire_moods, self._random.choice(self._scene.buses)
        moods[bus] = self._mood(moods.get(bus), wires.WIRE_MOODS)
        return self._lasting(6 * _HOUR_S if moods[bus] == "well" else _HOUR_S)

    def _an_instrument(self) -> float:
        moods, name = self._scene.instruments.moods, self._random.choice(self._scene.sensors)
        moods[name] = self._mood(moods.get(name), wires.MOODS)
        return self._lasting(2 * _HOUR_S)

    def _the_office(self) -> float:
        office = self._scene.office
        office.mood = self._mood(office.mood, far_side.MOODS)
        if self._theme.receipts:
            office.loses = self._random.choice((0.0, 0.0, 2.0, 30.0))
        return self._outage(office.mood)

    def _the_archive(self) -> float:
        archive = self._scene.archive
        archive.mood = self._mood(archive.mood, far_side.MOODS)
        return self._outage(archive.mood)

    def _outage(self, mood: str) -> float:
        """Minutes as a rule, sometimes days."""
        if mood == "well":
            return self._lasting(8 * _HOUR_S)
        return self._lasting(self._random.choice((300.0, 3 * _HOUR_S, 2 * _DAY_S)))

    def _an_end(self) -> float:
        how = "cut" if self._theme.rots else self._random.choice(("cut", "cut", "kill", "stop"))
        where = "between" if how == "stop" else self._random.choice(("between", "send", "read", "commit"))
        self._scene.power.end = End(how, where)
        self._scene.card.tears = where == "commit"
        return self._lasting(self._random.choice((_HOUR_S, 2 * _DAY_S)))

    def _the_clock(self) -> float:
        """The network sets it, sooner or later; before that it may say anything."""
        clock, time = self._scene.clock, self._scene.time
        if not self._theme.clock:
            clock.from_network()
        elif clock.trust is Trust.NONE and self._random.random() < 0.3:
            clock.says(time.true_ns + round(self._random.uniform(-400, 400) * _DAY_S * NS))
        elif self._random.random() < 0.5:
            clock.from_network()
        elif self._theme.lies:
            self._scene.truth.clock_lies = True
            clock.says(time.true_ns + round(self._random.choice((-2, -0.01, 0.01, 146)) * _DAY_S * NS))
            clock.trust = Trust.NTP
        return self._lasting(self._random.choice((_HOUR_S, _DAY_S)))

    def _the_disk(self) -> float:
        self._scene.card.mood = self._mood(self._scene.card.mood, card.MOODS)
        well = self._scene.card.mood == "well"
        return self._lasting(_DAY_S if well else self._random.choice((30.0, 1800.0, 4 * _HOUR_S)))

    def _a_sleep(self) -> float:
        """The whole process stands still, or the machine is suspended."""
        self._scene.time.passes(self._lasting(self._random.choice((30.0, 1200.0, 3 * _HOUR_S))))
        return self._lasting(3 * _DAY_S)

    def _upkeep(self) -> float:
        for worker in self._scene.workers():
            if isinstance(worker, Maintenance):
                subject = self._random.choice(worker.subjects)
                if not (self._random.random() < 0.3 and worker.end(subject)):
                    worker.begin(subject, self._random.uniform(60, 20_000), "calibration")
        return self._lasting(_DAY_S)

    def _an_order(self) -> float:
        """Somebody at a far side wants some of the past again."""
        far = self._random.choice((self._scene.office, self._scene.archive))
        begin_ns = self._scene.time.true_ns - round(self._random.uniform(0, 5) * _DAY_S * NS)
        channel = self._random.choice((None, *self._scene.channels, "no/such"))
        end_ns = begin_ns + round(self._random.uniform(-0.01, 1) * _DAY_S * NS)
        far.orders.append(Order(f"order-{len(far.answers)}", channel, begin_ns, end_ns))
        return self._lasting(_DAY_S)
