"""The certificates that outgoing connections trust."""

from __future__ import annotations

import ssl
from functools import cache

import certifi


@cache
def trusted(file: str = "") -> ssl.SSLContext:
    """Return the one TLS context of this process that trusts the certificates in a file, or those of certifi.

    To read them takes 20 ms, and each thread that sends has a client of its own.
    """
    return ssl.create_default_context(cafile=file or certifi.where())
