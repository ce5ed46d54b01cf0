"""From the configuration to notifiers: one for each way to people."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from agent.config.secret import SecretError, read_secret
from agent.model import Severity
from agent.notify.contract import RefusedError

if TYPE_CHECKING:
    from agent.clock import Clock
    from agent.config.schema import Config
    from agent.config.schema_notify import AnyNotifier
    from agent.journal.journal import Journal
    from agent.notify.contract import Sender
    from agent.notify.notifier import Notifier
    from agent.notify.outbox import Wants
    from agent.notify.texts import Whence

_HOUR_S = 3600.0


def notifiers(config: Config, journal: Journal, clock: Clock) -> list[Notifier]:
    """One per `[[notify]]`. Connects to nothing. `clock` is the station's."""
    if not config.notify:
        return []
    from agent.notify.notifier import Notifier  # noqa: PLC0415 - a quarter of a megabyte, only where it is used
    from agent.notify.texts import Whence  # noqa: PLC0415 - the same

    station = config.station
    whence = Whence(station.site, station.id, station.title, station.latitude, station.longitude)
    return [
        Notifier(wanted(one), whence, journal, clock, partial(made, one, whence), one.max_per_h, people(one))
        for one in config.notify
    ]


def wanted(config: AnyNotifier) -> Wants:
    """What it is to tell."""
    from agent.notify.outbox import Wants  # noqa: PLC0415 - as above

    level = Severity[config.level.upper()]
    return Wants(config.id, level, frozenset(config.kinds), config.remind_h * _HOUR_S)


def people(config: AnyNotifier) -> list[str]:
    """Whom the far side is to tell; one empty name where it knows best."""
    return list(config.to) if config.kind == "smtp" else [""]


def made(config: AnyNotifier, whence: Whence) -> Sender:
    """The sender of one `[[notify]]`, in the thread that uses it. Connects to nothing.

    Raises RefusedError.
    """
    try:
        if config.kind == "smtp":
            from agent.notify.smtp import SmtpSender  # noqa: PLC0415 - with email and ssl, only where it is used

            return SmtpSender(config, read_secret(config.password_from, os.environ), whence)
        from agent.notify.webhook import WebhookSender  # noqa: PLC0415 - the same

        return WebhookSender(config, read_secret(config.secret_from, os.environ), whence)
    except SecretError as error:
        raise RefusedError(error.what, error.hint) from error
