"""The stations that are measured: configuration, the agent's process, its journal, its status."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.control import ControlError, ask
from benchmarks.child import Child
from benchmarks.servers import DATABASE
from benchmarks.wire import MODEL, PORT_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack

COMMAND = Path(sys.executable).with_name("skyground")
JOURNAL = Path("state/journal.db")
_UNIT = Path(__file__).parents[1] / "deploy/systemd/skyground.service"

_STATION = """\
[station]
site = "mine"
id = "bench"
# Nobody may have set the clock of this machine, and what is stored waits for that.
clock_wait_h = 0
state_dir = {state}

[[bus]]
id = "rs485-0"
kind = "serial"
port = {port}
baud = 9600
"""
_SENSOR = """
[[sensor]]
id = "soil-{unit}"
model = "{model}"
bus = "rs485-0"
unit = {unit}
period_s = {period_s}
"""


def mqtt_toml(port: int, more: str = "") -> str:
    """A `[[publish]]` table for a broker on this machine."""
    return f'\n[[publish]]\nid = "office"\nkind = "mqtt"\nhost = "127.0.0.1"\nport = {port}\n{more}'


def influx_toml(port: int) -> str:
    """A `[[publish]]` table for an InfluxDB 1.x on this machine."""
    return (
        f'\n[[publish]]\nid = "archive"\nkind = "influxdb"\nurl = "http://127.0.0.1:{port}"\n'
        f'api = "v1"\nbucket = "{DATABASE}"\n'
    )


def start_wire(
    stack: ExitStack, folder: Path, units: int, baud: int = 0, *, dead: int = 0, corrupt: float = 0.0
) -> Child:
    """The instruments in a process of their own; with a `baud` they take the time that it takes."""
    arguments = [str(each) for each in (folder, units, baud, dead, corrupt)]
    command = [sys.executable, "-m", "benchmarks.wire", *arguments]
    wire = stack.enter_context(Child(command, folder / "wire.log"))
    wire.wait_until(lambda: wire.says("ready"), "the simulated line is there")
    return wire


def start_subscriber(stack: ExitStack, folder: Path, port: int) -> Child:
    """A subscriber in a process of its own; `folder`/arrivals.txt is there once it has stopped."""
    command = [sys.executable, "-m", "benchmarks.subscriber", str(port), str(folder / "arrivals.txt")]
    subscriber = stack.enter_context(Child(command, folder / "subscriber.log"))
    subscriber.wait_until(lambda: subscriber.says("ready"), "the subscriber hears")
    return subscriber


class Agent(Child):
    """`skyground run` in `folder`, which holds all that it writes."""

    def __init__(self, folder: Path, units: int, publish: Sequence[str] = (), period_s: float = 1.0) -> None:
        self.folder = folder
        config = folder / "station.toml"
        config.write_text(_toml(folder, units, period_s) + "".join(publish), encoding="utf-8")
        super().__init__(self._command(config), folder / "agent.log", **unit_environment())

    def _command(self, config: Path) -> list[str]:
        return [str(COMMAND), "run", "--config", str(config)]

    def values(self) -> int:
        """How many observations are committed; 0 before there is a journal."""
        return committed_values(self.folder / JOURNAL)

    def status(self) -> dict[str, Any]:
        """What `skyground status --json` prints. Raises ControlError."""
        answer: dict[str, Any] = ask(self.folder / "state" / "control.sock", "status")
        return answer

    def bookmark(self) -> int:
        """How far its only sink has come; 0 while it does not answer."""
        try:
            return int(self.status()["sinks"][0]["bookmark"])
        except ControlError:
            return 0

    def disk_bytes(self) -> int:
        """Size of all that it keeps on the disk: journal, write-ahead log and the rest."""
        return sum(path.stat().st_size for path in (self.folder / "state").iterdir())


def unit_environment() -> dict[str, str]:
    """What the service file sets for the agent: it is measured as it is run on a site."""
    lines = _UNIT.read_text(encoding="utf-8").splitlines()
    settings = (line.removeprefix("Environment=") for line in lines if line.startswith("Environment="))
    return {name: value for name, _, value in (each.partition("=") for each in settings)}


def committed_values(journal: Path) -> int:
    """Observations with a value in a journal, seen by a reader of its own; 0 before there is one."""
    try:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as reader:
            (count,) = reader.execute("SELECT count(value) FROM record WHERE kind = 1").fetchone()
            return int(count)
    except sqlite3.OperationalError:
        return 0


def _toml(folder: Path, units: int, period_s: float) -> str:
    station = _STATION.format(
        state=json.dumps(str(folder / "state")), port=json.dumps(str(folder / PORT_NAME))
    )
    sensors = (_SENSOR.format(unit=unit, model=MODEL, period_s=period_s) for unit in range(1, units + 1))
    return station + "".join(sensors)
