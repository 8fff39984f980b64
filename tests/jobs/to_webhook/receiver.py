"""A receiver of outgoing webhooks for tests: keeps what it gets, and answers as it is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

POLL_S = 0.02  # so that `close` takes no longer


@dataclass(frozen=True, slots=True)
class Call:
    """One call, its headers in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Listens on loopback."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.answers = threading.Event()  # while it is cleared, calls wait
        self.answers.set()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                named = {key.lower(): value for key, value in self.headers.items()}
                owner.calls.append(Call(self.path, named, body))
                owner.answers.wait(20)
                self.send_response(owner.status)
                for key, value in owner.headers.items():
                    self.send_header(key, value)
                self.end_headers()

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/hook?of=us"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
