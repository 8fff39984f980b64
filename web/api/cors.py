"""Which pages of other sites may call REST from a browser: those of CORS_ORIGINS, else none."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from flask import Response, request

ALLOWED: Final = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, "
    "X-Request-ID",
    "Access-Control-Expose-Headers": "ETag, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, "
    "X-RateLimit-Reset, X-Request-ID",
    "Access-Control-Max-Age": "600",
}


def allow_origin(response: Response, origins: Collection[str]) -> None:
    """Let the asking page read an answer if its origin is one of these. Cookies are never taken."""
    if not origins:
        return
    response.vary.add("Origin")
    origin = request.headers.get("Origin", "")
    if origin in origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers.update(ALLOWED)
