"""An HTTP server that gives the answers of a script, one per request, and remembers what it was asked."""

from __future__ import annotations

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Reply(NamedTuple):
    """One scripted answer. `hang` says nothing until the server is closed."""

    status: int = 204
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    hang: bool = False


class Request(NamedTuple):
    """What came: path with query, headers in lower case, unpacked body."""

    path: str
    headers: dict[str, str]
    body: str


class ScriptedHttp:
    """Serves `script` in order, then 204 for ever."""

    def __init__(self, *script: Reply) -> None:
        self.requests: list[Request] = []
        self._script = list(script)
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the server and every hanging answer."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _answer(self, request: Request) -> Reply:
        self.requests.append(request)
        reply = self._script.pop(0) if self._script else Reply()
        if reply.hang:
            self._closing.wait(60)
        return reply

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = answer(Request(self.path, headers, gzip.decompress(body).decode()))
                if reply.hang:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        return Handler
