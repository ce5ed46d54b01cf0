"""Telling systemd how we are, over its socket (sd_notify(3)). Silent when nobody listens."""

from __future__ import annotations

import os
import socket


class Notifier:
    """Sends READY, STATUS, WATCHDOG and STOPPING to the service manager, if there is one."""

    def __init__(self, address: str | None, watchdog_usec: str | None) -> None:
        # An address that begins with @ is in the abstract namespace, whose names begin with NUL.
        self._address = "\0" + address[1:] if address and address.startswith("@") else address
        self.watchdog_s = int(watchdog_usec) / 1e6 if watchdog_usec else None

    @classmethod
    def from_environment(cls) -> Notifier:
        """From $NOTIFY_SOCKET and $WATCHDOG_USEC, which systemd sets for a service of Type=notify."""
        return cls(os.environ.get("NOTIFY_SOCKET"), os.environ.get("WATCHDOG_USEC"))

    def ready(self, status: str) -> None:
        """The station is up: it samples. Neither the network nor a card that works is part of it."""
        self._send(f"READY=1\nSTATUS={status}")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send(f"STATUS={text}")

    def feed(self) -> None:
        """The writer makes progress: do not restart us."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """A clean stop has begun."""
        self._send("STOPPING=1\nSTATUS=stopping")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            try:
                line.connect(self._address)
                line.send(message.encode())
            except OSError:
                # The manager restarts or is gone; what it misses, the watchdog tells it.
                return
