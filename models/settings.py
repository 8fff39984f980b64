"""The environment variables that Pipenotify reads: their defaults and their checks.

docs/settings.md says what each is for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from models.alert_routes import DEFAULT_ROUTES, SinkName
from models.errors import InvalidSettings
from models.events.day_limits import DayLimits
from models.security.keys import KeyRing, generated_keys
from models.settings_values import (
    PRODUCTION,
    SHARED_KEYS_MISSING,
    STAGING,
    AlertRoutes,
    AlertUrl,
    AppEnv,
    Audience,
    ChatWebhook,
    DatabaseUrl,
    Email,
    LogLevel,
    Lower,
    Network,
    Origin,
    RedisUrl,
    RoutingKey,
    SentryDsn,
    SignUp,
    SmtpUrl,
    Url,
    Whole,
    check_origins,
    number,
    parse_companies,
    parse_keys,
    parse_networks,
    parse_secrets,
    parse_spaces,
    split_hosts,
)

CHAT_API_URL: Final = "https://chat.googleapis.com"
PIPEDRIVE_OAUTH_URL: Final = "https://oauth.pipedrive.com"
GOOGLE_OAUTH_URL: Final = "https://accounts.google.com"
PAGERDUTY_URL: Final = "https://events.pagerduty.com/v2/enqueue"
MOST_DAYS: Final = 36_500
DATA: Final = Path(".data")


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
    app_env: AppEnv = PRODUCTION
    staging_spaces: Annotated[frozenset[str], BeforeValidator(parse_spaces)] = frozenset()
    staging_companies: Annotated[frozenset[str], BeforeValidator(parse_companies)] = frozenset()
    host: str = "127.0.0.1"
    port: Annotated[int, Whole, number(0, 65535)] = 8080
    base_url: Origin = Field(default_factory=lambda known: f"http://{known['host']}:{known['port']}")
    encryption_keys: Annotated[KeyRing, BeforeValidator(parse_keys)] = Field(
        default_factory=lambda known: generated_keys(known["pipenotify_data"]), repr=False
    )
    secret_key: bytes = Field(
        default_factory=lambda known: known["encryption_keys"].signing_key(), repr=False
    )
    database_url: DatabaseUrl = Field(
        default_factory=lambda known: f"sqlite:///{known['pipenotify_data'] / 'pipenotify.db'}", repr=False
    )
    redis_url: RedisUrl | None = Field(default=None, repr=False)

    pipedrive_client_id: str | None = None
    pipedrive_client_secret: str | None = Field(default=None, repr=False)
    pipedrive_oauth_url: Origin = PIPEDRIVE_OAUTH_URL
    pipedrive_api_url: Origin | None = None
    pipedrive_daily_tokens: Annotated[int, Whole, number(100, 100_000_000)] = 20_000

    chat_audience: Audience = Field(default_factory=lambda known: f"{known['base_url']}/chat/events")
    chat_certs_url: Url | None = None
    chat_api_url: Origin | None = None
    chat_addon_email: Email | None = None
    chat_project_writes_per_minute: Annotated[int, Whole, number(1, 100_000_000)] = 3000
    chat_space_writes_per_second: Annotated[float, number(0.001, 1_000_000)] = 1

    google_application_credentials: str | None = None
    google_client_id: str | None = None
    google_client_secret: str | None = Field(default=None, repr=False)
    google_oauth_url: Origin = GOOGLE_OAUTH_URL

    sign_up: SignUp = "open"
    bootstrap_admin: Annotated[str, Lower] | None = None
    operators: Annotated[tuple[str, ...], BeforeValidator(split_hosts)] = ()
    proxy_hops: Annotated[int, Whole, number(0, 10)] = 0
    cors_origins: Annotated[tuple[str, ...], AfterValidator(check_origins), BeforeValidator(split_hosts)] = ()
    trusted_hosts: Annotated[tuple[str, ...], BeforeValidator(split_hosts)] = ()

    sentry_dsn: SentryDsn | None = Field(default=None, repr=False)
    alert_webhook: ChatWebhook | None = Field(default=None, repr=False)
    alert_slack_webhook: AlertUrl | None = Field(default=None, repr=False)
    alert_email: Email | None = None
    alert_from: Email | None = None
    alert_pagerduty_key: RoutingKey | None = Field(default=None, repr=False)
    alert_pagerduty_url: AlertUrl = Field(default=PAGERDUTY_URL, repr=False)
    alert_routes: AlertRoutes = DEFAULT_ROUTES
    smtp_url: SmtpUrl = Field(default="smtp://127.0.0.1:25", repr=False)
    mail_from: Email | None = None
    notification_mails_per_hour: Annotated[int, Whole, number(2, 1000)] = 50
    webhook_allowed_ranges: Annotated[tuple[Network, ...], BeforeValidator(parse_networks)] = ()
    synthetic_every_minutes: Annotated[int, Whole, number(0, 1440)] = 0
    metrics_token: str | None = Field(default=None, repr=False)
    plan_events_secret: Annotated[tuple[str, ...], BeforeValidator(parse_secrets)] = Field((), repr=False)
    log_level: LogLevel = "info"
    send_threads: Annotated[int, Whole, number(1, 512)] = 48
    delivery_processes: Annotated[int, Whole, number(1, 64)] = min(2, os.cpu_count() or 1)
    backup_folder: Annotated[Path, AfterValidator(Path.absolute)] | None = None
    backup_keep: Annotated[int, Whole, number(1, MOST_DAYS)] = 14
    keep_days: Annotated[int, Whole, number(1, MOST_DAYS)] = 90
    tenant_events_per_day: Annotated[int, Whole, number(1, 1_000_000_000)] = 1_000_000
    tenant_mb_per_day: Annotated[int, Whole, number(1, 1_000_000)] = 1024
    sweep_every_s: Annotated[float, number(0.05, 60)] = 2
    rules_fresh_s: Annotated[float, number(0, 60)] = 1
    credentials_fresh_s: Annotated[float, number(0.05, 60)] = 1.8

    @property
    def chat_events_url(self) -> str:
        """The URL where Google Chat posts interactions, and that every button of a card calls."""
        return f"{self.base_url}/chat/events"

    @property
    def day_limits(self) -> DayLimits:
        """How much of one tenant is stored a day: the rest is counted, and its admins are told."""
        return DayLimits(self.tenant_events_per_day, self.tenant_mb_per_day * 1024 * 1024)

    @property
    def is_staging(self) -> bool:
        """Whether nothing may be written but into STAGING_SPACES and at STAGING_COMPANIES."""
        return self.app_env == STAGING

    @property
    def allowed_spaces(self) -> frozenset[str] | None:
        """The only spaces that may be written and are answered; None for all."""
        return self.staging_spaces if self.is_staging else None

    @property
    def allowed_companies(self) -> frozenset[str] | None:
        """The only Pipedrive companies where something may be changed, by id or host; None for all."""
        return self.staging_companies if self.is_staging else None

    @property
    def alert_prefix(self) -> str:
        """What the first line of an alert begins with, so that nobody on call takes it for production."""
        return "[staging] " if self.is_staging else ""

    @property
    def alert_sinks(self) -> tuple[SinkName, ...]:
        """The sinks that are set up: alerts can go there."""
        given = {
            SinkName.CHAT: self.alert_webhook,
            SinkName.SLACK: self.alert_slack_webhook,
            SinkName.EMAIL: self.alert_email,
            SinkName.PAGERDUTY: self.alert_pagerduty_key,
        }
        return tuple(sink for sink in SinkName if given[sink])

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
