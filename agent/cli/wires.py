"""What `skyground scan` can search: the serial ports and I2C adapters of this computer. Opens nothing."""

from __future__ import annotations

import json

from drivers.scan.ports import Port, adapters, ports


def show_wires(*, as_json: bool) -> int:
    """Print them, each with the command that searches it. Returns the exit code."""
    found, i2c = ports(), adapters()
    if as_json:
        print(json.dumps({"ports": [each._asdict() for each in found], "i2c": i2c}, indent=2))
    else:
        print("\n".join(lines(found, i2c)))
    return 0


def lines(found: list[Port], i2c: list[str]) -> list[str]:
    """The list for people."""
    shown: list[str] = []
    for each in found:
        also = f" (now {each.device})" if each.device != each.name else ""
        shown += [f"serial port {each.name}{also}", f"  {each.who}", f"  skyground scan --port {each.name}"]
    for adapter in i2c:
        shown += [f"I2C adapter {adapter}", f"  skyground scan --i2c {adapter.rpartition('-')[2]}"]
    if not found:
        shown.append("no serial port: plug the adapter in; `journalctl -k -n 30` shows if it was noticed")
    if not i2c:
        shown.append("no I2C adapter: switch it on with `sudo raspi-config nonint do_i2c 0`")
    return shown
