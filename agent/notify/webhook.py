"""Telling a machine that tells people: one signed POST, delivered when the answer says so in words.

Imported only on a station that has such a notifier. Chat services answer 200 with an error inside: `answer`
is what their body holds when they mean yes.
"""

from __future__ import annotations

import json
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agent import __version__
from agent.events.levels import level_word
from agent.network import trouble
from agent.notify.contract import AwayError, NotToldError, RefusedError
from agent.notify.deadline import Deadline, Dialler
from agent.notify.signature import key_of, signed
from agent.notify.texts import iso
from agent.sound import sound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from http.client import HTTPResponse

    from agent.config.schema_notify import WebhookNotifier
    from agent.notify.contract import Message
    from agent.notify.texts import Whence

_MOST_BYTES = 64 << 10
_QUOTED = 120
_OK, _REDIRECT, _CLIENT, _SERVER = 200, 300, 400, 500
_LATER = frozenset({408, 425, 429})
# What is wrong with this message, and not with us: another may be taken.
_OF_MESSAGE = frozenset({400, 413, 422})


class WebhookSender:
    """Posts to one URL. `secret` is what its receiver verifies the signature with; None: no signature."""

    def __init__(self, config: WebhookNotifier, secret: str | None, whence: Whence) -> None:
        self._config = config
        self._whence = whence
        self._key = _key(config, secret)
        url = urlsplit(config.url)
        self._is_tls = url.scheme == "https"
        port = url.port or (443 if self._is_tls else 80)
        self._dialler = Dialler(url.hostname or "", port, config.ca_file)
        self._netloc = url.netloc
        self._path = (url.path or "/") + (f"?{url.query}" if url.query else "")

    def send(self, message: Message, people: Sequence[str]) -> Mapping[str, NotToldError]:  # noqa: ARG002 - it knows no people
        """Return when the receiver has taken it. Raises NotToldError."""
        body = _json(self._payload(message))
        try:
            with closing(self._dialler):
                status, retry_after_s, answer = self._post(message.id, body)
        except NotToldError:
            raise
        except (OSError, HTTPException, UnicodeError) as error:
            found = trouble(error, self._dialler.host, self._dialler.port)
            wrong = RefusedError if found.needs_person else AwayError
            raise wrong(found.what, found.hint) from error
        self._judge(status, retry_after_s, answer)
        return {}

    def hang_up(self) -> None:
        """Let what is under way fail, and all that comes."""
        self._dialler.hang_up()

    def _post(self, message_id: str, body: bytes) -> tuple[int, float, str]:
        """One request, never redirected. Status, seconds until it may come again, what was answered."""
        deadline = Deadline(self._config.timeout_s)
        line = self._dialler.plain(deadline)
        connection = HTTPConnection(self._dialler.host, self._dialler.port)
        connection.sock = self._dialler.encrypted(line, deadline) if self._is_tls else line
        headers = {
            "Host": self._netloc,
            "Content-Type": "application/json",
            "User-Agent": f"skyground/{__version__}",
            "Connection": "close",
        }
        if self._key:
            headers |= signed(self._key, message_id, int(time.time()), body)
        else:
            headers["webhook-id"] = message_id
        with closing(connection):
            connection.request("POST", self._path, body, headers)
            response = connection.getresponse()
            return response.status, _retry_after_s(response), _text(response.read(_MOST_BYTES))

    def _judge(self, status: int, retry_after_s: float, answer: str) -> None:
        """Return when that was a yes. Raises NotToldError."""
        host, said = self._dialler.host, f"{status} {_quoted(answer)}".strip()
        if status >= _SERVER or status in _LATER:
            raise AwayError(f"{host} answers {said}", "wait; its log tells more", retry_after_s)
        if status >= _CLIENT:
            hint = "check url and secret, and that this station's clock is right: timedatectl"
            raise RefusedError(f"{host} answers {said}", hint, of_message=status in _OF_MESSAGE)
        if not _OK <= status < _REDIRECT:
            hint = "set url to where it leads; a login page of the network may also do this"
            raise RefusedError(f"{host} sends us elsewhere: {said}", hint)
        if self._config.answer is not None and self._config.answer not in answer:
            hint = "that is its no; if it is a yes, `answer` is not what it says then"
            raise RefusedError(f"{host} answers {said}, without `{self._config.answer}`", hint)

    def _payload(self, message: Message) -> dict[str, object]:
        whence = self._whence
        return {
            "type": f"incident.{message.change}",
            "timestamp": iso(message.made_ns),
            "data": {
                "id": message.id,
                "exercise": message.change == "exercise",
                "severity": level_word(message.severity),
                "subject": message.subject,
                "text": message.text,
                "site": whence.site,
                "station": whence.station,
                "title": whence.title,
                "latitude": whence.latitude,
                "longitude": whence.longitude,
                "incidents": message.incidents,
            },
        }


def _json(payload: Mapping[str, object]) -> bytes:
    return json.dumps(sound(payload), ensure_ascii=False, allow_nan=False).encode(errors="replace")


def _key(config: WebhookNotifier, secret: str | None) -> bytes | None:
    if secret is None:
        return None
    try:
        return key_of(secret)
    except ValueError as error:
        hint = "make one with: openssl rand -base64 32"
        raise RefusedError(f"{config.secret_from} holds no webhook secret: {error}", hint) from None


def _retry_after_s(response: HTTPResponse) -> float:
    """Seconds; a date is not worth the trouble of two clocks."""
    value = response.getheader("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else 0.0


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _quoted(answer: str) -> str:
    return "".join(char if char.isprintable() else " " for char in answer[:_QUOTED]).strip()
