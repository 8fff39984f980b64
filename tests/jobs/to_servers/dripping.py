"""A server that begins an answer and goes on with a byte now and then."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

EVERY_S = 0.05
FOR_S = 10.0  # as long as a test waits that finds no limit
LIMIT_S = 0.3
MOST_S = 5.0  # for what has a limit of LIMIT_S, on a busy machine
HEADERS = b"HTTP/1.1 200 OK\r\nX-Slow: "
BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
CHUNK_SIZE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@contextmanager
def dripping(beginning: bytes) -> Iterator[str]:
    """Answer everybody with `beginning` and then with single bytes; yield the server's URL."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            with suppress(OSError):
                self.request.sendall(beginning)
                for _ in range(int(FOR_S / EVERY_S)):
                    self.request.sendall(b"0")
                    if over.wait(EVERY_S):
                        return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        over.set()
        server.shutdown()
