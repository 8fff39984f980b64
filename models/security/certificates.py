"""The certificates that outgoing connections trust."""

from __future__ import annotations

import ssl
from functools import cache

import certifi


@cache
def trusted() -> ssl.SSLContext:
    """Return the TLS context of all HTTP clients of this process.

    To read the certificates takes 20 ms, and each thread that sends has a client of its own. Nothing in the
    environment changes whom we trust.
    """
    return ssl.create_default_context(cafile=certifi.where())
