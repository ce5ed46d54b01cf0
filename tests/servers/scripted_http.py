"""An HTTP server that gives the answers of a script, one per request, and remembers what it was asked."""

from __future__ import annotations

import gzip
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


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
    """Serves `script` in order, then 204 for ever; encrypted when it has a `certificate` and its key."""

    def __init__(self, *script: Reply, certificate: tuple[Path, Path] | None = None) -> None:
        self.requests: list[Request] = []
        self._script = list(script)
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # The handshake is the handler thread's: a client that hangs up in it must not stop the server.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.port}"
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
                if headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                reply = answer(Request(self.path, headers, body.decode()))
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
