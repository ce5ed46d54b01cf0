"""Receipts and commands from the broker."""

from __future__ import annotations

from agent.model import StationId
from agent.publish.contract import Order
from agent.publish.mqtt.inbox import Inbox
from agent.publish.mqtt.messages import Topics
from fuzz.target import Target

_TOPICS = Topics.of("mine/v1", StationId("north", "seep-1", "8c1f42d0"))
_LARGEST = 2**63


def _inbox(data: bytes) -> None:
    """Any payload on either topic: a sound word, or nothing and perhaps an answer that JSON can carry."""
    for topic in (_TOPICS.receipt, _TOPICS.cmd):
        inbox = Inbox(_TOPICS, "office")
        inbox.put(topic, data, retained=False)
        for word in inbox.take():
            if isinstance(word, Order):
                assert 0 <= word.from_ns < word.to_ns < _LARGEST
                assert word.id.isascii()
            else:
                assert 0 <= word.seq < _LARGEST
        for owed in inbox.refusals:
            assert f"{owed.id}{owed.what}{owed.hint}".isascii()


INBOX = Target(
    _inbox,
    (
        b'{"journal": "8c1f42d0", "seq": 4711}',
        b'{"id":"a1","command":"resend","channel":"ph-3/ph","from":"2025-11-22T10:00Z","to":"2025-11-22T19:00+08"}',
    ),
    (
        b'"command": "resend"',
        b'"seq": 1e999',
        b"99999999999999999999",
        b'"9999-12-31T23:59:59-23:59"',
        b'"0001-01-01T00:00Z"',
        b'"2026-W47-7T06Z"',
        b'"\\ud800"',
        b"[" * 3000,
        b'{"a":' * 500,
        b"NaN",
        b"null",
    ),
)
