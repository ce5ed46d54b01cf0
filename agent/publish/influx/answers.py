"""What a server's HTTP answer to a write means for the batch, and what a person can do. Pure."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from agent.publish.contract import RejectedError, SinkError, UnavailableError

if TYPE_CHECKING:
    from agent.config.schema import InfluxSink

_TEXT_LIMIT = 300
_STORED = 204
_NEEDS_PERSON = {401, 403, 404}
_REJECTED = {
    400: "the server's text names the line or field; the type of a stored field cannot be changed",
    413: "raise max-body-size of the server",
    422: "the server's text names the line or field; the type of a stored field cannot be changed",
}


class Answer(NamedTuple):
    """Status, body and Retry-After header of one response."""

    status: int
    body: bytes
    retry_after: str | None


def verdict(answer: Answer, config: InfluxSink) -> SinkError | None:
    """None when the server has stored everything.

    400 and 422 also come when only some lines were refused and the others are stored: sending those again
    changes nothing, because measurement, tags and time are the same.
    """
    if answer.status == _STORED:
        return None
    text = server_text(answer.body)
    said = " ".join(filter(None, (f"{config.url} answered {answer.status}", text)))
    if answer.status in _REJECTED:
        return RejectedError(said, _REJECTED[answer.status])
    return UnavailableError(
        said,
        _hint(answer.status, text, config),
        retry_after_s=seconds(answer.retry_after),
        needs_person=answer.status in _NEEDS_PERSON,
    )


def server_text(body: bytes) -> str:
    """The server's own words: `error` of 1.x, `message` of 2.x, or the body's beginning, on one line."""
    text = body.decode(errors="replace")
    try:
        fields = json.loads(text)
        text = str(fields.get("error") or fields.get("message") or text)
    except (ValueError, AttributeError, RecursionError):
        pass  # not JSON, not an object, or a thousand brackets: the text itself is all there is
    return " ".join(text.split())[:_TEXT_LIMIT]


def seconds(retry_after: str | None) -> float | None:
    """A Retry-After header, in seconds or as a date (RFC 9110, 10.2.3); None for anything else."""
    if retry_after is None:
        return None
    if (number := retry_after.strip()).isdecimal():
        return float(number)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):  # the second for years and zones beyond all calendars
        return None


def _hint(status: int, text: str, config: InfluxSink) -> str:
    match status:
        case 401 | 403:
            return _credentials(config)
        case 404:
            return _not_found(text, config)
        case 429 | 503:
            return "the server is busy; nothing to do here"
        case _ if status < 400:  # noqa: PLR2004  # HTTP's own boundary
            return "this is not a database: check url, and whether the network shows a login page"
    return "look at the server's log"


def _credentials(config: InfluxSink) -> str:
    if config.api == "v2":
        return "check the secret behind token_from, and that the token may write to the bucket"
    return "check username, the secret behind password_from, and GRANT WRITE on the database"


def _not_found(text: str, config: InfluxSink) -> str:
    if config.api == "v1":
        return f"""create the database: influx -execute 'CREATE DATABASE "{config.bucket}"'"""
    if "bucket" in text or "organization" in text:
        return f"check org, or create the bucket: influx bucket create --name {config.bucket}"
    return 'this server has no v2 interface (InfluxDB before 1.8): set api = "v1"'
