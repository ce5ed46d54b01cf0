"""TLS between the sinks and real servers: what is not trusted is not spoken to, and the reason is named."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from agent.config.schema import MqttSink as MqttConfig
from agent.publish.contract import UnavailableError
from agent.publish.meta import uncalibrated
from agent.publish.mqtt.sink import MqttSink
from agent.publish.network import unavailable
from tests.servers.certificates import Authority
from tests.servers.process import wait_until
from tests.sinks.world import readings, station

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.mosquitto import Mosquitto


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "ca")


@pytest.fixture
def tls_broker(make_mosquitto: Callable[..., Mosquitto]) -> Callable[..., Mosquitto]:
    """Start a broker with a certificate and key."""

    def make(cert: Path, key: Path, *lines: str) -> Mosquitto:
        return make_mosquitto("allow_anonymous true", f"certfile {cert}", f"keyfile {key}", *lines)

    return make


def _sink(port: int, **config: object) -> MqttSink:
    keys = {"id": "m", "kind": "mqtt", "host": "127.0.0.1", "port": port, "tls": True, **config}
    return MqttSink(MqttConfig.model_validate(keys), None, station("tls"), uncalibrated)


def test_a_trusted_broker_is_spoken_to(authority: Authority, tls_broker: Callable[..., Mosquitto]) -> None:
    broker = tls_broker(*authority.sign("good", "IP:127.0.0.1"))
    sink = _sink(broker.port, ca_file=authority.ca_file)
    sink.send(readings(3))
    sink.close()


def test_a_client_certificate_opens_a_broker_that_asks_for_one(
    authority: Authority, tls_broker: Callable[..., Mosquitto]
) -> None:
    cert, key = authority.sign("good", "IP:127.0.0.1")
    broker = tls_broker(cert, key, f"cafile {authority.ca_file}", "require_certificate true")
    own_cert, own_key = authority.sign("station-1", "DNS:station-1")
    sink = _sink(broker.port, ca_file=authority.ca_file, cert_file=own_cert, key_file=own_key)
    sink.send(readings(3))
    sink.close()
    with pytest.raises(UnavailableError):
        _sink(broker.port, ca_file=authority.ca_file).idle()


@pytest.mark.parametrize(
    ("alternative", "validity", "trusted", "words"),
    [
        ("IP:127.0.0.1", ("20200101000000Z", "20991231000000Z"), False, "authority that is not trusted"),
        ("DNS:other.example", ("20200101000000Z", "20991231000000Z"), True, "another name"),
        ("IP:127.0.0.1", ("20980101000000Z", "20991231000000Z"), True, "not yet valid"),
        ("IP:127.0.0.1", ("20200101000000Z", "20200201000000Z"), True, "has expired"),
    ],
)
def test_a_certificate_that_is_not_good_is_named(
    authority: Authority,
    tls_broker: Callable[..., Mosquitto],
    alternative: str,
    validity: tuple[str, str],
    trusted: bool,  # noqa: FBT001  # a parameter of the test
    words: str,
) -> None:
    broker = tls_broker(*authority.sign("bad", alternative, validity))
    with pytest.raises(UnavailableError, match=words) as caught:
        _sink(broker.port, ca_file=authority.ca_file if trusted else None).idle()
    assert caught.value.hint
    assert caught.value.needs_person


def test_a_certificate_that_was_not_valid_yet_is_taken_as_soon_as_the_clock_says_so(
    authority: Authority, tls_broker: Callable[..., Mosquitto]
) -> None:
    """As when the network sets a clock of 1970: nothing but time changes, and nothing is lost."""
    begins = (datetime.now(UTC) + timedelta(seconds=3)).strftime("%Y%m%d%H%M%SZ")
    broker = tls_broker(*authority.sign("soon", "IP:127.0.0.1", (begins, "20991231000000Z")))
    sink = _sink(broker.port, ca_file=authority.ca_file)
    with pytest.raises(UnavailableError, match="not yet valid: this station's clock says 20"):
        sink.send(readings(3))
    wait_until(lambda: _sends(sink), "the certificate is valid", 20)
    sink.close()


def _sends(sink: MqttSink) -> bool:
    try:
        sink.send(readings(3))
    except UnavailableError:
        return False
    return True


def test_a_certificate_that_a_clock_of_1970_refuses_blames_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ssl.SSLCertVerificationError("verify failed")
    error.verify_code = 9
    monkeypatch.setattr("time.time_ns", lambda: 720 * 10**9)
    refused = unavailable(error, "mqtt.example.org", 8883)
    assert "this station's clock is not set, it says 1970-01-01T00:12:00.000Z" in refused.what
    assert not refused.needs_person, "the network will set it"


def test_tls_to_a_port_without_it_is_named(mosquitto: Mosquitto) -> None:
    with pytest.raises(UnavailableError):
        _sink(mosquitto.port, ack_timeout_s=2).idle()


def test_a_missing_certificate_file_is_named(mosquitto: Mosquitto, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"nowhere\.pem") as caught:
        _sink(mosquitto.port, ca_file=tmp_path / "nowhere.pem").idle()
    assert "permission" in caught.value.hint


def test_a_file_that_is_no_certificate_is_named(mosquitto: Mosquitto, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("not a certificate")
    with pytest.raises(UnavailableError, match=r"wrong\.pem"):
        _sink(mosquitto.port, ca_file=wrong).idle()


def test_an_unusual_refusal_still_has_words() -> None:
    error = ssl.SSLCertVerificationError("verify failed")
    error.verify_code = 23
    error.verify_message = "certificate revoked"
    assert "revoked" in unavailable(error, "h", 1).what
    assert unavailable(ValueError("odd"), "h", 1).what == "h:1: odd"
    assert "not reachable" in unavailable(OSError(101, "Network is unreachable"), "h", 1).what
    assert "in time" in unavailable(TimeoutError(), "h", 1).what
