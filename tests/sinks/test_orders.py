"""What the far side may say to us, as bytes."""

from __future__ import annotations

import json

import pytest

from agent.publish.contract import Order, Receipt
from agent.publish.mqtt.orders import UnreadableError, read_order, read_receipt
from tests.sinks.world import T0_NS

HOUR_NS = 3_600_000_000_000
GOOD = {
    "id": "a1",
    "command": "resend",
    "channel": "ph-3/ph",
    "from": "2025-11-22T10:00:00Z",
    "to": "2025-11-22T11:00:00Z",
}


def said(**changes: object) -> bytes:
    """The good order with other words in it; None takes a word away."""
    return json.dumps({key: word for key, word in {**GOOD, **changes}.items() if word is not None}).encode()


def test_an_order_names_a_channel_and_a_span() -> None:
    assert read_order(said()) == Order("a1", "ph-3/ph", T0_NS, T0_NS + HOUR_NS)


def test_an_order_without_a_channel_means_all_of_them() -> None:
    assert read_order(said(channel=None)).channel is None


def test_any_time_zone_will_do() -> None:
    order = read_order(said(**{"from": "2025-11-22T18:00:00+08:00", "to": "2025-11-22T10:00:00.5Z"}))
    assert (order.from_ns, order.to_ns) == (T0_NS, T0_NS + HOUR_NS // 7200)


@pytest.mark.parametrize(
    ("payload", "what", "asker"),
    [
        (b"", "not JSON", ""),
        (b"\xff\xfe", "not JSON", ""),
        (b"[" * 4000, "not JSON", ""),
        (b"[]", "not a JSON object", ""),
        (b"12", "not a JSON object", ""),
        (said(id=None), "without an id", ""),
        (said(id=7), "without an id", ""),
        (said(id="x" * 65), "without an id", ""),
        (said(id="a\nb"), "without an id", ""),
        (said(command="reboot"), "no such command", "a1"),
        (said(command=None), "no such command", "a1"),
        (said(chanel="ph-3/ph"), "a key that no command has", "a1"),
        (said(channel="../etc/passwd"), "SENSOR/QUANTITY", "a1"),
        (said(channel=3), "SENSOR/QUANTITY", "a1"),
        (said(to=None), "to is missing", "a1"),
        (said(to=1763805600), "to is missing, or not a time in quotes", "a1"),
        (said(to="tomorrow"), "to is not a time", "a1"),
        (said(to="2025-11-22T11:00:00"), "which time zone", "a1"),
        (said(to="2025-11-22T10:00:00Z"), "from is not before to", "a1"),
        (said(to="2400-01-01T00:00:00Z"), "outside 1970", "a1"),
        (said(**{"from": "0001-01-01T00:00:00+23:00"}), "outside 1970", "a1"),
    ],
)
def test_what_is_no_order_is_refused_in_words(payload: bytes, what: str, asker: str) -> None:
    with pytest.raises(UnreadableError, match=what) as caught:
        read_order(payload)
    assert caught.value.id == asker
    assert caught.value.hint or not asker


def test_a_receipt_names_a_journal_and_a_record_and_may_say_more() -> None:
    assert read_receipt(b'{"journal": "8c1f42d0", "seq": 47, "at": "noon"}') == Receipt("8c1f42d0", 47)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"seq": 1}',
        b'{"journal": "", "seq": 1}',
        b'{"journal": 8, "seq": 1}',
        b'{"journal": "8c", "seq": -1}',
        b'{"journal": "8c", "seq": true}',
        b'{"journal": "8c", "seq": 1.0}',
        b'{"journal": "8c", "seq": 9223372036854775808}',
        b'{"journal": "8c", "seq": "1"}',
        b'{"journal": "8c", "seq": NaN}',
    ],
)
def test_what_is_no_receipt_is_refused(payload: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_receipt(payload)
