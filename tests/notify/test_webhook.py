"""The webhook: signed so that anybody can verify it, delivered when the answer means yes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from agent.config.schema_notify import WebhookNotifier
from agent.notify.contract import AwayError, NotToldError, RefusedError
from agent.notify.signature import signed
from agent.notify.webhook import WebhookSender
from tests.notify.rig import WHENCE, message
from tests.servers.certificates import Authority
from tests.servers.process import free_port
from tests.servers.scripted_http import Reply, Request, ScriptedHttp
from tests.servers.tcp import OddServer

if TYPE_CHECKING:
    from pathlib import Path

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
YES = Reply(200, b'{"errcode":0,"errmsg":"ok"}')


def sender(url: str, secret: str | None = SECRET, **keys: Any) -> WebhookSender:
    config = WebhookNotifier(id="chat", kind="webhook", url=url, **{"timeout_s": 5, **keys})
    return WebhookSender(config, secret, WHENCE)


def is_genuine(request: Request) -> bool:
    """As a receiver checks it who has read the specification and not our code."""
    signed_text = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.{request.body}"
    key = base64.b64decode(SECRET.split("_", 1)[1])
    ours = base64.b64encode(hmac.new(key, signed_text.encode("utf-8"), hashlib.sha256).digest()).decode()
    is_fresh = abs(int(request.headers["webhook-timestamp"]) - time.time()) < 300
    return is_fresh and f"v1,{ours}" in request.headers["webhook-signature"].split(" ")


def test_a_message_arrives_signed_and_whole() -> None:
    with closing(ScriptedHttp(YES)) as server:
        sender(f"{server.url}/mine?to=duty").send(message(), [""])
        (request,) = server.requests
    assert request.path == "/mine?to=duty"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"
    assert is_genuine(request)
    told = json.loads(request.body)
    assert (told["type"], told["timestamp"]) == ("incident.raised", "2026-07-25T17:20:00Z")
    assert told["data"] == {
        "id": message().id,
        "exercise": False,
        "severity": "red",
        "subject": message().subject,
        "text": message().text,
        "site": "north-dump",
        "station": "st-01",
        "title": "Seep below the north dump",
        "latitude": 48.5,
        "longitude": 10.25,
        "incidents": list(message().incidents),
    }


def test_what_json_cannot_hold_is_null() -> None:
    """No receiver in another language reads NaN, and a half of a character is none."""
    odd = message()._replace(incidents=[{"data": {"fit": math.nan, "most": math.inf, "why": "a\udcff"}}])
    with closing(ScriptedHttp(YES)) as server:
        sender(server.url).send(odd, [""])
        (request,) = server.requests
    (incident,) = json.loads(request.body, parse_constant=pytest.fail)["data"]["incidents"]
    assert incident["data"] == {"fit": None, "most": None, "why": "a?"}


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the specification's own libraries."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_without_a_secret_it_goes_unsigned_with_its_id() -> None:
    with closing(ScriptedHttp(YES)) as server:
        sender(server.url, None).send(message(), [""])
        (request,) = server.requests
    assert request.headers["webhook-id"] == message().id
    assert "webhook-signature" not in request.headers


@pytest.mark.parametrize("secret", ["whsec_no base64", base64.b64encode(b"short").decode()])
def test_a_secret_that_is_none_is_a_refusal_and_is_not_shown(secret: str) -> None:
    with pytest.raises(RefusedError, match="holds no webhook secret") as caught:
        sender("http://127.0.0.1", secret, secret_from="env:HOOK")
    assert secret.removeprefix("whsec_") not in str(caught.value)
    assert "openssl rand -base64 32" in caught.value.hint


def test_encrypted_with_an_own_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    with closing(ScriptedHttp(YES, certificate=authority.sign("hook", "IP:127.0.0.1"))) as server:
        sender(server.url, ca_file=authority.ca_file).send(message(), [""])
        with pytest.raises(RefusedError, match="authority that is not trusted here"):
            sender(server.url).send(message(), [""])
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("reply", "error", "of_message"),
    [
        (Reply(500, b"oops"), AwayError, None),
        (Reply(429), AwayError, None),
        (Reply(408), AwayError, None),
        (Reply(400, b"bad json"), RefusedError, True),
        (Reply(401), RefusedError, False),
        (Reply(404, b"\x1b[2Jgone"), RefusedError, False),
        (Reply(302, headers=(("Location", "/login"),)), RefusedError, False),
        (Reply(307, headers=(("Location", "/login"),)), RefusedError, False),
    ],
)
def test_what_an_answer_means(reply: Reply, error: type[NotToldError], of_message: bool | None) -> None:  # noqa: FBT001 - a parameter of the test
    with closing(ScriptedHttp(reply, YES)) as server:
        with pytest.raises(error, match=str(reply.status)) as caught:
            sender(server.url).send(message(), [""])
        assert len(server.requests) == 1, "nobody is followed anywhere"
    assert getattr(caught.value, "of_message", None) is of_message
    assert caught.value.what.isprintable()


def test_a_pause_that_is_asked_for_is_known() -> None:
    with closing(ScriptedHttp(Reply(503, headers=(("Retry-After", "120"),)))) as server:
        with pytest.raises(AwayError) as caught:
            sender(server.url).send(message(), [""])
        assert caught.value.retry_after_s == 120
        server._script.append(Reply(503, headers=(("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"),)))
        with pytest.raises(AwayError) as caught:
            sender(server.url).send(message(), [""])
        assert caught.value.retry_after_s == 0


def test_a_yes_with_a_no_inside_is_a_no() -> None:
    """As the chat services answer, which others report as sent."""
    with closing(ScriptedHttp(Reply(200, b'{"errcode":45009}'), YES)) as server:
        one = sender(server.url, answer='"errcode":0')
        with pytest.raises(RefusedError, match="45009"):
            one.send(message(), [""])
        one.send(message(), [""])


def test_a_server_that_says_nothing_is_left_in_time() -> None:
    with closing(ScriptedHttp(Reply(hang=True))) as server, pytest.raises(AwayError, match="in time"):
        sender(server.url, timeout_s=1).send(message(), [""])


def test_what_is_no_answer_is_waited_out() -> None:
    for words in (b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 two hundred\r\n\r\n"):
        with closing(OddServer(words)) as server, pytest.raises(AwayError):
            sender(f"http://127.0.0.1:{server.port}").send(message(), [""])
    with pytest.raises(AwayError, match="nothing listens"):
        sender(f"http://127.0.0.1:{free_port()}").send(message(), [""])
