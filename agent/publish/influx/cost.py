"""Roughly what a request and its answer cost on the network. Pure.

The HTTP client does not show its socket, so segments and headers are counted as they usually are. Not in it:
making the connection and TLS, about 5 kB each time that the server has closed it.
"""

from __future__ import annotations

_SEGMENT_BYTES = 1400  # of content
_SEGMENT_HEADER_BYTES = 52  # IPv4 and TCP with time stamps
_REQUEST_HEADER_BYTES = 300
_ANSWER_HEADER_BYTES = 200


def cost_bytes(request_bytes: int, answer_bytes: int) -> int:
    """Both ways, for bodies of so many bytes: content, HTTP headers, segments and their acknowledgements."""
    there = request_bytes + _REQUEST_HEADER_BYTES
    back = answer_bytes + _ANSWER_HEADER_BYTES
    segments = -(-there // _SEGMENT_BYTES) + -(-back // _SEGMENT_BYTES)
    acknowledgements = (segments + 1) // 2
    return there + back + (segments + acknowledgements) * _SEGMENT_HEADER_BYTES
