"""Where a scene is played: one directory, one seed, real servers, a simulated site, agents, all ended."""

from __future__ import annotations

import json
import random
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from drivers.simulated.site import SimulatedSite, station_toml
from tests.faults.facts import Ingest, journaled, points
from tests.faults.history import History
from tests.servers.mosquitto import Mosquitto, Subscriber
from tests.servers.process import wait_until
from tests.servers.tcp import Proxy
from tests.system.agent_process import AgentProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from tests.faults.archives import InfluxArchive, VictoriaArchive
    from tests.faults.history import Fact, Identity, Verdict

TOPICS = "mine/v1/demo-mine/st-1/#"
_DELIVERY_S = 90.0
_OUTAGES_PER_RUN = 4


class _Closes(Protocol):
    def close(self) -> object: ...


T = TypeVar("T", bound=_Closes)


class Arrangement(Protocol):
    """A station, a wire, and a far side that can be asked what it has got."""

    @property
    def agent(self) -> AgentProcess: ...
    @property
    def wire(self) -> Proxy: ...
    def arrivals(self) -> Sequence[Fact]:
        """All that came, in order."""


class Line(NamedTuple):
    """The usual arrangement: station - wire - broker - ingest."""

    agent: AgentProcess
    wire: Proxy
    broker: Mosquitto
    ingest: Ingest

    def arrivals(self) -> Sequence[Fact]:
        """See `Arrangement`."""
        return self.ingest.arrivals()


class Archived(NamedTuple):
    """Station - wire - database."""

    agent: AgentProcess
    wire: Proxy
    archive: InfluxArchive | VictoriaArchive

    def arrivals(self) -> Sequence[Fact]:
        """See `Arrangement`."""
        return self.archive.arrivals()


class Stage:
    """`rounds` is how many times the scene shall try; `dice` is the only chance that there is.

    `agents` is the program that stations are, unless a scene spoils them. A scene may say more for its line
    of the table: `note`, and `tried` when that is not its rounds. What is acknowledged and has not come
    after `on_the_way_s` more counts as lost.
    """

    def __init__(
        self, folder: Path, seed: int, rounds: int, agents: str = "agent", on_the_way_s: float = 3.0
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.rounds = rounds
        self.tried = rounds
        self.dice = random.Random(seed)
        self.history = History()
        self.note = ""
        self._agents = agents
        self._on_the_way_s = on_the_way_s
        self._look: Callable[[Path], list[Fact]] = journaled
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

    def broker(self) -> Mosquitto:
        """A broker of one's own, running; what it keeps is gone with it."""
        broker = Mosquitto(self.folder / "broker")
        self._open.callback(broker.stop)
        return broker.start()

    def wire(self, port: int, host: str = "127.0.0.1") -> Proxy:
        """A wire from `host` to a port of loopback."""
        return self.opened(Proxy(port, host))

    def opened(self, thing: T) -> T:
        """The same, closed at the end of the scene."""
        return self._open.enter_context(closing(thing))

    def ingest(self, broker: Mosquitto) -> Ingest:
        """A subscriber that misses nothing, as the ingest side of an owner's database would."""
        wire = self.wire(broker.port)
        return Ingest(self.opened(Subscriber(broker, TOPICS, "ingest", port=wire.port)), wire)

    def agent(
        self,
        publish: str = "",
        period_s: float = 0.1,
        module: str = "",
        prefix: Sequence[str] = (),
        **environment: str,
    ) -> AgentProcess:
        """The reference station, not started. Databases get its data although nobody has set its clock."""
        config = self.folder / "station.toml"
        text = station_toml(self.folder, publish, period_s)
        config.write_text(text.replace("[station]\n", "[station]\nclock_wait_h = 0\n", 1), encoding="utf-8")
        agent = AgentProcess(config, self.folder / "state", module or self._agents, prefix, **environment)
        self._open.callback(agent.end)
        return agent

    def line(
        self,
        publish: Mapping[str, object] | None = None,
        *,
        has_site: bool = True,
        listens_at: str = "127.0.0.1",
        **agent: Any,
    ) -> Line:
        """Everything of the usual arrangement; the agent is not started.

        `publish` are keys of the MQTT table; what else there is goes to `Stage.agent`.
        """
        if has_site:
            self._open.enter_context(self.new_site())
        broker = self.broker()
        wire = self.wire(broker.port, listens_at)
        keys = {"host": listens_at, "port": wire.port, **(publish or {})}
        return Line(self.agent(mqtt_toml(**keys), **agent), wire, broker, self.ingest(broker))

    def archived(self, database: type[InfluxArchive | VictoriaArchive], **agent: Any) -> Archived:
        """The same with a database in place of broker and subscriber."""
        self._open.enter_context(self.new_site())
        archive = self.opened(database(self.folder))
        wire = self.wire(archive.port)
        self.history, self._look = History(is_complete=True), points
        # On a bus that is overrun a late reading and the note of the next slot may share a millisecond.
        return Archived(self.agent(archive.toml(wire.port), period_s=0.3, **agent), wire, archive)

    def promise(self, agent: AgentProcess) -> None:
        """What a reader can see in the journal by now is promised."""
        self.history.promise(self._look(agent.state / "journal.db"))

    def conclude(self, line: Arrangement, reported: Callable[[], Collection[Identity]] = tuple) -> Verdict:
        """Wait until all that is promised has arrived, stop the station and judge.

        `reported`, asked at the end: what the station has said to be damaged or out of reach.
        """
        self.await_arrival(line)
        assert line.agent.stop() == 0, line.agent.output.read_text(encoding="utf-8")
        self.history.know(self._look(line.agent.state / "journal.db"))
        return self.history.judge(line.arrivals(), reported())

    def await_arrival(self, line: Arrangement) -> None:
        """Return when nothing promised is missing, or when what is missing is not on its way any more."""
        goal = head(line.agent)
        give_up_s = time.monotonic() + _DELIVERY_S
        while self.history.missing(line.arrivals()) and time.monotonic() < give_up_s:
            if bookmark(line.agent) >= goal:  # the station believes that all is delivered
                give_up_s = min(give_up_s, time.monotonic() + self._on_the_way_s)
            time.sleep(0.02)


def begin(line: Arrangement, turn: int) -> None:
    """Start the station, and again after some outages: its back-off remembers them for two minutes."""
    if turn and turn % _OUTAGES_PER_RUN == 0:
        assert line.agent.stop() == 0
    if turn % _OUTAGES_PER_RUN == 0:
        line.agent.start()


def mqtt_toml(**keys: object) -> str:
    """A `[[publish]]` table for a broker, by a station that notices a silent link within seconds."""
    keys = {"id": "office", "kind": "mqtt", "keepalive_s": 5, "ack_timeout_s": 1, **keys}
    return "[[publish]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


def head(agent: AgentProcess) -> int:
    """The last committed seq."""
    return int(agent.status()["journal"]["head"])


def bookmark(agent: AgentProcess) -> int:
    """How far the one far side has acknowledged everything."""
    return int(agent.status()["sinks"][0]["bookmark"])


def await_growth(agent: AgentProcess, times: int = 1) -> None:
    """Wait until more is journaled than now, `times` times."""
    for _ in range(times):
        before = head(agent)
        wait_until(lambda: head(agent) > before, "the stream flows")  # noqa: B023  # called at once


def await_delivery(agent: AgentProcess) -> None:
    """Wait until the far side has acknowledged more than is journaled now."""
    before = head(agent)
    wait_until(lambda: bookmark(agent) > before, "the stream arrives", 90)


def await_trouble(agent: AgentProcess) -> None:
    """Wait until the station says that its far side is away."""
    wait_until(lambda: agent.status()["sinks"][0]["state"] == "waiting", "the trouble is noticed", 60)
