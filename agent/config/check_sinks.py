"""Checks on where data go: settings that contradict each other or would be passed over in silence."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from agent.config.mask import is_secret
from agent.config.problem import Finding
from agent.config.tables import tables, text
from agent.config.words import one_of, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.position import Path

CONTRADICTION = "SG-C040"

Table = dict[str, Any]

_OF_V1 = ("username", "password_from")
_OF_V2 = ("token_from", "org")


def findings(document: Table) -> Iterator[Finding]:
    """Everything about sinks that cannot work together."""
    for path, sink in tables(document, "publish"):
        yield from chain(_lonely_user(path, sink), _half_pair(path, sink))
        if sink.get("kind") == "mqtt":
            yield from _tls_files(path, sink)
        elif sink.get("kind") == "influxdb":
            yield from chain(_foreign_api(path, sink), _plain_url(path, sink))


def _lonely_user(path: Path, sink: Table) -> Iterator[Finding]:
    if "username" in sink and not any(is_secret(key) for key in sink):
        yield _contradiction(
            (*path, "username"),
            "`username` without `password_from`",
            'add: password_from = "credential:NAME", or "file:/path" or "env:NAME"',
        )


def _half_pair(path: Path, sink: Table) -> Iterator[Finding]:
    for key, other in (("cert_file", "key_file"), ("key_file", "cert_file")):
        if key in sink and other not in sink:
            yield _contradiction(
                (*path, key), f"{quote(key)} without {quote(other)}", "a certificate and its key go together"
            )


def _tls_files(path: Path, sink: Table) -> Iterator[Finding]:
    for key in ("ca_file", "cert_file", "key_file"):
        if key in sink and sink.get("tls", False) is False:
            yield _contradiction(
                (*path, key), f"{quote(key)} means nothing without TLS", f"add: tls = true, or remove {key}"
            )


def _foreign_api(path: Path, sink: Table) -> Iterator[Finding]:
    api = sink.get("api", "v2")
    wrong = {"v1": _OF_V2, "v2": _OF_V1}.get(api, ()) if isinstance(api, str) else ()
    for key in wrong:
        if key in sink:
            other = "v2" if api == "v1" else "v1"
            keys = one_of(_OF_V1 if api == "v1" else _OF_V2).replace('"', "")
            yield _contradiction(
                (*path, key),
                f'{quote(key)} belongs to api = "{other}", this sink is {api}',
                f"{api} logs in with {keys}; both servers: see api in config.example.toml",
            )


def _plain_url(path: Path, sink: Table) -> Iterator[Finding]:
    if "ca_file" in sink and (text(sink, "url") or "").startswith("http://"):
        yield _contradiction(
            (*path, "ca_file"),
            "`ca_file` means nothing without TLS",
            "use an https:// url, or remove ca_file",
        )


def _contradiction(path: Path, message: str, remedy: str) -> Finding:
    return Finding(code=CONTRADICTION, message=message, path=path, help=remedy)
