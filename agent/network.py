"""What stood between us and a far side, in words and with a cure: names, ports, certificates."""

from __future__ import annotations

import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NOT_BEFORE_NS

if TYPE_CHECKING:
    from collections.abc import Iterator

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_NOT_YET_VALID = 9
_EXPIRED = 10
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})
_WRONG_NAME = frozenset({62, 64})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Trouble(NamedTuple):
    """What is wrong, and what a person can do. `needs_person`: waiting alone will not change it."""

    what: str
    hint: str
    needs_person: bool = False


def trouble(error: BaseException, host: str, port: int) -> Trouble:
    """The error of a socket, or of a library around one, as what a person can act on."""
    roots = list(_chain(error))
    for root in reversed(roots):
        if isinstance(root, ssl.SSLCertVerificationError):
            return _certificate(root, host)
        if isinstance(root, (OSError, UnicodeError)):
            return _socket(root, host, port)
    return Trouble(f"{host}:{port}: {error}", "look at the server's log")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from, innermost last; at most ten."""
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _certificate(error: ssl.SSLCertVerificationError, host: str) -> Trouble:
    if error.verify_code == _NOT_YET_VALID:
        return _not_yet_valid(host)
    if error.verify_code == _EXPIRED:
        return Trouble(
            f"the certificate of {host} has expired",
            "renew it on the server; if it is new, the clock of this station is ahead: run timedatectl",
            needs_person=True,
        )
    if error.verify_code in _UNKNOWN_ISSUER:
        return Trouble(
            f"the certificate of {host} was signed by an authority that is not trusted here",
            "set ca_file to the certificate of the authority that signed it",
            needs_person=True,
        )
    if error.verify_code in _WRONG_NAME:
        return Trouble(
            f"the server answers with a certificate for another name than {host}",
            "use the name that stands in the certificate, or add this name to the certificate",
            needs_person=True,
        )
    # From Python 3.13 on, what RFC 5280 asks of a certificate is checked to the letter.
    return Trouble(
        f"the certificate of {host} is not accepted: {error.verify_message}",
        "make it anew: an authority needs keyUsage keyCertSign, a server's an authorityKeyIdentifier",
        needs_person=True,
    )


def _not_yet_valid(host: str) -> Trouble:
    """Nearly always the station's own clock, which the network will set when it is there."""
    wall_ns = time.time_ns()
    at = _EPOCH + timedelta(milliseconds=wall_ns // 1_000_000)
    says = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if wall_ns < NOT_BEFORE_NS:
        return Trouble(
            f"the certificate of {host} is not yet valid: this station's clock is not set, it says {says}",
            "wait for time from the network, timedatectl shows it; times are put right then",
        )
    return Trouble(
        f"the certificate of {host} is not yet valid: this station's clock says {says}",
        "if that is wrong, see timedatectl; if it is right, see to the server's certificate",
        needs_person=True,
    )


def _socket(error: OSError | UnicodeError, host: str, port: int) -> Trouble:
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return Trouble(
            f"the name {host} does not resolve",
            f"check the spelling and the network: getent hosts {host}",
        )
    if isinstance(error, ssl.SSLError):
        return Trouble(
            f"{host}:{port} does not speak TLS with us: {error.reason or error}",
            "check that the port is the encrypted one and that client certificate and key belong together",
        )
    if isinstance(error, ConnectionRefusedError):
        return Trouble(
            f"nothing listens on {host}:{port}",
            "check that the server runs and that the port is right",
        )
    if isinstance(error, TimeoutError):
        return Trouble(
            f"{host}:{port} did not answer in time",
            "check the network and firewalls on the way",
        )
    if isinstance(error, ConnectionError):
        return Trouble(
            f"{host}:{port} closed the connection: {error.strerror or error}",
            "look at the server's log; a proxy or a login page of the network may also do this",
        )
    return Trouble(
        f"{host}:{port} is not reachable: {error.strerror or error}",
        "check the network: ip route",
    )
