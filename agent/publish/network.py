"""What stood between us and the far side, in words and with a cure: names, ports, certificates."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

from agent.clock import NOT_BEFORE_NS
from agent.publish.contract import UnavailableError
from agent.publish.stamp import iso_ms

if TYPE_CHECKING:
    from collections.abc import Iterator

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_NOT_YET_VALID = 9
_EXPIRED = 10
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})
_WRONG_NAME = frozenset({62, 64})


def unavailable(error: BaseException, host: str, port: int) -> UnavailableError:
    """The error of a socket, or of a library around one, as what a person can act on."""
    roots = list(_chain(error))
    for root in reversed(roots):
        if isinstance(root, ssl.SSLCertVerificationError):
            return _certificate(root, host)
        if isinstance(root, (OSError, UnicodeError)):
            return _socket(root, host, port)
    return UnavailableError(f"{host}:{port}: {error}", "look at the server's log")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from, innermost last; at most ten."""
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _certificate(error: ssl.SSLCertVerificationError, host: str) -> UnavailableError:
    if error.verify_code == _NOT_YET_VALID:
        return _not_yet_valid(host)
    if error.verify_code == _EXPIRED:
        return UnavailableError(
            f"the certificate of {host} has expired",
            "renew it on the server; if it is new, the clock of this station is ahead: run timedatectl",
            needs_person=True,
        )
    if error.verify_code in _UNKNOWN_ISSUER:
        return UnavailableError(
            f"the certificate of {host} was signed by an authority that is not trusted here",
            "set ca_file to the certificate of the authority that signed it",
            needs_person=True,
        )
    if error.verify_code in _WRONG_NAME:
        return UnavailableError(
            f"the server answers with a certificate for another name than {host}",
            "use the name that stands in the certificate, or add this name to the certificate",
            needs_person=True,
        )
    # From Python 3.13 on, what RFC 5280 asks of a certificate is checked to the letter.
    return UnavailableError(
        f"the certificate of {host} is not accepted: {error.verify_message}",
        "make it anew: an authority needs keyUsage keyCertSign, a server's an authorityKeyIdentifier",
        needs_person=True,
    )


def _not_yet_valid(host: str) -> UnavailableError:
    """Nearly always the station's own clock, which the network will set when it is there."""
    wall_ns = time.time_ns()
    if wall_ns < NOT_BEFORE_NS:
        return UnavailableError(
            f"the certificate of {host} is not yet valid: this station's clock is not set,"
            f" it says {iso_ms(wall_ns)}",
            "wait for time from the network, timedatectl shows it; times are put right then",
        )
    return UnavailableError(
        f"the certificate of {host} is not yet valid: this station's clock says {iso_ms(wall_ns)}",
        "if that is wrong, see timedatectl; if it is right, see to the server's certificate",
        needs_person=True,
    )


def _socket(error: OSError | UnicodeError, host: str, port: int) -> UnavailableError:
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return UnavailableError(
            f"the name {host} does not resolve",
            f"check the spelling and the network: getent hosts {host}",
        )
    if isinstance(error, ssl.SSLError):
        return UnavailableError(
            f"{host}:{port} does not speak TLS with us: {error.reason or error}",
            "check that the port is the encrypted one and that client certificate and key belong together",
        )
    if isinstance(error, ConnectionRefusedError):
        return UnavailableError(
            f"nothing listens on {host}:{port}",
            "check that the server runs and that the port is right",
        )
    if isinstance(error, TimeoutError):
        return UnavailableError(
            f"{host}:{port} did not answer in time",
            "check the network and firewalls on the way",
        )
    if isinstance(error, ConnectionError):
        return UnavailableError(
            f"{host}:{port} closed the connection: {error.strerror or error}",
            "look at the server's log; a proxy or a login page of the network may also do this",
        )
    return UnavailableError(
        f"{host}:{port} is not reachable: {error.strerror or error}",
        "check the network: ip route",
    )
