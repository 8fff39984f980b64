"""A mail server for tests: speaks SMTP, keeps what it takes, and refuses what it is told to."""

from __future__ import annotations

import socketserver
import ssl
import threading
import time
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from tests.jobs.to_servers.dripping import EVERY_S, FOR_S

DRIPS = "drips"
POLL_S = 0.02  # so that `close` takes no longer


class MailServer:
    """Listens on loopback, by TLS if `tls` says how.

    `answers` maps a command (`RCPT`, `DATA`, `.` for the mail, nothing for the greeting) to what it says:
    DRIPS for a line that never ends.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._scheme = "smtps" if tls else "smtp"
        self.answers: dict[str, str] = {}
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk, bind_and_activate=False)
        self._server.daemon_threads = True
        self._server.mails = self  # type: ignore[attr-defined]
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._server.server_bind()
        self._server.server_activate()
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        owner: MailServer = self.server.mails  # type: ignore[attr-defined]
        self._say(owner.answers.get("", "220 ready"))
        while line := self.rfile.readline():
            command = line.split(b" ")[0].strip().upper().decode()
            if command == "QUIT":
                self._say(owner.answers.get(command, "221 bye"))
                return
            if command == "DATA" and "DATA" not in owner.answers:
                self._take(owner)
            else:
                self._say(owner.answers.get(command, "250 fine"))

    def _take(self, owner: MailServer) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        answer = owner.answers.get(".", "250 taken")
        if answer.startswith("250"):
            owner.raw.append(b"".join(lines))
            mail: Any = message_from_bytes(owner.raw[-1], policy=policy.default)
            owner.mails.append(mail)
        self._say(answer)

    def _say(self, line: str) -> None:
        if line == DRIPS:
            with suppress(OSError):
                for _ in range(int(FOR_S / EVERY_S)):
                    self.wfile.write(b"2")
                    time.sleep(EVERY_S)
        self.wfile.write(f"{line}\r\n".encode())
