"""Closes what only the end of a process closes, for tests that end before it."""

from __future__ import annotations

from jobs.channels import ChatClients


def close_clients(clients: ChatClients) -> None:
    """Close the connections that this thread has opened to Chat."""
    http = getattr(clients.chat._threads, "http", None)
    for client in (http, getattr(clients.chat_webhook._threads, "client", None)):
        if client is not None:
            client.close()
    if clients.chat._messages is not None:
        clients.chat._messages._http.close()
