"""What comes in over MQTT is bounded and never breaks anything."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from agent.publish.contract import Order, Receipt
from agent.publish.mqtt.inbox import Inbox
from agent.publish.mqtt.messages import Topics
from agent.publish.mqtt.orders import MOST_BYTES
from tests.sinks.test_orders import said
from tests.sinks.world import station

TOPICS = Topics.of("mine/v1", station("seep-1"))


def inbox() -> Inbox:
    return Inbox(TOPICS, "m")


def receipt(seq: int) -> bytes:
    return json.dumps({"journal": "8c1f42d0", "seq": seq}).encode()


def test_of_many_receipts_the_newest_is_heard_once() -> None:
    box = inbox()
    for seq in (5, 9, 12):
        box.put(TOPICS.receipt, receipt(seq), retained=False)
    assert box.take() == [Receipt("8c1f42d0", 12)]
    assert box.take() == []


def test_a_retained_receipt_counts_and_a_retained_command_does_not() -> None:
    box = inbox()
    box.put(TOPICS.receipt, receipt(5), retained=True)
    box.put(TOPICS.cmd, said(), retained=True)
    assert box.take() == [Receipt("8c1f42d0", 5)]
    assert box.dropped == 0


def test_a_receipt_that_was_deleted_says_nothing() -> None:
    box = inbox()
    box.put(TOPICS.receipt, b"", retained=False)
    assert box.take() == []
    assert box.dropped == 0


def test_no_more_than_sixteen_commands_wait() -> None:
    box = inbox()
    for number in range(100):
        box.put(TOPICS.cmd, said(id=f"a{number}"), retained=False)
    orders = box.take()
    assert [order.id for order in orders if isinstance(order, Order)] == [
        f"a{number}" for number in range(16)
    ]
    assert box.dropped == 84


def test_a_flood_of_commands_does_not_keep_a_receipt_out() -> None:
    box = inbox()
    for number in range(100):
        box.put(TOPICS.cmd, said(id=f"a{number}"), retained=False)
    box.put(TOPICS.receipt, receipt(5), retained=False)
    assert Receipt("8c1f42d0", 5) in box.take()


def test_a_command_that_comes_again_is_done_once() -> None:
    box = inbox()
    box.put(TOPICS.cmd, said(), retained=False)
    assert len(box.take()) == 1
    box.put(TOPICS.cmd, said(), retained=False)
    assert box.take() == []


def test_what_is_too_long_is_not_even_read() -> None:
    box = inbox()
    box.put(TOPICS.cmd, said(id="a" * MOST_BYTES), retained=False)
    box.put(TOPICS.receipt, receipt(5) + b" " * MOST_BYTES, retained=True)
    assert box.take() == []
    assert box.dropped == 2


def test_who_gave_an_id_is_owed_an_answer_and_no_more_than_sixteen_are() -> None:
    box = inbox()
    for number in range(30):
        box.put(TOPICS.cmd, said(id=f"a{number}", command="reboot"), retained=False)
        box.take()
    box.put(TOPICS.cmd, b"reboot", retained=False)
    box.take()
    assert [owed.id for owed in box.refusals] == [f"a{number}" for number in range(14, 30)]
    assert box.dropped == 31


@given(st.sampled_from([TOPICS.receipt, TOPICS.cmd, "else"]), st.binary() | st.text().map(str.encode))
def test_any_bytes_are_borne(topic: str, payload: bytes) -> None:
    box = inbox()
    box.put(topic, payload, retained=False)
    assert all(isinstance(word, Order | Receipt) for word in box.take())
