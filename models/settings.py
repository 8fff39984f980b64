"""The environment variables that Pipenotify reads: their defaults and their checks.

docs/settings.md says what each is for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from models.database.tls import require_verified_tls
from models.destinations.webhook_url import ADDRESS_HINT, is_webhook_url
from models.errors import InvalidSettings
from models.events.day_limits import DayLimits
from models.security.keys import KeyRing, generated_keys
from models.security.signed_webhooks import is_secret

CHAT_API_URL: Final = "https://chat.googleapis.com"
PIPEDRIVE_OAUTH_URL: Final = "https://oauth.pipedrive.com"
GOOGLE_OAUTH_URL: Final = "https://accounts.google.com"
DATABASES: Final = ("sqlite:///", "postgresql+psycopg://")
REDIS: Final = ("redis://", "rediss://", "unix://")
MOST_DAYS: Final = 36_500
DATA: Final = Path(".data")
Network = IPv4Network | IPv6Network
SHARED_KEYS_MISSING: Final = "missing"  # no key can be written like this

_LOG_LEVELS: Final = ("debug", "info", "warning", "error")
_SECRET_NAMES: Final = ("SECRET", "KEY", "TOKEN", "PASSWORD", "WEBHOOK")


def _text(fits: Callable[[str], bool], should_be: str) -> AfterValidator:
    """Check a text. The error is the rest of the line `NAME should be ...`, and repeats no secret."""

    def check(value: str, info: ValidationInfo) -> str:
        if not fits(value):
            raise ValueError(f"{should_be}, not {_shown(str(info.field_name), value)}")
        return value

    return AfterValidator(check)


def _number(least: float, most: float) -> BeforeValidator:
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


def _parse_keys(value: str) -> KeyRing:
    if value == SHARED_KEYS_MISSING:
        raise ValueError(
            "set where DATABASE_URL names PostgreSQL: every process needs the same keys. Make one with "
            """`python -c "import base64, os; print('k1:' + base64.b64encode(os.urandom(32)).decode())"`"""
        )
    try:
        return KeyRing.parse(value)
    except ValueError as error:
        raise ValueError(f"kid:base64key[,kid:base64key...]: {error}") from error


def _split_hosts(value: str) -> tuple[str, ...]:
    return tuple(value.lower().replace(",", " ").split())


def _parse_networks(value: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(each) for each in _split_hosts(value))
    except ValueError as wrong:
        raise ValueError(f"ranges of addresses by comma, like 10.1.0.0/16, not {value[:80]!r}") from wrong


def _check_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Accept exact origins: no path, no wildcard."""
    for origin in origins:
        if not _is_origin(origin) or origin.endswith("/") or "*" in origin:
            raise ValueError(f"origins like https://app.example.com, by comma, not {origin!r}")
    return origins


def _parse_secrets(value: str) -> tuple[str, ...]:
    if not all(map(is_secret, secrets := tuple(value.replace(",", " ").split()))):
        raise ValueError("whsec_ and 24 to 64 random bytes in base64, by comma, not what it is now")
    return secrets


_Whole = BeforeValidator(int)  # runs after `_number`: the last BeforeValidator of a list is the first to run
_Lower = AfterValidator(str.lower)
_Origin = Annotated[
    str,
    _text(_is_origin, "scheme, host and port without a path, like https://example.com"),
    AfterValidator(lambda value: value.rstrip("/")),
]
_Url = Annotated[str, _text(_is_url, "an http(s) URL")]
_Audience = Annotated[str, _text(lambda value: value.isdecimal() or _is_url(value), "a URL or digits")]
_DatabaseUrl = Annotated[
    str,
    _text(lambda value: value.startswith(DATABASES), "sqlite:///... or postgresql+psycopg://..."),
    AfterValidator(require_verified_tls),
]
_RedisUrl = Annotated[
    str,
    _text(lambda value: value.startswith(REDIS), "redis://..., rediss://... or unix://..."),
]
_SmtpUrl = Annotated[
    str,
    _text(
        lambda value: value.startswith(("smtp://", "smtps://")) and bool(urlsplit(value).hostname),
        "smtp://[user:password@]host[:port] or smtps://...",
    ),
]
_SentryDsn = Annotated[
    str,
    _text(
        lambda value: re.fullmatch(r"https?://[^@/\s]+@[^/\s]+/(?:[^\s]+/)?\d+", value) is not None,
        "https://KEY@HOST/PROJECT, as Sentry shows it",
    ),
]
_ChatWebhook = Annotated[str, _text(is_webhook_url, ADDRESS_HINT)]
_Email = Annotated[
    str, _text(lambda value: "@" in value and value.isprintable(), "an e-mail address"), _Lower
]
_LogLevel = Annotated[
    str, _text(lambda value: value.lower() in _LOG_LEVELS, "one of " + ", ".join(_LOG_LEVELS)), _Lower
]
_SignUp = Annotated[str, _text(lambda value: value.lower() in {"open", "invited"}, "open or invited"), _Lower]


class Settings(BaseSettings):
    """The settings of this process. Every field is the variable of the same name in capitals."""

    model_config = SettingsConfigDict(
        alias_generator=str.upper,
        case_sensitive=True,
        enable_decoding=False,  # lists and keys are not written as JSON
        validate_default=False,
        hide_input_in_errors=True,
        frozen=True,
    )

    pipenotify_data: Annotated[Path, AfterValidator(Path.absolute)] = Field(default_factory=DATA.absolute)
    host: str = "127.0.0.1"
    port: Annotated[int, _Whole, _number(0, 65535)] = 8080
    base_url: _Origin = Field(default_factory=lambda known: f"http://{known['host']}:{known['port']}")
    encryption_keys: Annotated[KeyRing, BeforeValidator(_parse_keys)] = Field(
        default_factory=lambda known: generated_keys(known["pipenotify_data"]), repr=False
    )
    secret_key: bytes = Field(
        default_factory=lambda known: known["encryption_keys"].signing_key(), repr=False
    )
    database_url: _DatabaseUrl = Field(
        default_factory=lambda known: f"sqlite:///{known['pipenotify_data'] / 'pipenotify.db'}", repr=False
    )
    redis_url: _RedisUrl | None = Field(default=None, repr=False)

    pipedrive_client_id: str | None = None
    pipedrive_client_secret: str | None = Field(default=None, repr=False)
    pipedrive_oauth_url: _Origin = PIPEDRIVE_OAUTH_URL
    pipedrive_api_url: _Origin | None = None
    pipedrive_daily_tokens: Annotated[int, _Whole, _number(100, 100_000_000)] = 20_000

    chat_audience: _Audience = Field(default_factory=lambda known: f"{known['base_url']}/chat/events")
    chat_certs_url: _Url | None = None
    chat_api_url: _Origin | None = None
    chat_addon_email: _Email | None = None
    chat_project_writes_per_minute: Annotated[int, _Whole, _number(1, 100_000_000)] = 3000
    chat_space_writes_per_second: Annotated[float, _number(0.001, 1_000_000)] = 1

    google_application_credentials: str | None = None
    google_client_id: str | None = None
    google_client_secret: str | None = Field(default=None, repr=False)
    google_oauth_url: _Origin = GOOGLE_OAUTH_URL

    sign_up: _SignUp = "open"
    bootstrap_admin: Annotated[str, _Lower] | None = None
    proxy_hops: Annotated[int, _Whole, _number(0, 10)] = 0
    cors_origins: Annotated[
        tuple[str, ...], AfterValidator(_check_origins), BeforeValidator(_split_hosts)
    ] = ()
    trusted_hosts: Annotated[tuple[str, ...], BeforeValidator(_split_hosts)] = ()

    sentry_dsn: _SentryDsn | None = Field(default=None, repr=False)
    alert_webhook: _ChatWebhook | None = Field(default=None, repr=False)
    alert_email: _Email | None = None
    alert_from: _Email | None = None
    smtp_url: _SmtpUrl = Field(default="smtp://127.0.0.1:25", repr=False)
    mail_from: _Email | None = None
    notification_mails_per_hour: Annotated[int, _Whole, _number(2, 1000)] = 50
    webhook_allowed_ranges: Annotated[tuple[Network, ...], BeforeValidator(_parse_networks)] = ()
    synthetic_every_minutes: Annotated[int, _Whole, _number(0, 1440)] = 0
    metrics_token: str | None = Field(default=None, repr=False)
    plan_events_secret: Annotated[tuple[str, ...], BeforeValidator(_parse_secrets)] = Field((), repr=False)
    log_level: _LogLevel = "info"
    send_threads: Annotated[int, _Whole, _number(1, 512)] = 48
    delivery_processes: Annotated[int, _Whole, _number(1, 64)] = min(2, os.cpu_count() or 1)
    keep_days: Annotated[int, _Whole, _number(1, MOST_DAYS)] = 90
    tenant_events_per_day: Annotated[int, _Whole, _number(1, 1_000_000_000)] = 1_000_000
    tenant_mb_per_day: Annotated[int, _Whole, _number(1, 1_000_000)] = 1024
    sweep_every_s: Annotated[float, _number(0.05, 60)] = 2
    rules_fresh_s: Annotated[float, _number(0, 60)] = 1
    credentials_fresh_s: Annotated[float, _number(0.05, 60)] = 1.8

    @property
    def chat_events_url(self) -> str:
        """The URL where Google Chat posts interactions, and that every button of a card calls."""
        return f"{self.base_url}/chat/events"

    @property
    def day_limits(self) -> DayLimits:
        """How much of one tenant is stored a day: the rest is counted, and its admins are told."""
        return DayLimits(self.tenant_events_per_day, self.tenant_mb_per_day * 1024 * 1024)

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


class _Variables(EnvSettingsSource):
    """Takes the variables of `Settings` from any mapping. What is blank counts as unset."""

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(Settings)
        given = {name: value.strip() for name, value in env.items() if value.strip()}
        is_shared = given.get("DATABASE_URL", "").startswith("postgresql")
        self.env_vars = {"ENCRYPTION_KEYS": SHARED_KEYS_MISSING} | given if is_shared else given


def from_env(env: Mapping[str, str] = os.environ) -> Settings:
    """Read and check every variable.

    Raises InvalidSettings with one line per wrong variable, all at once.
    """
    try:
        return Settings(_build_sources=((_Variables(env),), {}))  # this source alone
    except ValidationError as error:
        problems = _problems(error)
    except OSError as error:  # the keys are kept in the data folder
        reason = (error.strerror or "it cannot be used").lower()
        problems = [f"PIPENOTIFY_DATA should be a folder to write in, not {data_folder(env)}: {reason}"]
    raise InvalidSettings(problems)  # outside, so that no traceback shows what pydantic was given


def data_folder(env: Mapping[str, str] = os.environ) -> Path:
    """Return the data folder, whether or not it can be used."""
    return Path(env.get("PIPENOTIFY_DATA", "").strip() or DATA).absolute()


def _problems(error: ValidationError) -> list[str]:
    """Return `NAME should be ...` per wrong variable, without the defaults that depend on it."""
    problems = (each for each in error.errors() if each["type"] != "default_factory_not_called")
    return [
        f"{each['loc'][0]} should be {each.get('ctx', {}).get('error', 'text in UTF-8')}" for each in problems
    ]


def environment_with(changes: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of this process with some changed, for a child process."""
    return {**os.environ, **changes}


def variables() -> list[str]:
    """Name every variable this program reads, as the docs list them."""
    return [name.upper() for name in Settings.model_fields]
