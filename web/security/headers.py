"""Security headers, on every response that did not set its own.

HSTS is not for preload: that list is for a whole registered domain and hard to leave, so whoever runs this
service decides on it, at their proxy.
"""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from models.settings import Settings

POLICY: Final = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
    "script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:"
)
ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "0",  # the filters of old browsers could be turned against a page; the policy does it
    "Referrer-Policy": "no-referrer",  # a URL may hold the secret of a connect link
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Server": "web",  # not which program, whose known holes somebody may look up
}
# Of answers to programs that come from before Flask, as to webhooks.
PLAIN: Final = (
    *ALWAYS.items(),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
)
# Google Chat's pages load the app's avatar.
SHOWN_ELSEWHERE: Final = ("/static/avatar.png",)
HSTS: Final = f"max-age={365 * 24 * 3600}; includeSubDomains"
KEEPS_A_COPY: Final = ("/static", "/playground/static")


def headers_of_tls(settings: Settings) -> list[tuple[str, str]]:
    """Return what is added to every response where people reach us by TLS; else nothing."""
    has_tls = urlsplit(settings.base_url).scheme == "https"
    return [("Strict-Transport-Security", HSTS)] if has_tls else []


def harden(app: Flask, settings: Settings) -> None:
    """Add these headers to every response of an app, and `csp_nonce()` to its templates."""
    of_tls = headers_of_tls(settings)

    @app.after_request
    def _headers(response: Response) -> Response:
        kept = response.headers
        for name, value in ALWAYS.items():
            kept.setdefault(name, value)
        kept.setdefault("Content-Security-Policy", POLICY.format(nonce=csp_nonce()))
        kept.setdefault("X-Request-ID", g.get("request_id", ""))
        for name, value in of_tls:
            kept.setdefault(name, value)
        if request.path in SHOWN_ELSEWHERE:
            kept["Cross-Origin-Resource-Policy"] = "cross-origin"
        if not request.path.startswith(KEEPS_A_COPY):
            kept.setdefault("Cache-Control", "no-store")
        return response

    app.add_template_global(csp_nonce)


def csp_nonce() -> str:
    """Return the nonce that scripts of this response need; each response has its own."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce
