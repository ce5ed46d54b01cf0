"""A world from its beginning to its verdict."""

from __future__ import annotations

import json
import random
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

import structlog

from agent.clock import NS
from agent.journal.writer import JournalWriter
from agent.publish.shipper import Shipper
from agent.station import Station
from drivers.registry import MODELS
from tests.world import probe
from tests.world.card import kernel_says
from tests.world.judge import Judge
from tests.world.power import End, PowerCut
from tests.world.scene import Scene
from tests.world.times import T0_NS
from tests.world.turns import Turns
from tests.world.weather import Theme, Weather

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import NoReturn

    from structlog.typing import EventDict

    from tests.world.judge import Verdict

_DAY_NS = 86_400 * NS
# After the last fault: long enough for the account of every day before it, and for all that waits.
_AFTER_DAYS = 2.5
_PATIENCE_DAYS = 3


class World:
    """One seed is one run."""

    def __init__(
        self, root: Path, seed: int, days: float, theme: Theme | None = None, after_days: float = _AFTER_DAYS
    ) -> None:
        """Of `theme`, else of one that the seed chooses; `after_days` of quiet follow."""
        self._random = Random(seed)
        self._seed = seed
        self._after_days = after_days
        self.theme = theme or Theme.of(self._random)
        self.scene = Scene(root, self._random, self.theme)
        self._weather = Weather(self.scene, self.theme, self._random)
        self._until_ns = T0_NS + round(days * _DAY_NS)
        self._judge = Judge(self.scene)
        self._day = 0
        self._quiet_from_ns: int | None = None

    def run(self) -> Verdict:
        """Live through it."""
        with kernel_says(self.scene.card), _house_rules(self._seed):
            while self.scene.time.true_ns < self._until_ns:
                self._run_until(self._until_ns)
            self._weather.clears_up()
            self._quiet_from_ns = self.scene.time.true_ns + round(self._after_days * _DAY_NS)
            self._run_until(self._quiet_from_ns + _PATIENCE_DAYS * _DAY_NS)
        return self._judge.verdict()

    def _run_until(self, until_ns: int) -> None:
        """One run of the station: until then, or until the weather ends it."""
        scene = self.scene
        turns = Turns(scene.time, scene.clock, self._random, scene.card)
        self._judge.run_begins()
        config: Any = scene.config  # as the station holds it: plain, and not its model
        station = Station(config, scene.clock, structlog.get_logger(), scene.outside(turns))
        end, image = End("stop", "between"), None
        station.__enter__()
        scene.card.opened(self._writer())
        try:
            turns.run(until_ns, lambda: self._between(station))
        except PowerCut:
            end = scene.power.end or end
            if end.how != "stop":
                image = scene.card.image or scene.card.taken()
        scene.power.end = None
        self._judge.run_ends(turns)
        scene.card.lets_go()
        station.__exit__()
        if image is not None:
            scene.card.put(image)
        scene.card.note_losses()
        self._afterwards(end)

    def _between(self, station: Station) -> int:
        """Between two turns. Returns when the weather changes next. Raises PowerCut."""
        scene = self.scene
        if scene.time.true_ns >= self._weather.due_ns:
            self._weather.step()
        if scene.card.image is not None or self._writer().wants_restart or self._is_over():
            raise PowerCut
        scene.power.may_go("between")
        day = (scene.time.true_ns - T0_NS) // _DAY_NS
        if day > self._day:
            self._day = day
            json.dumps(station.status())
            self._judge.day_ends()
        return self._weather.due_ns

    def _is_over(self) -> bool:
        """All is mended, and all is sent."""
        if self._quiet_from_ns is None or self.scene.time.true_ns < self._quiet_from_ns:
            return False
        shippers = (each for each in self.scene.workers() if isinstance(each, Shipper))
        return not any(each.waiting for each in shippers)

    def _writer(self) -> JournalWriter:
        return next(each for each in self.scene.workers() if isinstance(each, JournalWriter))

    def _afterwards(self, end: End) -> None:
        """How long it is off, and what is different after it."""
        scene = self.scene
        scene.truth.note("end", *end)
        scene.truth.counts[f"ended by {end.how}, {end.where}"] += 1
        if end.how == "cut":
            if self.theme.rots:
                self._rot()
            scene.time.passes(self._random.expovariate(1 / self._random.choice((30, 3600, 86_400))))
            scene.instruments.forget()
            scene.boot()
        else:
            scene.time.passes(self._random.uniform(1, 30))

    def _rot(self) -> None:
        card = self.scene.card
        self.scene.truth.counts["rotten"] += 1
        self.scene.truth.is_rotten = True
        if self._random.random() < 0.5:
            card.rot_values(self._random.choice((1, 5)))
        else:
            card.rot(self._random.choice((1, 30, 200)))


@contextmanager
def _house_rules(seed: int) -> Iterator[None]:
    """No log, an instrument of our own, and the dice that the house itself throws."""
    before, dice = structlog.get_config(), random.getstate()
    structlog.configure(processors=[_drop])
    random.seed(seed)
    MODELS[probe.MODEL] = probe.ENTRY
    try:
        yield
    finally:
        del MODELS[probe.MODEL]
        random.setstate(dice)
        structlog.configure(**before)


def _drop(_logger: object, _method: str, _event: EventDict) -> NoReturn:
    raise structlog.DropEvent
