"""What a guided procedure must know of a channel, gathered from the configuration and what is in force."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.calibration.fit import config_law
from agent.acquire.calibration.law import calibrated
from agent.acquire.calibration.session import Facts
from agent.acquire.convert.build import converter
from agent.acquire.convert.contract import Calibrated
from agent.acquire.convert.recorded import table_of
from agent.acquire.wiring import companion_told, polled_sensor
from agent.clock import NS
from agent.model import Input, Trust
from drivers.onboard import Calibrates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agent.acquire.calibration.record import CalibrationRecord
    from agent.acquire.calibration.session import Sum
    from agent.acquire.convert.contract import Converted, Converter
    from agent.acquire.measure import Measure
    from agent.config.schema import AnySensor
    from agent.model import Instant
    from drivers.contract import Driver

_COMPANIONS = ("temperature", "barometer", "rail")


class Subject(NamedTuple):
    """A channel that may be calibrated: its sensor's table, and how it is configured to be measured."""

    table: AnySensor
    measure: Measure

    @property
    def digest(self) -> str:
        """Of everything in the configuration that a calibration of it rests on."""
        table = self.table.convert.get(self.measure.channel.quantity)
        keys = {} if table is None else vars(table)
        body = json.dumps([self.table.model, self.table.bus, keys], sort_keys=True, default=str)
        return hashlib.sha256(body.encode()).hexdigest()[:16]


def subjects(table: AnySensor) -> dict[str, Subject]:
    """What of a sensor can be calibrated, by quantity: what its instrument delivers."""
    measures = polled_sensor(table).measures
    return {each.channel.quantity: Subject(table, each) for each in measures if not each.source}


def facts(
    subject: Subject,
    record: CalibrationRecord | None,
    now: Instant,
    inside: Sequence[Mapping[str, Any]],
) -> Facts:
    """`record` is the calibration in force; `inside` the points that the instrument takes itself."""
    measure = subject.measure
    table = subject.table.convert.get(measure.channel.quantity)
    keys: dict[str, Any] = {} if table is None else vars(table)
    configured = config_law(table)
    companions = {role: str(keys.get(role) or "") for role in _COMPANIONS}
    told = companion_told(subject.table)
    if told is not None and not companions["temperature"]:
        companions["temperature"] = str(told.channel)
    return Facts(
        channel=str(measure.channel),
        quantity=measure.channel.quantity,
        unit=measure.channel.unit,
        raw_unit=measure.channel.raw_unit,
        low=measure.spec.low,
        high=measure.spec.high,
        law=_law(record, table) or configured,
        configured=configured,
        calibration="" if record is None else record.id,
        model=subject.table.model,
        today=_today(now),
        inside=tuple(inside),
        **companions,
    )


def sum_of(subject: Subject, record: CalibrationRecord | None) -> Sum:
    """What the running station would make of a raw number, by a new law or by what is in force."""
    measure = subject.measure
    table = subject.table.convert.get(measure.channel.quantity)
    told = companion_told(subject.table)

    def worked_out(
        law: Mapping[str, Any] | None, raw: float, companions: Mapping[str, float | None]
    ) -> Converted:
        if law is not None:
            found: Converter = converter(table, measure.spec, Calibrated("new", law), told=told)
        elif record is not None:
            found = calibrated(record, table, measure.spec, told)
        else:
            found = measure.converter
        inputs = {role: Input(value, 0.0) for role, value in companions.items()}
        return found.convert(raw, inputs)

    return worked_out


def points_inside(driver: Driver) -> Iterator[tuple[dict[str, Any], ...]]:
    """Work for the bus's thread that puts nothing on the wire: the points that the instrument takes."""
    points = driver.points if isinstance(driver, Calibrates) else ()
    yield tuple(
        {**point._asdict(), "after": list(point.after), "numbers": [each._asdict() for each in point.numbers]}
        for point in points
    )


def _law(record: CalibrationRecord | None, table: Any) -> dict[str, Any]:
    """Kind and numbers of the calibration in the wiring of the configuration; empty without one."""
    if record is None or record.law is None:
        return {}
    return config_law(table_of(Calibrated(record.id, record.law), table))


def _today(now: Instant) -> str:
    if now.trust is Trust.NONE:
        return ""
    return f"{datetime.fromtimestamp(now.wall_ns / NS, UTC):%Y-%m-%d}"
