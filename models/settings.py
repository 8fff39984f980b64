"""Reads the environment: every variable, its meaning, its default and its check."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from models.errors import InvalidSettings
from models.security.keys import KeyRing, generated_keys

CHAT_API_URL: Final = "https://chat.googleapis.com"
PIPEDRIVE_OAUTH_URL: Final = "https://oauth.pipedrive.com"
GOOGLE_OAUTH_URL: Final = "https://accounts.google.com"
MOST_DAYS: Final = 36_500


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of this process. Every field is the variable of the same name in capitals."""

    pipenotify_data: Path
    host: str
    port: int
    database_url: str
    redis_url: str | None
    base_url: str
    secret_key: bytes
    encryption_keys: KeyRing
    pipedrive_client_id: str | None
    pipedrive_client_secret: str | None
    pipedrive_oauth_url: str
    pipedrive_api_url: str | None
    chat_audience: str
    chat_certs_url: str | None
    chat_api_url: str | None
    chat_addon_email: str | None
    chat_project_writes_per_minute: int
    chat_space_writes_per_second: float
    google_application_credentials: str | None
    google_client_id: str | None
    google_client_secret: str | None
    google_oauth_url: str
    sign_up: str
    bootstrap_admin: str | None
    proxy_hops: int
    trusted_hosts: tuple[str, ...]
    pipedrive_daily_tokens: int
    metrics_token: str | None
    log_level: str
    send_threads: int
    keep_days: int
    sweep_every_s: float
    rules_fresh_s: float
    credentials_fresh_s: float

    @property
    def chat_events_url(self) -> str:
        """The URL where Google Chat posts interactions, and that every button of a card calls."""
        return f"{self.base_url}/chat/events"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


class _Reader:
    """Reads variables one by one and collects their problems."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def text(self, name: str) -> str | None:
        return self._env.get(name, "").strip() or None

    def checked(self, name: str, default: str, check: Callable[[str], str | None]) -> str:
        """Return the variable or its default; `check` returns what it should be if it is wrong."""
        value = self.text(name) or default
        if wanted := check(value):
            self.problems.append(f"{name} should be {wanted}, not {_shown(name, value)}")
        return value

    def number(self, name: str, default: float, least: float, most: float) -> float:
        value = self.text(name)
        try:
            found = float(value) if value is not None else default
        except ValueError:
            found = least - 1
        if not least <= found <= most:
            self.problems.append(f"{name} should be a number from {least:g} to {most:g}, not {value!r}")
            return default
        return found

    def origin(self, name: str) -> str | None:
        """Return scheme, host and port, or None when unset; a path is refused."""
        value = self.text(name)
        if value is None:
            return None
        return self.checked(name, value, _wrong_origin).rstrip("/")


def _shown(name: str, value: str) -> str:
    """Never print a secret, not even an invalid one; from a URL remove the password."""
    if any(word in name for word in ("SECRET", "KEY", "TOKEN", "PASSWORD")):
        return "what it is now"
    return repr(value.rsplit("@", 1)[-1])


def _wrong_origin(value: str) -> str | None:
    parts = urlsplit(value)
    fits = (
        parts.scheme in {"http", "https"} and parts.hostname and parts.path in {"", "/"} and not parts.query
    )
    return None if fits else "scheme, host and port without a path, like https://example.com"


def _wrong_url(value: str) -> str | None:
    parts = urlsplit(value)
    return None if parts.scheme in {"http", "https"} and parts.hostname else "an http(s) URL"


def _wrong_database(value: str) -> str | None:
    fits = value.startswith(("sqlite:///", "postgresql+psycopg://"))
    return None if fits else "sqlite:///... or postgresql+psycopg://..."


def _wrong_redis(value: str) -> str | None:
    fits = value.startswith(("redis://", "rediss://", "unix://"))
    return None if fits else "redis://..., rediss://... or unix://..."


def _wrong_level(value: str) -> str | None:
    levels = ("debug", "info", "warning", "error")
    return None if value.lower() in levels else "one of " + ", ".join(levels)


def _wrong_sign_up(value: str) -> str | None:
    return None if value.lower() in {"open", "invited"} else "open or invited"


def from_env(env: Mapping[str, str] = os.environ) -> Settings:
    """Read and check every variable.

    Raises InvalidSettings with one line per wrong variable, all at once.
    """
    reader = _Reader(env)
    data = Path(reader.text("PIPENOTIFY_DATA") or ".data").absolute()
    host, port = reader.text("HOST") or "127.0.0.1", int(reader.number("PORT", 8080, 0, 65535))
    base_url = reader.origin("BASE_URL") or f"http://{host}:{port}"
    keys = _keys(reader, data)
    redis_url = reader.text("REDIS_URL")
    settings = Settings(
        pipenotify_data=data,
        host=host,
        port=port,
        database_url=reader.checked("DATABASE_URL", f"sqlite:///{data / 'pipenotify.db'}", _wrong_database),
        redis_url=reader.checked("REDIS_URL", redis_url, _wrong_redis) if redis_url else None,
        base_url=base_url,
        secret_key=(reader.text("SECRET_KEY") or "").encode() or keys.signing_key(),
        encryption_keys=keys,
        **_pipedrive(reader),
        chat_audience=reader.text("CHAT_AUDIENCE") or f"{base_url}/chat/events",
        chat_certs_url=_optional_url(reader, "CHAT_CERTS_URL"),
        chat_api_url=reader.origin("CHAT_API_URL"),
        chat_addon_email=reader.text("CHAT_ADDON_EMAIL"),
        chat_project_writes_per_minute=int(
            reader.number("CHAT_PROJECT_WRITES_PER_MINUTE", 3000, 1, 100_000_000)
        ),
        chat_space_writes_per_second=reader.number("CHAT_SPACE_WRITES_PER_SECOND", 1, 0.001, 1_000_000),
        google_application_credentials=reader.text("GOOGLE_APPLICATION_CREDENTIALS"),
        **_pages(reader),
        metrics_token=reader.text("METRICS_TOKEN"),
        log_level=reader.checked("LOG_LEVEL", "info", _wrong_level).lower(),
        send_threads=int(reader.number("SEND_THREADS", 48, 1, 512)),
        keep_days=int(reader.number("KEEP_DAYS", 90, 1, MOST_DAYS)),
        sweep_every_s=reader.number("SWEEP_EVERY_S", 2, 0.05, 60),
        rules_fresh_s=reader.number("RULES_FRESH_S", 1, 0, 60),
        credentials_fresh_s=reader.number("CREDENTIALS_FRESH_S", 1.8, 0.05, 60),
    )
    if reader.problems:
        raise InvalidSettings(reader.problems)
    return settings


def _pipedrive(reader: _Reader) -> dict[str, Any]:
    return {
        "pipedrive_client_id": reader.text("PIPEDRIVE_CLIENT_ID"),
        "pipedrive_client_secret": reader.text("PIPEDRIVE_CLIENT_SECRET"),
        "pipedrive_oauth_url": reader.origin("PIPEDRIVE_OAUTH_URL") or PIPEDRIVE_OAUTH_URL,
        "pipedrive_api_url": reader.origin("PIPEDRIVE_API_URL"),
        "pipedrive_daily_tokens": int(reader.number("PIPEDRIVE_DAILY_TOKENS", 20_000, 100, 100_000_000)),
    }


def _pages(reader: _Reader) -> dict[str, Any]:
    """Read who may sign in to the pages, and which hosts and proxies are trusted."""
    return {
        "google_client_id": reader.text("GOOGLE_CLIENT_ID"),
        "google_client_secret": reader.text("GOOGLE_CLIENT_SECRET"),
        "google_oauth_url": reader.origin("GOOGLE_OAUTH_URL") or GOOGLE_OAUTH_URL,
        "sign_up": reader.checked("SIGN_UP", "open", _wrong_sign_up).lower(),
        "bootstrap_admin": (reader.text("BOOTSTRAP_ADMIN") or "").lower() or None,
        "proxy_hops": int(reader.number("PROXY_HOPS", 0, 0, 10)),
        "trusted_hosts": tuple((reader.text("TRUSTED_HOSTS") or "").lower().replace(",", " ").split()),
    }


def _optional_url(reader: _Reader, name: str) -> str | None:
    value = reader.text(name)
    return reader.checked(name, value, _wrong_url) if value else None


def _keys(reader: _Reader, data: Path) -> KeyRing:
    """Read ENCRYPTION_KEYS, or create a key at the first start and store it next to the embedded database."""
    given = reader.text("ENCRYPTION_KEYS")
    if given is None:
        return generated_keys(data)
    try:
        return KeyRing.parse(given)
    except ValueError as wrong:
        reader.problems.append(f"ENCRYPTION_KEYS should be kid:base64key[,kid:base64key...]: {wrong}")
        return KeyRing({"refused": bytes(32)})


def environment_with(changes: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of this process with some changed, for a child process."""
    return {**os.environ, **changes}


def variables() -> list[str]:
    """Return the names of all variables this program reads, as the docs list them."""
    return [field.name.upper() for field in fields(Settings)]
