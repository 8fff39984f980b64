"""All tables, so that the metadata is whole wherever it is used."""

from models.api_spendings import ApiSpending
from models.attempts import Attempt
from models.audit_entries import AuditEntry
from models.base import Base
from models.budgets import Budget
from models.catch_ups import CatchUp
from models.connections import Connection
from models.deliveries import Delivery
from models.destinations import Destination
from models.events import Event
from models.heartbeats import Heartbeat
from models.interactions import SeenInteraction
from models.lanes import Lane
from models.names import KnownName
from models.oauth_flows import OAuthFlow
from models.personal_connections import PersonalConnection
from models.pipedrive_users import PipedriveUser
from models.quiet_hours import QuietHours
from models.rules import Rule, RuleDestination
from models.sessions import SignedIn
from models.spaces import Space
from models.templates import Template
from models.tenants import Tenant
from models.tickets import Ticket
from models.unknown_commands import UnknownCommand
from models.users import User
from models.webhook_credentials import WebhookCredential
from models.webhook_subscriptions import WebhookSubscription

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
