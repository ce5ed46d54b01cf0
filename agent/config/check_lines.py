"""Serial lines whose instruments leave the factory at other settings: right, or the reason of a silent line.

`check` cannot know what somebody has set in an instrument, so these are warnings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.config.problem import Problem
from drivers.bus.serial import LineSettings
from drivers.modbus.fit import fitted
from drivers.registry import MODBUS, MODBUS_GENERIC, MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.schema import AnySensor, Config, SerialBus

OTHER_LINE = "SG-C052"
MIXED_LINES = "SG-C053"


def warnings(config: Config) -> Iterator[Problem]:
    """At most one for each serial bus."""
    for bus in config.bus:
        if bus.kind == "serial":
            factory = _factory_lines([sensor for sensor in config.sensor if sensor.bus == bus.id])
            yield from _warnings_of(bus, factory)


def _warnings_of(bus: SerialBus, factory: dict[str, list[str]]) -> Iterator[Problem]:
    """`factory`: who leaves the factory at each setting."""
    line = str(LineSettings(bus.baud, bus.parity, bus.stop_bits, bus.data_bits))
    told = [f"{', '.join(who)} at {setting}" for setting, who in factory.items()]
    if len(factory) > 1:
        yield Problem(
            code=MIXED_LINES,
            level="warning",
            message=f'bus "{bus.id}" runs at {line} and mixes factory settings, which one line cannot have: '
            f"{'; '.join(told)}",
            notes=(f"whoever is not set to {line} will never answer, and may disturb those who do",),
            help=f"set each of them to {line}, one at a time and alone on the line, "
            "or give each setting a bus and an adapter of its own",
        )
    elif told and line not in factory:
        yield Problem(
            code=OTHER_LINE,
            level="warning",
            message=f'bus "{bus.id}" runs at {line}, and from the factory comes {told[0]}',
            notes=("nothing is wrong if the instruments have been set to the line",),
            help="set baud, parity and stop_bits of the bus to that of the factory, or set the instruments",
        )


def _factory_lines(sensors: list[AnySensor]) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for sensor in sensors:
        if MODELS[sensor.model] in (MODBUS, MODBUS_GENERIC):
            line = fitted(sensor.model, sensor).line  # type: ignore[arg-type]  # the model says which settings
            if line is not None:
                lines.setdefault(str(line), []).append(f"{sensor.id} ({sensor.model})")
    return lines
