"""From the configuration to pollers: which sensors hang on which bus, and how each is opened and read."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING

import structlog

from agent.acquire.convert.barometer import station_pressure_kpa
from agent.acquire.convert.build import converter
from agent.acquire.convert.companions import companion
from agent.acquire.convert.contract import ConversionError
from agent.acquire.measure import Measure
from agent.acquire.poller import Poller
from agent.acquire.quality.reading import Limits
from agent.acquire.sensor import PolledSensor
from agent.model import Channel
from drivers.contract import ChannelSpec
from drivers.registry import MODELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.acquire.convert.contract import Companion
    from agent.acquire.judging import Judging
    from agent.acquire.latest import Latest
    from agent.acquire.maintenance import Maintenance
    from agent.clock import Clock
    from agent.config.schema import AnyBus, AnySensor, Config
    from agent.model import Event, Record
    from drivers.contract import Bus

    # Sensor, its channel as configured, and what the instrument itself is told.
    Law = Callable[[AnySensor, Measure, Companion | None], Measure]


def as_configured(_sensor: AnySensor, measure: Measure, _told: Companion | None) -> Measure:
    """No channel was ever calibrated."""
    return measure


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
    judging: Judging,
    left_open: Callable[[], Sequence[Event] | None] = tuple,
    open_bus: Callable[[AnyBus], Bus] = opened,
    *,
    law: Law = as_configured,
) -> list[Poller]:
    """One poller for each bus that has a sensor. Opens nothing. Raises ConversionError.

    `left_open`: the events that the last run left open; None as long as nobody knows. `law`: by what each
    channel is converted; see `polled_sensor`.
    """
    log = structlog.get_logger()
    found = []
    for bus in config.bus:
        mine = [sensor for sensor in config.sensor if sensor.bus == bus.id]
        sensors = [polled_sensor(sensor, config.station.elevation_m, law) for sensor in mine]
        if sensors:
            poller = Poller(
                bus.id,
                partial(open_bus, bus),
                sensors,
                append,
                latest=latest,
                maintenance=maintenance,
                judging=judging,
                left_open=left_open,
                clock=clock,
                log=log,
            )
            found.append(poller)
    return found


def channels(config: Config) -> list[Channel]:
    """All channels of the station, in the order of the file. Opens nothing. Raises ConversionError."""
    return [measure.channel for sensor in config.sensor for measure in polled_sensor(sensor).measures]


def polled_sensor(
    sensor: AnySensor, elevation_m: float | None = None, law: Law = as_configured
) -> PolledSensor:
    """What the poller must know of one sensor. Raises ConversionError, naming sensor and quantity.

    `elevation_m` is where the station stands: what the air pressure can be there. `law` makes of each channel
    that the instrument delivers, as it is configured, the one that converts by the calibration in force.
    """
    entry = MODELS[sensor.model]
    told = companion_told(sensor)
    specs = entry.channels(sensor.model, sensor)
    delivered = [law(sensor, _measure(sensor, spec, elevation_m, told), told) for spec in specs]
    units = {measure.channel.quantity: measure.channel.unit for measure in delivered}
    return PolledSensor(
        id=sensor.id,
        period_s=sensor.period_s,
        make_driver=lambda bus: entry.make(bus, sensor.model, sensor),
        measures=(*delivered, *(_derived(sensor, quantity, units) for quantity in sensor.derive)),
        temperature=told,
    )


def companion_told(sensor: AnySensor) -> Companion | None:
    """The channel whose temperature the instrument itself is told, where its driver has a key for that."""
    channel = getattr(sensor, "temperature", None)
    return None if channel is None else companion("temperature", channel, vars(sensor)["max_age_s"])


def _measure(
    sensor: AnySensor, spec: ChannelSpec, elevation_m: float | None, told: Companion | None
) -> Measure:
    """One channel of a configured sensor."""
    try:
        found = converter(sensor.convert.get(spec.quantity), spec, told=told)
    except ConversionError as error:
        raise ConversionError(f"sensor {sensor.id!r}, {spec.quantity}: {error}") from None
    channel = Channel(sensor.id, spec.quantity, found.unit, spec.raw_unit)
    return Measure(channel, spec, found, _expected(sensor, spec.quantity, elevation_m))


def _derived(sensor: AnySensor, quantity: str, units: Mapping[str, str]) -> Measure:
    """One channel that is worked out of another of the same sensor."""
    table = sensor.derive[quantity]
    # The check of the configuration has seen that the sensor measures it; what the source itself is made of
    # has been held against the instrument's span.
    spec = ChannelSpec(quantity, units[table.source], -inf, inf)
    try:
        found = converter(table, spec)
    except ConversionError as error:
        raise ConversionError(f"sensor {sensor.id!r}, {quantity}: {error}") from None
    channel = Channel(sensor.id, quantity, found.unit, spec.raw_unit)
    return Measure(channel, spec, found, _expected(sensor, quantity, None), table.source)


def _expected(sensor: AnySensor, quantity: str, elevation_m: float | None) -> Limits | None:
    """What the site's owner expects; of the air pressure, what weather can make of it at this height."""
    expect = sensor.expect.get(quantity)
    if expect is not None:
        return Limits(*expect)
    if quantity == "barometric_pressure" and elevation_m is not None:
        return Limits(*station_pressure_kpa(elevation_m))
    return None
