"""Who may read what is only for operators: from this machine, or with METRICS_TOKEN."""

from __future__ import annotations

import hmac

from flask import Response, jsonify, request

from web.errors import error_body
from web.security.hosts import is_loopback


def may_read(token: str | None) -> bool:
    """Return whether this request comes from loopback, through no proxy, or has the token."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    if token is not None and hmac.compare_digest(given, token.encode()):
        return True
    came_by_proxy = "X-Forwarded-For" in request.headers
    return is_loopback(request.remote_addr or "") and not came_by_proxy


def refusal() -> tuple[Response, int]:
    """Return the answer to everybody else."""
    return jsonify(error_body("METRICS_TOKEN as bearer is needed", "UNAUTHORIZED")), 401
