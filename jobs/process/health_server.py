"""A small HTTP server beside a worker, for platforms that run only what answers HTTP.

App Engine sends `GET /_ah/start` to an instance of manual or basic scaling, and considers it started when
that is answered (https://cloud.google.com/appengine/docs/standard/how-instances-are-managed).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

PATHS: Final = ("/_ah/start", "/_ah/stop", "/_ah/health", "/health/live")


class HealthServer:
    """Answers 200 on a few paths while `is_alive` returns True, 503 when it no longer does, 404 elsewhere."""

    def __init__(self, host: str, port: int, is_alive: Callable[[], bool]) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler_class(is_alive))
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="health-server", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler_class(is_alive: Callable[[], bool]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # an idle connection is closed

        def do_GET(self) -> None:
            status = 404 if self.path.partition("?")[0] not in PATHS else 200 if is_alive() else 503
            body = b'{"status":"alive"}' if status == 200 else b'{"status":"not here"}'
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def version_string(self) -> str:
            return "Pipenotify"

        def log_message(self, *_: Any) -> None:
            """Log nothing: probes come every few seconds."""

    return Handler
