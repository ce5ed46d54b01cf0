"""What the far side may say to us: receipts, and orders to send something again. Pure.

    {root}/receipt   {"journal": ID, "seq": N}
    {root}/cmd       {"id": ..., "command": "resend", "channel": "ph-3/ph", "from": TIME, "to": TIME}

Everybody who may write to the broker may write this, so every byte of it is doubted.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.publish.contract import Order, Receipt

MOST_BYTES = 4096  # of one message
_LARGEST = 2**63 - 1  # what the journal can number, and the last ns it can name
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}/[a-z0-9_]{1,62}")
_KEYS = frozenset({"id", "command", "channel", "from", "to"})
_EXAMPLE = (
    '{"id": "a1", "command": "resend", "channel": "ph-3/ph", "from": "2026-11-22T06:00:00Z",'
    ' "to": "2026-11-22T07:00:00Z"}; channel may be left out'
)


class UnreadableError(Exception):
    """This is neither a receipt nor an order. `id` is the asker's, "" when it gave none that can be used."""

    def __init__(self, what: str, hint: str = "", asker: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.id = asker


def read_receipt(payload: bytes) -> Receipt:
    """Raises UnreadableError. Keys that we do not know are the ingest side's own business."""
    said = _table(payload)
    journal, seq = said.get("journal"), said.get("seq")
    if not isinstance(journal, str) or _ID.fullmatch(journal) is None:
        raise UnreadableError("a receipt without the id of a journal")
    if type(seq) is not int or not 0 <= seq <= _LARGEST:
        raise UnreadableError("a receipt without a sequence number")
    return Receipt(journal, seq)


def read_order(payload: bytes) -> Order:
    """Raises UnreadableError."""
    said = _table(payload)
    asker = said.get("id")
    if not isinstance(asker, str) or _ID.fullmatch(asker) is None:
        raise UnreadableError("a command without an id", _EXAMPLE)
    try:
        return _order(asker, said)
    except UnreadableError as error:
        raise UnreadableError(error.what, error.hint or _EXAMPLE, asker) from error


def _order(asker: str, said: dict[str, Any]) -> Order:
    if said.get("command") != "resend":
        raise UnreadableError("no such command", f"the only one is resend: {_EXAMPLE}")
    if not said.keys() <= _KEYS:
        # A misspelt `channel` would otherwise send everything again.
        raise UnreadableError("a key that no command has")
    channel = said.get("channel")
    if channel is not None and not (isinstance(channel, str) and _CHANNEL.fullmatch(channel)):
        raise UnreadableError("channel is not of the form SENSOR/QUANTITY")
    from_ns, to_ns = _ns(said, "from"), _ns(said, "to")
    if from_ns >= to_ns:
        raise UnreadableError("from is not before to")
    return Order(asker, channel, from_ns, to_ns)


def _ns(said: dict[str, Any], key: str) -> int:
    text = said.get(key)
    if not isinstance(text, str):
        raise UnreadableError(f"{key} is missing, or not a time in quotes")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UnreadableError(f"{key} is not a time") from None
    if at.tzinfo is None:
        raise UnreadableError(f"{key} does not say which time zone", "write Z for UTC: 2026-11-22T06:00:00Z")
    ns = (at - _EPOCH) // timedelta(microseconds=1) * 1000
    if not 0 <= ns <= _LARGEST:
        raise UnreadableError(f"{key} is outside 1970 to 2262")
    return ns


def _table(payload: bytes) -> dict[str, Any]:
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        raise UnreadableError("not JSON") from None
    if not isinstance(said, dict):
        raise UnreadableError("not a JSON object")
    return said
