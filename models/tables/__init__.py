"""All tables, so that the metadata is whole wherever it is used."""

from models.tables.accounts import BrowserSession, ConnectLink, OAuthFlow, Tenant, User
from models.tables.audit import AuditEntry
from models.tables.backfills import Backfill, Heartbeat
from models.tables.base import Base
from models.tables.connections import (
    ApiUsage,
    Connection,
    KnownName,
    PersonalConnection,
    PipedriveUser,
    WebhookCredential,
    WebhookSubscription,
)
from models.tables.deliveries import Attempt, Delivery, Lane, ProjectQuota
from models.tables.destinations import Destination, QuietHours, Space
from models.tables.events import Event, SeenInteraction, UnknownCommand
from models.tables.rules import Rule, RuleDestination, Template

__all__ = [
    "ApiUsage",
    "Attempt",
    "AuditEntry",
    "Backfill",
    "Base",
    "BrowserSession",
    "ConnectLink",
    "Connection",
    "Delivery",
    "Destination",
    "Event",
    "Heartbeat",
    "KnownName",
    "Lane",
    "OAuthFlow",
    "PersonalConnection",
    "PipedriveUser",
    "ProjectQuota",
    "QuietHours",
    "Rule",
    "RuleDestination",
    "SeenInteraction",
    "Space",
    "Template",
    "Tenant",
    "UnknownCommand",
    "User",
    "WebhookCredential",
    "WebhookSubscription",
]
