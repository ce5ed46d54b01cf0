"""Signing a webhook so that its receiver knows who sent it: the Standard Webhooks specification. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hmac

_PREFIX = "whsec_"
_FEWEST_BYTES = 24


def key_of(secret: str) -> bytes:
    """The key behind `whsec_BASE64`; the prefix may be missing. Raises ValueError, never with the secret."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = None
    if key is None:
        raise ValueError("it is not base64")  # out here: a cause would carry the secret along
    if len(key) < _FEWEST_BYTES:
        raise ValueError(f"it is shorter than {_FEWEST_BYTES} bytes")
    return key


def signed(key: bytes, message_id: str, wall_s: int, body: bytes) -> dict[str, str]:
    """The three headers. `wall_s` is when this attempt is made, s since 1970 UTC."""
    content = f"{message_id}.{wall_s}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, content, "sha256")).decode("ascii")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(wall_s),
        "webhook-signature": f"v1,{signature}",
    }
