"""Closes what only the end of a process closes, for tests that end before it."""

from __future__ import annotations

from flask import Flask

from jobs.channels import ChatClients
from web.app import CHAT_TOKENS
from web.connections.flow import PIPEDRIVE


def close_clients(clients: ChatClients) -> None:
    """Close the connections that this thread has opened to Chat."""
    http = getattr(clients.chat._threads, "http", None)
    for client in (http, getattr(clients.chat_webhook._threads, "client", None)):
        if client is not None:
            client.close()
    if clients.chat._messages is not None:
        clients.chat._messages._http.close()


def close_app(app: Flask) -> None:
    """Close the connections that an app has opened to Google and Pipedrive."""
    app.extensions[CHAT_TOKENS]._chat._client.close()
    app.extensions[PIPEDRIVE].close()
