"""TLS to PostgreSQL: everything but this machine is reached by a connection whose certificate is checked.

Facts: https://www.postgresql.org/docs/current/libpq-ssl.html (without `sslmode`, libpq checks no certificate,
and goes on without TLS where the server has none).
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

import certifi
from sqlalchemy import URL, make_url

VERIFIED: Final = ("verify-full", "verify-ca")


class UnverifiedServer(ValueError):
    """The URL asks for a server elsewhere without checking its certificate; the text says what to do."""


def with_verified_tls(url: URL | str) -> URL:
    """Return the URL of a PostgreSQL server so that its certificate is checked, usually by certifi's roots.

    Unix sockets and loopback addresses need no TLS. Raises UnverifiedServer if the URL asks for less.
    """
    parsed = make_url(url)
    query = {key: value if isinstance(value, str) else value[-1] for key, value in parsed.query.items()}
    if all(_is_here(host) for host in _hosts(parsed)):
        return parsed
    mode = query.get("sslmode")
    if mode not in (None, *VERIFIED):
        raise UnverifiedServer(
            f"with sslmode=verify-full (or none) for a server on another machine, not {mode!r}: its "
            "certificate must be checked. sslrootcert=FILE names a CA of your own"
        )
    defaults = {"sslmode": VERIFIED[0], "sslrootcert": certifi.where()}
    return parsed.update_query_dict({key: value for key, value in defaults.items() if key not in query})


def require_verified_tls(url: str) -> str:
    """Return the URL of a database as it is. Raises UnverifiedServer as `with_verified_tls` does."""
    if not url.startswith("sqlite"):
        with_verified_tls(url)
    return url


def _hosts(url: URL) -> list[str]:
    given = url.query.get("host", ())
    named = [given] if isinstance(given, str) else list(given)
    return [host for each in (*named, url.host or "") for host in each.split(",") if host]


def _is_here(host: str) -> bool:
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
