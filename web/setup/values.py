"""Values to enter in the consoles of Google and Pipedrive, and variables that are still unset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from models.settings import Settings

# The names of the two kinds of audience in Google's console.
BY_ENDPOINT: Final = "HTTP endpoint URL"
BY_NUMBER: Final = "Project Number"
# Named as in Pipedrive's Developer Hub; the page explains each.
SCOPES: Final = (
    ("deals:full", "Deals, pipelines, stages and notes: names for cards, and what was missed in an outage"),
    ("activities:full", "Activities: names for cards, and what was missed in an outage"),
    ("leads:full", "Leads and their labels"),
    ("contacts:full", "Names of people and organizations, and those of new leads"),
    ("products:read", "Names of products"),
    ("projects:read", "The fields of projects, by their names"),
    ("users:read", "Who is who, to match people by e-mail"),
    ("webhooks:full", "Registering the webhooks by itself"),
)


@dataclass(frozen=True, slots=True)
class Command:
    """One row of “Commands” in Google's console; `opens` is its box “Opens a dialog”."""

    id: int
    kind: str
    name: str
    words: str
    opens: str


MESSAGE_ACTION: Final = "Message action"  # Google shows it in its Developer Preview only
COMMANDS: Final = (
    Command(1, "Slash command", "/pipenotify", "Rules, spaces and what was sent", "Off"),
    Command(2, "Slash command", "/pn", "Short for /pipenotify", "Off"),
    Command(3, "Quick command", "New rule", "Make a rule in a dialog", "On"),
    Command(4, "Quick command", "Mute", "Send no cards for a while", "On"),
    Command(5, "Quick command", "My inbox", "What was sent to you", "Off"),
    Command(6, "Quick command", "My leads", "Your open leads, the best first", "Off"),
    Command(7, "Quick command", "Report", "What the last 7 days brought, as bars", "Off"),
    Command(8, MESSAGE_ACTION, "Write to Pipedrive", "Note or activity from a message in a thread", "Off"),
)


@dataclass(frozen=True, slots=True)
class Values:
    """This service's own URLs, and what is not configured yet.

    `google_missing`, `pipedrive_missing` and `mail_missing` name variables that are unset.
    """

    base_url: str
    endpoint: str
    audience: str
    audience_fits: bool
    is_public: bool
    google_callback: str
    pipedrive_callback: str
    google_missing: tuple[str, ...]
    pipedrive_missing: tuple[str, ...]
    mail_missing: tuple[str, ...]

    @property
    def signs_in(self) -> bool:
        return not self.google_missing


def values_of(settings: Settings) -> Values:
    return Values(
        base_url=settings.base_url,
        endpoint=settings.chat_events_url,
        audience=audience_kind(settings),
        audience_fits=settings.chat_audience.isdecimal()
        or settings.chat_audience == settings.chat_events_url,
        is_public=urlsplit(settings.base_url).scheme == "https",
        google_callback=f"{settings.base_url}/oauth/google/callback",
        pipedrive_callback=f"{settings.base_url}/api/v1/oauth/callback",
        google_missing=_unset(settings, "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"),
        pipedrive_missing=_unset(settings, "PIPEDRIVE_CLIENT_ID", "PIPEDRIVE_CLIENT_SECRET"),
        mail_missing=_unset(settings, "MAIL_FROM"),
    )


def audience_kind(settings: Settings) -> str:
    """Return the authentication audience to choose: `CHAT_AUDIENCE` in digits is the project number."""
    return BY_NUMBER if settings.chat_audience.isdecimal() else BY_ENDPOINT


def _unset(settings: Settings, *variables: str) -> tuple[str, ...]:
    return tuple(name for name in variables if getattr(settings, name.lower()) is None)
