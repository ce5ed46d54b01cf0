"""From the configuration to shippers: one for each destination."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agent.config.secret import SecretError, read_secret
from agent.model import StationId
from agent.publish.contract import UnavailableError
from agent.publish.meta import Birth, uncalibrated
from agent.publish.shipper import Shipper, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.clock import Clock
    from agent.config.schema import AnySink, Config
    from agent.model import Channel, Entry
    from agent.publish.contract import Order, Sink, Word
    from agent.publish.source import Source


def shippers(
    config: Config,
    channels: Sequence[Channel],
    journal: Source,
    clock: Clock,
    trouble: Callable[[], str],
    make_sink: Callable[[AnySink, StationId, Callable[[], Mapping[str, object]], Callable[[], str]], Sink],
    calibrations: Callable[[], Mapping[str, Mapping[str, object]]] = uncalibrated,
) -> list[Shipper]:
    """One shipper per `[[publish]]`. Connects to nothing.

    `trouble` says what is wrong with the station's own disk. `make_sink` is given that, who publishes, and
    what a consumer must know by now (`Birth`), with what is known of each channel's calibration; see `made`.
    """
    names = [str(channel) for channel in channels]

    def serving(one: AnySink) -> Shipper:
        def make(of: str) -> Sink:
            station = StationId(config.station.site, config.station.id, of)
            return make_sink(one, station, Birth(config, station, channels, calibrations), trouble)

        # The shipper knows which file its batch is from; the journal may just have been replaced.
        late = LateSink(make, lambda: shipper.journal, needs_time=one.kind == "influxdb")
        shipper = Shipper(one.id, late, journal, clock, _terms(one, names))
        return shipper

    return [serving(one) for one in config.publish]


def _terms(config: AnySink, channels: Sequence[str]) -> Terms:
    return Terms(channels, config.batch_s, config.max_mb_per_day, config.drain_rows_per_s)


class LateSink:
    """A sink that is made when first used, in its own thread.

    Its client library then costs the start-up nothing, and a secret that cannot be read is what it should
    be: a destination that is away, with the reason, while the station samples. Each journal gets a sink of
    its own, since its id is part of what a sink says; `journal` tells the one that the next batch is from.
    """

    def __init__(self, make: Callable[[str], Sink], journal: Callable[[], str], *, needs_time: bool) -> None:
        self._make = make
        self._journal = journal
        self._made_for = ""
        self._needs_time = needs_time
        self._sink: Sink | None = None

    @property
    def max_batch(self) -> int:
        """See `Sink`."""
        return self._made().max_batch

    @property
    def needs_time(self) -> bool:
        """See `Sink`."""
        return self._needs_time

    @property
    def traffic_bytes(self) -> int:
        """See `Sink`."""
        return self._sink.traffic_bytes if self._sink else 0

    def heard(self) -> Sequence[Word]:
        """See `Sink`."""
        return self._sink.heard() if self._sink else []

    def answer(self, order: Order, answer: Mapping[str, object]) -> None:
        """See `Sink`."""
        self._made().answer(order, answer)

    def send(self, batch: Sequence[Entry]) -> None:
        """See `Sink`."""
        self._made().send(batch)

    def idle(self) -> float:
        """See `Sink`."""
        return self._made().idle()

    def status(self) -> Mapping[str, object]:
        """See `Sink`."""
        return self._sink.status() if self._sink else {}

    def close(self) -> None:
        """See `Sink`."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def _made(self) -> Sink:
        journal = self._journal()
        if self._sink is None or self._made_for != journal:
            self.close()
            try:
                self._sink, self._made_for = self._make(journal), journal
            except SecretError as error:
                raise UnavailableError(error.what, error.hint, needs_person=True) from error
        return self._sink


def made(
    config: AnySink,
    identity: StationId,
    birth: Callable[[], Mapping[str, object]],
    trouble: Callable[[], str],
) -> Sink:
    """The sink of one `[[publish]]`. Connects to nothing. Raises SecretError."""
    if config.kind == "mqtt":
        from agent.publish.mqtt.sink import MqttSink  # noqa: PLC0415 - paho only where it is used

        return MqttSink(config, read_secret(config.password_from, os.environ), identity, birth, trouble)
    from agent.publish.influx.sink import InfluxSink  # noqa: PLC0415 - 30 MiB, only where it is used

    secret = read_secret(config.token_from if config.api == "v2" else config.password_from, os.environ)
    return InfluxSink(config, secret, identity)
