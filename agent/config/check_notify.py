"""Checks on how people are told: settings that contradict each other, or let the world read along."""

from __future__ import annotations

import ipaddress
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.config.check_sinks import CONTRADICTION
from agent.config.problem import Finding, Problem
from agent.config.tables import tables, text
from agent.config.words import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.position import Path
    from agent.config.schema import Config
    from agent.config.schema_notify import AnyNotifier

IN_THE_CLEAR = "SG-C055"

Table = dict[str, Any]

_LONGEST_LABEL = 63  # of a host name between two dots

_OWN_NAMES = (".local", ".lan", ".home", ".internal", ".home.arpa")
_OWN_MACHINE = frozenset({"localhost", "localhost.localdomain"})


def findings(document: Table) -> Iterator[Finding]:
    """Everything about notifiers that cannot work, or must not."""
    for path, notifier in tables(document, "notify"):
        yield from chain(
            _half_login(path, notifier), _needless_authority(path, notifier), _odd_url(path, notifier)
        )
        host = _clear_host(notifier)
        if host and not _is_near(host):
            key = "url" if notifier.get("kind") == "webhook" else "security"
            yield Finding(
                code=CONTRADICTION,
                message=f"{quote(host)} is not on the own network, and nothing is encrypted",
                path=(*path, key),
                help='use an https:// url, or security = "starttls" or "tls"',
            )


def warnings(config: Config) -> Iterator[Problem]:
    """What is allowed on one's own network, and read by everybody who is on it."""
    for notifier in config.notify:
        host = _clear_host(vars(notifier))
        if host and not _is_own_machine(host):
            message = f'notify "{notifier.id}" talks to {quote(host)} in the clear{_and_secret(notifier)}'
            help_ = 'an https:// url, or security = "starttls" or "tls", keeps it between the two'
            yield Problem(code=IN_THE_CLEAR, level="warning", message=message, help=help_)


def _and_secret(notifier: AnyNotifier) -> str:
    return ", with its password" if getattr(notifier, "password_from", None) else ""


def _half_login(path: Path, notifier: Table) -> Iterator[Finding]:
    for key, other in (("username", "password_from"), ("password_from", "username")):
        if key in notifier and other not in notifier:
            yield Finding(
                code=CONTRADICTION,
                message=f"{quote(key)} without {quote(other)}",
                path=(*path, key),
                help="a user name and its password go together",
            )


def _needless_authority(path: Path, notifier: Table) -> Iterator[Finding]:
    if "ca_file" in notifier and _clear_host(notifier):
        yield Finding(
            code=CONTRADICTION,
            message="`ca_file` means nothing without TLS",
            path=(*path, "ca_file"),
            help='use an https:// url, or security = "starttls" or "tls", or remove ca_file',
        )


def _odd_url(path: Path, notifier: Table) -> Iterator[Finding]:
    """One that looks like an address and leads nowhere."""
    url = text(notifier, "url")
    if url is None or _leads_somewhere(url):
        return
    yield Finding(
        code=CONTRADICTION,
        message=f"{quote(url)} leads nowhere",
        path=(*path, "url"),
        help="https://HOST/PATH in plain ASCII, with a port from 1 to 65535 if it needs one",
    )


def _leads_somewhere(url: str) -> bool:
    try:
        parts = urlsplit(url)
        labels = (parts.hostname or "").removesuffix(".").split(".")
        return all(0 < len(each) <= _LONGEST_LABEL for each in labels) and parts.port != 0 and url.isascii()
    except ValueError:  # a port that is none, brackets that hold no address
        return False


def _clear_host(notifier: Table) -> str:
    """Whom it talks to in the clear; empty when that is nobody, or cannot be told."""
    if notifier.get("security") == "none":
        return text(notifier, "host") or ""
    url = text(notifier, "url") or ""
    if not url.startswith("http://"):
        return ""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # told by another check
        return ""


def _is_near(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.lower().endswith(_OWN_NAMES)
    return address.is_private or address.is_loopback or address.is_link_local


def _is_own_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in _OWN_MACHINE
