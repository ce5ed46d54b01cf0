"""On the machine: the same station with a leak of ten megabytes a second, as a library may have one."""

from __future__ import annotations

import sys
import threading
import time

from agent.cli.main import main

_LEAK_BYTES = 10 << 20
_leaked: list[bytearray] = []


def _leak() -> None:
    while True:
        time.sleep(1)
        _leaked.append(bytearray(b"\1") * _LEAK_BYTES)


threading.Thread(target=_leak, daemon=True).start()
sys.exit(main())
