"""A web part that answers what a test has set, to see what the smoke check makes of it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Answer = tuple[int, Any]
WELL: dict[str, Answer] = {
    "/health/live": (200, {"status": "alive"}),
    "/health/ready": (200, {"status": "ready"}),
    "/health": (200, {"status": "healthy", "version": "1.2.3", "services": {"redis": {"status": "healthy"}}}),
}


class HealthServer:
    """Answers `answers` by their path, after it has answered 503 to everything `starting` times.

    A body is sent as JSON, bytes as they are; a code of 300 to 399 leads to its body.
    """

    def __init__(self, answers: dict[str, Answer], starting: int = 0) -> None:
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                code, body = answers[self.path] if len(server.asked) > starting else (503, b"")
                self.send_response(code)
                if 300 <= code < 400:
                    self.send_header("Location", str(body))
                    body = b""
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
