"""From the configuration to pollers: which sensors hang on which bus, and how each is opened and read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog

from agent.acquire.convert.build import converter
from agent.acquire.convert.contract import ConversionError
from agent.acquire.measure import Measure
from agent.acquire.poller import Poller
from agent.acquire.quality.reading import Limits
from agent.acquire.sensor import PolledSensor
from agent.model import Channel
from drivers.registry import MODELS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.acquire.latest import Latest
    from agent.acquire.maintenance import Maintenance
    from agent.clock import Clock
    from agent.config.schema import AnyBus, AnySensor, Config
    from agent.model import Event, Record
    from drivers.contract import Bus, ChannelSpec


def opened(bus: AnyBus) -> Bus:
    """Open the wire. Raises BusError."""
    if bus.kind == "serial":
        from drivers.bus.serial import SerialLine  # noqa: PLC0415 - pyserial only where a line is polled

        return SerialLine.open(bus.port, bus.baud, bus.parity, bus.stop_bits, bus.data_bits)
    if bus.kind == "host":
        from drivers.host.bus import HostBus as Host  # noqa: PLC0415 - only where it is polled

        return Host.open()
    from drivers.bus.i2c import I2cBus as I2cAdapter  # noqa: PLC0415 - smbus2 only where an adapter is polled

    return I2cAdapter.open(bus.adapter)


def pollers(
    config: Config,
    clock: Clock,
    append: Callable[[Sequence[Record]], None],
    latest: Latest,
    maintenance: Maintenance,
    left_open: Callable[[], Sequence[Event] | None] = tuple,
    open_bus: Callable[[AnyBus], Bus] = opened,
) -> list[Poller]:
    """One poller for each bus that has a sensor. Opens nothing. Raises ConversionError.

    `left_open`: the events that the last run left open; None as long as nobody knows.
    """
    log = structlog.get_logger()
    found = []
    for bus in config.bus:
        sensors = [polled_sensor(sensor) for sensor in config.sensor if sensor.bus == bus.id]
        if sensors:
            poller = Poller(
                bus.id,
                partial(open_bus, bus),
                sensors,
                append,
                latest=latest,
                maintenance=maintenance,
                left_open=left_open,
                clock=clock,
                log=log,
            )
            found.append(poller)
    return found


def channels(config: Config) -> list[Channel]:
    """All channels of the station, in the order of the file. Opens nothing. Raises ConversionError."""
    return [measure.channel for sensor in config.sensor for measure in polled_sensor(sensor).measures]


def polled_sensor(sensor: AnySensor) -> PolledSensor:
    """What the poller must know of one sensor. Raises ConversionError, naming sensor and quantity."""
    entry = MODELS[sensor.model]
    specs = entry.channels(sensor.model, sensor)
    return PolledSensor(
        id=sensor.id,
        period_s=sensor.period_s,
        make_driver=lambda bus: entry.make(bus, sensor.model, sensor),
        measures=tuple(_measure(sensor, spec) for spec in specs),
    )


def _measure(sensor: AnySensor, spec: ChannelSpec) -> Measure:
    """One channel of a configured sensor."""
    try:
        found = converter(sensor.convert.get(spec.quantity), spec)
    except ConversionError as error:
        raise ConversionError(f"sensor {sensor.id!r}, {spec.quantity}: {error}") from None
    channel = Channel(sensor.id, spec.quantity, found.unit, spec.raw_unit)
    expect = sensor.expect.get(spec.quantity)
    return Measure(channel, spec, found, None if expect is None else Limits(*expect))
