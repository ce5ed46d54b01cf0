"""Where a scene is played: one directory, one seed, real servers, a simulated site, agents, all ended."""

from __future__ import annotations

import random
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from drivers.simulated.site import SimulatedSite, station_toml
from tests.faults.facts import Ingest, journaled
from tests.faults.history import History
from tests.servers.mosquitto import Mosquitto, Subscriber
from tests.servers.process import wait_until
from tests.servers.tcp import Proxy
from tests.system.agent_process import AgentProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from tests.faults.history import Identity, Verdict

TOPICS = "mine/v1/demo-mine/st-1/#"
_DELIVERY_S = 90.0
_ON_THE_WAY_S = 3.0  # what the broker has acknowledged reaches a connected subscriber sooner


class _Closes(Protocol):
    def close(self) -> object: ...


T = TypeVar("T", bound=_Closes)


class Line(NamedTuple):
    """The usual arrangement: station - wire - broker - ingest."""

    agent: AgentProcess
    wire: Proxy
    broker: Mosquitto
    ingest: Ingest


class Stage:
    """`rounds` is how many times the scene shall try; `dice` is the only chance that there is.

    A scene may say more for its line of the table: `note`, and `tried` when that is not its rounds.
    """

    def __init__(self, folder: Path, seed: int, rounds: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.rounds = rounds
        self.tried = rounds
        self.dice = random.Random(seed)
        self.history = History()
        self.note = ""
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def new_site(self) -> SimulatedSite:
        """A calm site whose day takes as long as ours; its wires are there while it is in a `with` block."""
        return SimulatedSite(self.folder, time.time, seed=7, scenario="calm")

    def broker(self, *lines: str, durable: bool = True) -> Mosquitto:
        """A broker of one's own, running."""
        broker = Mosquitto(self.folder / "broker", *lines, durable=durable)
        self._open.callback(broker.stop)
        return broker.start()

    def wire(self, port: int) -> Proxy:
        """A wire to a port."""
        return self.opened(Proxy(port))

    def opened(self, thing: T) -> T:
        """The same, closed at the end of the scene."""
        return self._open.enter_context(closing(thing))

    def ingest(self, broker: Mosquitto) -> Ingest:
        """A subscriber that misses nothing, as the ingest side of an owner's database would."""
        wire = self.wire(broker.port)
        return Ingest(self.opened(Subscriber(broker, TOPICS, "ingest", port=wire.port)), wire)

    def agent(
        self, publish: str = "", period_s: float = 0.1, module: str = "agent", **environment: str
    ) -> AgentProcess:
        """The reference station, not started."""
        config = self.folder / "station.toml"
        config.write_text(station_toml(self.folder, publish, period_s), encoding="utf-8")
        agent = AgentProcess(config, self.folder / "state", module, **environment)
        self._open.callback(agent.end)
        return agent

    def line(
        self,
        publish: Mapping[str, object] | None = None,
        *,
        has_site: bool = True,
        is_durable: bool = True,
        **agent: Any,
    ) -> Line:
        """Everything of the usual arrangement; the agent is not started.

        `publish` are keys of the MQTT table; what else there is goes to `Stage.agent`.
        """
        if has_site:
            self._open.enter_context(self.new_site())
        broker = self.broker(durable=is_durable)
        wire = self.wire(broker.port)
        station = self.agent(mqtt_toml(wire.port, **(publish or {})), **agent)
        return Line(station, wire, broker, self.ingest(broker))

    def promise(self, agent: AgentProcess) -> None:
        """What a reader can see in the journal by now is promised."""
        self.history.promise(journaled(agent.state / "journal.db"))

    def conclude(self, line: Line, reported: Callable[[], Collection[Identity]] = tuple) -> Verdict:
        """Wait until all that is promised has arrived, stop the station and judge.

        `reported`, asked at the end: what the station has said to be damaged or out of reach.
        """
        self.await_arrival(line)
        assert line.agent.stop() == 0
        self.history.know(journaled(line.agent.state / "journal.db"))
        return self.history.judge(line.ingest.arrivals(), reported())

    def await_arrival(self, line: Line) -> None:
        """Return when nothing promised is missing, or when what is missing is not on its way any more."""
        give_up_s = time.monotonic() + _DELIVERY_S
        while self.history.missing(line.ingest.arrivals()) and time.monotonic() < give_up_s:
            if self._has_left(line.agent):
                give_up_s = min(give_up_s, time.monotonic() + _ON_THE_WAY_S)
            time.sleep(0.02)

    def _has_left(self, agent: AgentProcess) -> bool:
        """Whether the station believes that all that was promised is delivered."""
        status = agent.status()
        mine = [each.seq for each in self.history.promised if each.journal == status["journal"]["journal"]]
        return bool(status["sinks"][0]["bookmark"] >= max(mine, default=0))


def mqtt_toml(port: int, **keys: object) -> str:
    """A `[[publish]]` table for a broker on loopback that notices a silent link within seconds."""
    keys = {"port": port, "keepalive_s": 5, "ack_timeout_s": 2, **keys}
    return '[[publish]]\nid = "office"\nkind = "mqtt"\nhost = "127.0.0.1"\n' + "".join(
        f"{key} = {str(value).lower()}\n" for key, value in keys.items()
    )


def head(agent: AgentProcess) -> int:
    """The last committed seq."""
    return int(agent.status()["journal"]["head"])


def await_growth(agent: AgentProcess, times: int = 1) -> None:
    """Wait until more is journaled than now, `times` times."""
    for _ in range(times):
        before = head(agent)
        wait_until(lambda: head(agent) > before, "the stream flows")  # noqa: B023  # called at once


def await_delivery(agent: AgentProcess) -> None:
    """Wait until the far side has acknowledged more than is journaled now."""
    before = head(agent)
    wait_until(lambda: agent.status()["sinks"][0]["bookmark"] > before, "the stream arrives", 90)


def await_trouble(agent: AgentProcess) -> None:
    """Wait until the station says that its far side is away."""
    wait_until(lambda: agent.status()["sinks"][0]["state"] == "waiting", "the trouble is noticed", 60)
