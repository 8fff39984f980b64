"""All tables, so that the metadata is whole wherever it is used."""

from models.tables.accounts import OAuthFlow, SignedIn, Tenant, Ticket, User
from models.tables.audit import AuditEntry
from models.tables.backfills import CatchUp, Heartbeat
from models.tables.base import Base
from models.tables.connections import (
    ApiSpending,
    Connection,
    KnownName,
    PersonalConnection,
    PipedriveUser,
    WebhookCredential,
    WebhookSubscription,
)
from models.tables.deliveries import Attempt, Budget, Delivery, Lane
from models.tables.destinations import Destination, QuietHours, Space
from models.tables.events import Event, SeenInteraction, UnknownCommand
from models.tables.rules import Rule, RuleDestination, Template

__all__ = [
    "ApiSpending",
    "Attempt",
    "AuditEntry",
    "Base",
    "Budget",
    "CatchUp",
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
    "QuietHours",
    "Rule",
    "RuleDestination",
    "SeenInteraction",
    "SignedIn",
    "Space",
    "Template",
    "Tenant",
    "Ticket",
    "UnknownCommand",
    "User",
    "WebhookCredential",
    "WebhookSubscription",
]
