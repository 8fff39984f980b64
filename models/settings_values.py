"""What the value of an environment variable may be: the checks that `models/settings.py` puts together."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from models.alert_routes import Routes, parse_routes
from models.database.tls import require_verified_tls
from models.destinations.webhook_url import ADDRESS_HINT, is_webhook_url
from models.security.keys import KeyRing
from models.security.signed_webhooks import is_secret

DATABASES: Final = ("sqlite:///", "postgresql+psycopg://")
REDIS: Final = ("redis://", "rediss://", "unix://")
Network = IPv4Network | IPv6Network
PRODUCTION: Final = "production"
STAGING: Final = "staging"
DEVELOPMENT: Final = "development"
SHARED_KEYS_MISSING: Final = "missing"  # no key can be written like this

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_LOG_LEVELS: Final = ("debug", "info", "warning", "error")
_ENVIRONMENTS: Final = (DEVELOPMENT, STAGING, PRODUCTION)
_SPACE: Final = re.compile(r"spaces/[A-Za-z0-9_-]{1,240}")
_COMPANY: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.pipedrive\.com)?")
_SECRET_NAMES: Final = ("SECRET", "KEY", "TOKEN", "PASSWORD", "WEBHOOK")


def _text(fits: Callable[[str], bool], should_be: str) -> AfterValidator:
    """Check a text. The error is the rest of the line `NAME should be ...`, and repeats no secret."""

    def check(value: str, info: ValidationInfo) -> str:
        if not fits(value):
            raise ValueError(f"{should_be}, not {_shown(str(info.field_name), value)}")
        return value

    return AfterValidator(check)


def number(least: float, most: float) -> BeforeValidator:
    """Check a number. A whole number may be written as `1e3`; a fraction is cut off for a whole number."""

    def check(value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise ValueError(f"a number from {least:g} to {most:g}, not {value!r}")
        return number

    return BeforeValidator(check)


def _shown(field: str, value: str) -> str:
    """Quote a value that does not fit: never a secret, and a URL without its password."""
    if any(word in field.upper() for word in _SECRET_NAMES):
        return "what it is now"
    return repr(value.rsplit("@", 1)[-1])


def _is_origin(value: str) -> bool:
    """Accept scheme, host and port."""
    return _is_url(value) and urlsplit(value).path in {"", "/"} and not urlsplit(value).query


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:  # brackets without an IPv6 address
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _keeps_secrets(value: str) -> bool:
    """Accept URLs whose secrets nobody on the way reads: https, or a server on this machine."""
    if not _is_url(value) or not value.isprintable() or " " in value:
        return False
    parts = urlsplit(value)
    return not parts.username and (parts.scheme == "https" or parts.hostname in _LOOPBACK)


def parse_keys(value: str) -> KeyRing:
    if value == SHARED_KEYS_MISSING:
        raise ValueError(
            "set where DATABASE_URL names PostgreSQL: every process needs the same keys. Make one with "
            """`python -c "import base64, os; print('k1:' + base64.b64encode(os.urandom(32)).decode())"`"""
        )
    try:
        return KeyRing.parse(value)
    except ValueError as error:
        raise ValueError(f"kid:base64key[,kid:base64key...]: {error}") from error


def split_hosts(value: str) -> tuple[str, ...]:
    return tuple(value.lower().replace(",", " ").split())


def parse_networks(value: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(each) for each in split_hosts(value))
    except ValueError as wrong:
        raise ValueError(f"ranges of addresses by comma, like 10.1.0.0/16, not {value[:80]!r}") from wrong


def parse_spaces(value: str) -> frozenset[str]:
    spaces = frozenset(value.replace(",", " ").split())
    if strange := [each for each in spaces if not _SPACE.fullmatch(each)]:
        raise ValueError(f"spaces by comma, like spaces/AAAA, spaces/BBBB, not {min(strange)[:80]!r}")
    return spaces


def parse_companies(value: str) -> frozenset[str]:
    """Return ids as they are and domains as hosts: `acme` is `acme.pipedrive.com`."""
    given = frozenset(split_hosts(value))
    if strange := [each for each in given if not _COMPANY.fullmatch(each)]:
        raise ValueError(
            "Pipedrive companies by comma, each by its id or its domain, like 12345, acme.pipedrive.com, "
            f"not {min(strange)[:80]!r}"
        )
    return frozenset(each if each.isdecimal() or "." in each else f"{each}.pipedrive.com" for each in given)


def check_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Accept exact origins: no path, no wildcard."""
    for origin in origins:
        if not _is_origin(origin) or origin.endswith("/") or "*" in origin:
            raise ValueError(f"origins like https://app.example.com, by comma, not {origin!r}")
    return origins


def parse_secrets(value: str) -> tuple[str, ...]:
    if not all(map(is_secret, secrets := tuple(value.replace(",", " ").split()))):
        raise ValueError("whsec_ and 24 to 64 random bytes in base64, by comma, not what it is now")
    return secrets


Whole = BeforeValidator(int)  # runs after `number`: the last BeforeValidator of a list is the first to run
Lower = AfterValidator(str.lower)
Origin = Annotated[
    str,
    _text(_is_origin, "scheme, host and port without a path, like https://example.com"),
    AfterValidator(lambda value: value.rstrip("/")),
]
Url = Annotated[str, _text(_is_url, "an http(s) URL")]
Audience = Annotated[str, _text(lambda value: value.isdecimal() or _is_url(value), "a URL or digits")]
DatabaseUrl = Annotated[
    str,
    _text(lambda value: value.startswith(DATABASES), "sqlite:///... or postgresql+psycopg://..."),
    AfterValidator(require_verified_tls),
]
RedisUrl = Annotated[
    str,
    _text(lambda value: value.startswith(REDIS), "redis://..., rediss://... or unix://..."),
]
SmtpUrl = Annotated[
    str,
    _text(
        lambda value: value.startswith(("smtp://", "smtps://")) and bool(urlsplit(value).hostname),
        "smtp://[user:password@]host[:port] or smtps://...",
    ),
]
SentryDsn = Annotated[
    str,
    _text(
        lambda value: re.fullmatch(r"https?://[^@/\s]+@[^/\s]+/(?:[^\s]+/)?\d+", value) is not None,
        "https://KEY@HOST/PROJECT, as Sentry shows it",
    ),
]
AlertUrl = Annotated[str, _text(_keeps_secrets, "an https URL without user and password")]
RoutingKey = Annotated[
    str,
    _text(
        lambda value: re.fullmatch(r"[A-Za-z0-9_-]+", value) is not None,
        "an integration key, as PagerDuty shows it",
    ),
]
AlertRoutes = Annotated[Routes, BeforeValidator(parse_routes)]
ChatWebhook = Annotated[str, _text(is_webhook_url, ADDRESS_HINT)]
Email = Annotated[str, _text(lambda value: "@" in value and value.isprintable(), "an e-mail address"), Lower]
LogLevel = Annotated[
    str, _text(lambda value: value.lower() in _LOG_LEVELS, "one of " + ", ".join(_LOG_LEVELS)), Lower
]
AppEnv = Annotated[
    str, _text(lambda value: value.lower() in _ENVIRONMENTS, "development, staging or production"), Lower
]
SignUp = Annotated[str, _text(lambda value: value.lower() in {"open", "invited"}, "open or invited"), Lower]
