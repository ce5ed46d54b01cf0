"""One world: all that lies outside the station, and how the station is put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.config.plain import Plain, plain
from agent.config.schema_watch import Watch
from agent.outside import Outside
from tests.world import probe
from tests.world.card import Card
from tests.world.far_side import Archive, FarSide, Office, WorldSink
from tests.world.power import Power
from tests.world.probe.channels import SPECS
from tests.world.times import BootClock, Time
from tests.world.truth import Truth
from tests.world.wires import Instruments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from random import Random

    from agent.config.schema import AnyBus, AnySink
    from agent.model import StationId
    from agent.publish.contract import Sink
    from agent.worker import Worker
    from drivers.contract import Bus
    from tests.world.turns import Turns
    from tests.world.weather import Theme

_PERIODS_S = (60.0, 300.0, 300.0, 600.0, 900.0)


class Scene:
    """The outside of one station: time, wires, card, far sides, power; and what is true of them."""

    def __init__(self, root: Path, random: Random, theme: Theme) -> None:
        self.random = random
        self.theme = theme
        self.time = Time()
        self.truth = Truth(self.time)
        self.power = Power()
        self.card = Card(root, random, self.truth)
        self.instruments = Instruments(self.time, random, self.truth, self.power)
        given = (self.time, random, self.truth, self.power)
        self.office = Office("office", *given)
        self.archive = Archive("archive", *given)
        self.office.gives_receipts = theme.receipts
        if theme.poison:
            self.office.poison_every = random.choice((40, 1000))
        self.buses = ["rs485", "i2c"][: random.randint(1, 2)]
        self.sensors = [f"s{n}" for n in range(1, random.randint(2, 4) + 1)]
        self.channels = [f"{sensor}/{spec.quantity}" for sensor in self.sensors for spec in SPECS]
        self.periods_s = {
            sensor: random.choice((60.0, 300.0, 300.0, 600.0, 900.0)) for sensor in self.sensors
        }
        self.workers: Callable[[], list[Worker]] = list
        self.config = self._configured()
        self._boots = 0
        self.boot()

    def boot(self) -> None:
        """The machine starts: its clock begins anew."""
        self._boots += 1
        self.clock = BootClock(self.time, self.random, self._boots)
        if not self.theme.clock:
            self.clock.from_network()
        elif self.theme.has_chip and self.random.random() < 0.8:
            self.clock.from_chip()

    def outside(self, turns: Turns) -> Outside:
        """As the station is given it."""
        self.workers = turns.workers
        return Outside(turns, self.clock, self._open_bus, self._make_sink)

    def _open_bus(self, bus: AnyBus) -> Bus:
        return self.instruments.open(bus.id)

    def _make_sink(
        self,
        sink: AnySink,
        identity: StationId,
        _birth: Callable[[], Mapping[str, object]],
        _trouble: Callable[[], str],
    ) -> Sink:
        far: FarSide = self.office if sink.id == "office" else self.archive
        return WorldSink(far, identity.journal, needs_time=far is self.archive)

    def _configured(self) -> Plain:
        theme = self.theme
        return Plain(
            station=Plain(
                site="world",
                id="one",
                title="",
                latitude=None,
                longitude=None,
                elevation_m=None,
                state_dir=self.card.path,
                heartbeat_s=self.random.choice((300, 3600)),
                clock_wait_h=self.random.choice((0, 24, 24, 8760)),
            ),
            journal=Plain(max_mb=4 if theme.is_small else 40, card_tb=29),
            bus=[Plain(id=bus, kind="serial") for bus in self.buses],
            sensor=[self._sensor(name) for name in self.sensors],
            publish=[self._sink("office", "mqtt"), self._sink("archive", "influxdb")],
            notify=[],
            watch=plain(Watch()),
        )

    def _sensor(self, name: str) -> Plain:
        return Plain(
            id=name,
            bus=self.random.choice(self.buses),
            model=probe.MODEL,
            period_s=self.periods_s[name],
            convert={},
            expect={},
            derive={},
            calibrate={},
            quality={},
            watch={},
            title="",
            depth_m=None,
        )

    def _sink(self, name: str, kind: str) -> Plain:
        metered = self.theme.is_metered
        return Plain(
            id=name,
            kind=kind,
            batch_s=self.random.choice((0, 0, 120)),
            max_mb_per_day=5.0 if metered else None,
            drain_rows_per_s=self.random.choice((None, 200.0)),
        )
