"""Keeps three things in step: the files of calibrations, what each channel runs by, and who measures.

From the files follows how a channel stands: is there a calibration, does it fit, can it be worked out? From
that follow its converter, which the bus's thread takes over between two readings, and what its tests know.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from agent.acquire.calibration.due import UNFIT
from agent.acquire.calibration.fit import Place, config_law, misfit
from agent.acquire.calibration.law import calibrated
from agent.acquire.calibration.standing import Standing, Standings, standing
from agent.acquire.calibration.store import CalibrationError
from agent.acquire.convert.contract import ConversionError
from agent.acquire.course import Proof
from agent.acquire.wiring import companion_told, polled_sensor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.acquire.calibration.record import CalibrationRecord
    from agent.acquire.calibration.store import Calibrations
    from agent.acquire.convert.contract import Companion, Converter
    from agent.acquire.measure import Measure
    from agent.acquire.poller import Poller
    from agent.acquire.request import Promise
    from agent.config.schema import AnySensor, Config


class Recalibration:
    """The calibrations of one station, by its configuration. Any thread.

    Attributes:
        store: the files.
        standings: what each channel runs by.
    """

    def __init__(
        self,
        config: Config,
        store: Calibrations,
        tell: Callable[[str, Proof], None] = lambda _channel, _proof: None,
    ) -> None:
        """`tell`: takes what the tests of a channel must know of its calibration."""
        self.store = store
        self._tell = tell
        self.standings = Standings()
        self._sensors = {sensor.id: sensor for sensor in config.sensor}
        self._elevation_m = config.station.elevation_m
        self._pollers: Mapping[str, Poller] = {}
        # From reading the files until it is handed over: else what was read first could be handed over last.
        self._in_step = threading.Lock()

    def attach(self, pollers: Sequence[Poller]) -> None:
        """These measure: whom a change is handed to from now on."""
        self._pollers = {sensor: poller for poller in pollers for sensor in poller.sensors}

    def measured(self, sensor: AnySensor, configured: Measure, told: Companion | None) -> Measure:
        """A channel by the calibration in force, or as configured; how it stands is on record from now on."""
        quantity = configured.channel.quantity
        terms = sensor.calibrate.get(quantity)
        found: Converter = configured.converter
        now = standing(self.store.in_force(sensor.id, quantity), _place(sensor, configured), terms)
        if now.record is not None:
            try:
                found = calibrated(now.record, sensor.convert.get(quantity), configured.spec, told)
            except ConversionError as error:
                now = Standing(trouble=str(error))
        self.standings.put(str(configured.channel), now)
        self._tell(str(configured.channel), _proof(now))
        return configured._replace(converter=found)

    def place(self, sensor: str, quantity: str) -> Place:
        """What a calibration of this channel is made for. Raises CalibrationError when there is none such."""
        return _place(*self._configured(sensor, quantity))

    def check(self, record: CalibrationRecord) -> None:
        """Raises CalibrationError when the channel cannot run by this record, with the reason."""
        sensor, measure = self._configured(record.sensor, record.quantity)
        why = misfit(record, _place(sensor, measure))
        if why:
            raise CalibrationError(
                f"calibration {record.id} does not fit {record.channel}: {why}",
                "put the configuration back as it was then, or calibrate again",
            )
        try:
            calibrated(record, sensor.convert.get(record.quantity), measure.spec, companion_told(sensor))
        except ConversionError as error:
            raise CalibrationError(
                str(error), "docs/calibration.md says what a law holds; nothing was changed"
            ) from error

    def check_calibrated(self, sensor: str, quantity: str) -> None:
        """Raises CalibrationError when nobody ever calibrated this channel, or there is none such."""
        self._configured(sensor, quantity)
        if not any(self.store.history(sensor, quantity)):
            raise CalibrationError(
                f"{sensor}/{quantity} was never calibrated: it is converted by the configuration",
                f"skyground calibration history {sensor} lists what there is",
            )

    def chosen(self, sensor: str, quantity: str, name: str | None) -> CalibrationRecord | None:
        """The record of this name, or without one that before it; None: only the configuration was.

        Raises CalibrationError.
        """
        if name is None:
            self.check_calibrated(sensor, quantity)
            return self._before(sensor, quantity)
        record = self.store.read(name)
        if (record.sensor, record.quantity) != (sensor, quantity):
            raise CalibrationError(
                f"calibration {name} is one of {record.channel}, not of {sensor}/{quantity}",
                f"skyground calibration history {sensor}/{quantity} lists those of this channel",
            )
        return record

    def kept_inside(self, sensor: str, quantity: str, chosen: CalibrationRecord | None) -> str:
        """What no choice among records changes: what an instrument was told. "" where it was told nothing."""
        now = self.store.active(sensor, quantity)
        if now is not None and chosen is not None and now.id == chosen.id:
            return ""
        if chosen is not None and chosen.law is None:
            return f"this is true only of an instrument that holds what {chosen.id} told it"
        if now is not None and now.law is None:
            return f"this is true only of an instrument that does not hold what {now.id} told it"
        return ""

    def _before(self, sensor: str, quantity: str) -> CalibrationRecord | None:
        """What plain going back goes to: fit for use, and left by nobody. Raises CalibrationError."""
        now, channel = self.store.active(sensor, quantity), f"{sensor}/{quantity}"
        choose = f"skyground calibration history {channel} lists them; rollback {channel} --to ID chooses one"
        if now is not None and now.law is None:
            raise CalibrationError(
                f"{sensor} is calibrated inside itself and keeps what it was told by {now.id}",
                f"skyground calibrate {sensor}; only if the instrument was changed: {choose}",
            )
        trail = self.store.trail(sensor, quantity)
        if not trail:
            raise CalibrationError(
                f"{channel} is converted by the configuration: nothing is before it", choose
            )
        before = (self.store.read(str(move.id)) for move in trail[1:])
        return next((each for each in before if each.verdict not in UNFIT), None)

    def apply(self, sensor: str) -> Promise[Mapping[str, str]]:
        """Let the bus's thread convert by what is in force now, from its next reading of this sensor on.

        The promise is kept with the id of what converts, by quantity, as that thread has it then.
        """
        with self._in_step:
            changed = polled_sensor(self._sensors[sensor], self._elevation_m, self.measured)
            return self._pollers[sensor].recalibrate(sensor, changed.measures)

    def _configured(self, sensor: str, quantity: str) -> tuple[AnySensor, Measure]:
        table = self._sensors.get(sensor)
        if table is None:
            known = ", ".join(self._sensors)
            raise CalibrationError(f"there is no sensor {sensor!r}", f"sensors of this station: {known}")
        measures = {
            measure.channel.quantity: measure
            for measure in polled_sensor(table, self._elevation_m).measures
            if not measure.source
        }
        if quantity not in measures:
            raise CalibrationError(
                f"{sensor} has no quantity {quantity!r} that can be calibrated",
                f"it has {', '.join(measures)}",
            )
        return table, measures[quantity]


def _place(sensor: AnySensor, configured: Measure) -> Place:
    channel = configured.channel
    table = sensor.convert.get(channel.quantity)
    return Place(sensor.model, channel.raw_unit, channel.unit, config_law(table))


def _proof(now: Standing) -> Proof:
    """What the tests of a channel know of its calibration; of two slopes the worse."""
    figures = {} if now.record is None else now.record.figures
    is_unfit = now.record is not None and now.record.verdict in UNFIT
    slopes = [figures[name] for name in ("acid_slope_percent", "base_slope_percent") if name in figures]
    slope_percent = max(slopes, key=lambda slope: abs(slope - 100.0), default=None)
    # One that is fit for nothing has no date that it could be past.
    expires_s = None if is_unfit else now.validity.expires_s
    return Proof(expires_s, slope_percent, figures.get("zero_mv"), is_unfit)
