"""All tables, so that the metadata is whole wherever it is used."""

from models.attempts import Attempt
from models.audit_entries import AuditEntry
from models.base import Base
from models.budgets import Budget
from models.connections import Connection
from models.deliveries import Delivery
from models.destinations import Destination
from models.events import Event
from models.interactions import SeenInteraction
from models.lanes import Lane
from models.names import KnownName
from models.quiet_hours import QuietHours
from models.rules import Rule, RuleDestination
from models.spaces import Space
from models.templates import Template
from models.tenants import Tenant
from models.users import User
from models.webhook_credentials import WebhookCredential

__all__ = [
    "Attempt",
    "AuditEntry",
    "Base",
    "Budget",
    "Connection",
    "Delivery",
    "Destination",
    "Event",
    "KnownName",
    "Lane",
    "QuietHours",
    "Rule",
    "RuleDestination",
    "SeenInteraction",
    "Space",
    "Template",
    "Tenant",
    "User",
    "WebhookCredential",
]
