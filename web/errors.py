"""Errors as HTML pages for browsers, as JSON for all other clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import g, render_template, request

from models.clock import now


def wants_page() -> bool:
    """Return whether the client is a browser: it prefers HTML to JSON. Below /api everybody gets JSON."""
    asked = request.accept_mimetypes
    prefers_html = asked.quality("text/html") > asked.quality("application/json")
    return prefers_html and not request.path.startswith("/api/")


def error_page(status: int, words: str) -> str:
    """Return the page that explains an error, with the id that finds it in the logs."""
    title = HTTPStatus(status).phrase
    return render_template(
        "trouble.html", status=status, title=title, words=words, number=g.get("request_id")
    )


def error_body(
    words: str, code: str, details: Sequence[Mapping[str, Any]] | Mapping[str, Any] = ()
) -> dict[str, Any]:
    """Return the error envelope that all JSON responses share.

    `details` are `{"field", "message"}` of what does not fit: one, or a list of them.
    """
    return {
        "success": False,
        "error": words,
        "details": details if isinstance(details, Mapping) else list(details),
        "code": code,
        "timestamp": now().isoformat(),
        "request_id": g.get("request_id", ""),
    }
