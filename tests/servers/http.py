"""The few HTTP calls that tests make to look at what a database holds."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode


def call(port: int, method: str, path: str, body: str = "", **query: str) -> tuple[int, str]:
    """Status and body of one request to a loopback port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, f"{path}?{urlencode(query)}" if query else path, body.encode())
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def answers(port: int, path: str) -> bool:
    """Whether a GET of `path` gives 200 or 204 already."""
    try:
        return call(port, "GET", path)[0] in {200, 204}
    except OSError:
        return False


def json_call(port: int, method: str, path: str, **query: str) -> Any:
    """Decoded body of one request that must succeed."""
    status, body = call(port, method, path, **query)
    assert status == 200, f"{method} {path}: {status} {body}"
    return json.loads(body)
