"""Closes what only the end of a process closes, for tests that end before it."""

from __future__ import annotations

from jobs.channels import ChatClients
from jobs.to_chat.api import ChatApi


def close_clients(clients: ChatClients) -> None:
    """Close the connections that this thread has opened to Chat."""
    http = getattr(clients.chat._threads, "http", None)
    for client in (http, getattr(clients.chat_webhook._threads, "client", None)):
        if client is not None:
            client.close()
    close_api(clients.chat)


def close_api(api: ChatApi) -> None:
    """Close the connection by which a client of Chat would read the description of its API."""
    if api._messages is not None:
        api._messages._http.close()
