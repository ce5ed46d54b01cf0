"""A control socket that is served as the station serves it, on handlers of a test's choice."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from agent import paths
from agent.clock import SystemClock
from agent.control import Control
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

CONFIG = """
[station]
site = "north"
id = "s"
state_dir = "{state}"
[[bus]]
id = "host"
kind = "host"
[[sensor]]
id = "pi"
bus = "host"
model = "host"
"""


@contextmanager
def served(
    folder: Path,
    handlers: Mapping[str, Callable[[Mapping[str, Any]], object]],
    between: Callable[[], object] = lambda: None,
) -> Iterator[Path]:
    """The configuration of a station that answers; `between` is called in its thread after each answer."""
    config = folder / "skyground.toml"
    config.write_text(CONFIG.format(state=folder))
    path = paths.socket_path(folder)
    control = Control(path, handlers)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            control.step(SystemClock().now())
            between()
        control.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        wait_until(path.exists, "the socket")
        yield config
    finally:
        stop.set()
        with socket.socket(socket.AF_UNIX) as line, suppress(OSError):  # it may wait for a client
            line.connect(str(path))
        thread.join()
