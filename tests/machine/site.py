"""A simulated site and a broker on the machine, and the installed station configured for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.paths import JOURNAL_NAME, STATE
from drivers.simulated.site import station_toml

if TYPE_CHECKING:
    from tests.machine.shell import Shell

JOURNAL = f"{STATE}/{JOURNAL_NAME}"
GUEST = Path(__file__).with_name("guest")
_PLACE = "/run/mine"

_HEAD = f"""\
import sqlite3
journal = sqlite3.connect('file:{JOURNAL}?mode=ro', uri=True)
print(journal.execute('SELECT coalesce(max(seq), 0) FROM record').fetchone()[0])
"""

_SITE_UNIT = f"""\
[Service]
User=skyground
RuntimeDirectory=mine
ExecStart=/opt/skyground/bin/skyground simulate --dir {_PLACE} --scenario calm
[Install]
WantedBy=multi-user.target
"""
_BROKER = "listener 1883 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
OFFICE = (
    '[[publish]]\nid = "office"\nkind = "mqtt"\nhost = "127.0.0.1"\nport = 1883\nmax_messages_per_s = 20\n'
)


def lay_out(shell: Shell, period_s: float, extra: str = "") -> None:
    """Site and broker run now and after every boot; the station is configured, and starts when told to.

    `extra` is TOML appended to the station's configuration.
    """
    shell.write("/etc/systemd/system/mine.service", _SITE_UNIT)
    shell.write("/etc/mosquitto/conf.d/machine.conf", _BROKER)
    shell.write("/etc/skyground/skyground.toml", station_toml(Path(_PLACE), OFFICE + extra, period_s))
    shell.run("systemctl daemon-reload && systemctl -q enable --now mine mosquitto")
    shell.run("chown -R skyground: /etc/skyground")


def put_program(shell: Shell, name: str) -> str:
    """One of guest/ on the machine. Returns where it stands."""
    place = f"/opt/machine/{name}"
    shell.write(place, (GUEST / name).read_text(encoding="utf-8"))
    return place


def head(shell: Shell) -> int:
    """The last committed record. Raises MachineError when there is no journal."""
    return int(shell.run("python3 -", given=_HEAD.encode()))
