"""A broker and a database as Debian ships them, each for one benchmark."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from urllib.request import urlopen

from benchmarks.child import Child, free_port, listens, program

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

DATABASE = "bench"

_BROKER = """\
listener {port} 127.0.0.1
allow_anonymous true
max_queued_messages 0
log_type error
"""
_INFLUX = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
[monitor]
  store-enabled = false
"""


def start_broker(stack: ExitStack, folder: Path) -> int:
    """A mosquitto with an unlimited queue; returns its port. It ends with `stack`."""
    port = free_port()
    config = folder / "mosquitto.conf"
    # As root it would change to a user who may not read its own configuration here.
    config.write_text(_BROKER.format(port=port) + ("user root\n" if os.geteuid() == 0 else ""))
    broker = stack.enter_context(Child([program("mosquitto"), "-c", str(config)], folder / "mosquitto.log"))
    broker.wait_until(lambda: listens(port), "mosquitto accepts connections")
    return port


def start_influxdb(stack: ExitStack, folder: Path) -> int:
    """An InfluxDB 1.x with one empty database; returns its port. It ends with `stack`."""
    port = free_port()
    home = folder / "influxdb"
    home.mkdir()
    config = home / "influxdb.conf"
    config.write_text(_INFLUX.format(folder=home, port=port, rpc_port=free_port()))
    server = stack.enter_context(Child([program("influxd"), "-config", str(config)], home / "influxd.log"))
    server.wait_until(lambda: listens(port), "influxd accepts connections")
    with urlopen(f"http://127.0.0.1:{port}/query?q=CREATE+DATABASE+{DATABASE}", data=b"", timeout=30):
        return port


def points_stored(port: int) -> int:
    """How many readings with a value the database holds."""
    query = f"http://127.0.0.1:{port}/query?db={DATABASE}&q=SELECT+count(value)+FROM+reading"
    with urlopen(query, timeout=60) as answer:
        results = json.load(answer)["results"]
    return sum(int(series["values"][0][1]) for series in results[0].get("series", []))
