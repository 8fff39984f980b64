"""The wanted state of a tenant in a rules file: its sections as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from models.rules.drafts import RuleDraft
from models.rules_file.yaml_source import Kept, YamlSource

Secret = str | Kept
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class WantedPlan:
    name: str
    monthly_limit: int | None


@dataclass(frozen=True, slots=True)
class WantedWebhook:
    key: str
    user: str
    password: Secret


@dataclass(frozen=True, slots=True)
class WantedConnection:
    refresh_token: Secret
    api_domain: str | None


@dataclass(frozen=True, slots=True)
class WantedPipedrive:
    """`webhook` and `connection` are None if the document omits them: they stay unchanged."""

    company_id: str | None
    domain: str | None
    webhook: WantedWebhook | None
    connection: WantedConnection | None


@dataclass(frozen=True, slots=True)
class WantedUser:
    email: str
    role: str
    name: str


@dataclass(frozen=True, slots=True)
class WantedSpace:
    """`title` is None if the document leaves it unchanged."""

    name: str
    title: str | None


@dataclass(frozen=True, slots=True)
class WantedDestination:
    name: str
    incoming_webhook: Secret
    description: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class WantedTemplate:
    name: str
    liquid: str


@dataclass(frozen=True, slots=True)
class WantedQuietHours:
    """`whom` is a space's name, a person's e-mail, or "" for the whole tenant."""

    scope: str
    whom: str
    starts: str
    ends: str
    days: tuple[str, ...]
    timezone: str
    lets_urgent_through: bool


@dataclass(frozen=True, slots=True)
class FileSection(Generic[Item]):
    """A list section with its source, for the line numbers of its problems."""

    items: list[Item]
    source: YamlSource
    name: str

    def refuse(self, number: int, rest: str, message: str) -> None:
        """Report a problem with item `number`; `rest` is the path inside it, "" for the item itself."""
        self.source.refuse(f"{self.name}[{number}]{'.' if rest else ''}{rest}", message)


@dataclass(slots=True)
class Wanted:
    """One tenant's document; a section that is None stays unchanged."""

    tenant: str
    source: YamlSource
    plan: WantedPlan | None = None
    pipedrive: WantedPipedrive | None = None
    users: FileSection[WantedUser] | None = None
    spaces: FileSection[WantedSpace] | None = None
    destinations: FileSection[WantedDestination] | None = None
    templates: FileSection[WantedTemplate] | None = None
    rules: FileSection[RuleDraft] | None = None
    quiet_hours: FileSection[WantedQuietHours] | None = None
    pipedrive_source: YamlSource | None = None


SECTIONS = ("plan", "pipedrive", "users", "spaces", "destinations", "templates", "rules", "quiet_hours")
