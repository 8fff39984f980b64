"""All tables, imported here so that the metadata is complete wherever it is used."""

from models.tables.accounts import (
    BrowserSession,
    ConnectLink,
    OAuthFlow,
    PlanFeature,
    PlanRetention,
    ReportingLine,
    Role,
    Tenant,
    TenantStatus,
    User,
)
from models.tables.api import ApiSession, ApiToken, IdempotentAnswer, RefreshToken
from models.tables.attention import Digest, Every, Mute, MuteScope
from models.tables.audit import AuditAnchor, AuditEntry
from models.tables.backfills import Backfill, BackfillState, Heartbeat
from models.tables.base import Base
from models.tables.card_actions import CardAction, CardActionState, CardCopy
from models.tables.connections import (
    ApiUsage,
    Connection,
    ConnectionState,
    EndedGrant,
    KnownName,
    PersonalConnection,
    PipedriveUser,
    WebhookCredential,
    WebhookSubscription,
)
from models.tables.deliveries import (
    Attempt,
    AttemptOutcome,
    Delivery,
    DeliveryCount,
    DeliveryState,
    Lane,
    ProjectQuota,
)
from models.tables.destinations import Destination, DestinationHealth, QuietHours, Space
from models.tables.events import Event, EventState, SeenInteraction, UnknownCommand
from models.tables.installation import InstallationValue
from models.tables.intake import IntakeForm, IntakeSubmission, SubmissionState
from models.tables.leads import Lead, LeadEvent, LeadHistory, LeadScore, LeadSettings, LeadStatus
from models.tables.notifications import (
    Notification,
    NotificationDefault,
    NotificationPlace,
    NotificationPreference,
)
from models.tables.nudges import NudgeCard, NudgeLine, NudgeSettings, NudgeSnooze
from models.tables.reports import Figure, FigureName, ReportSchedule, RollUp, StaleHour
from models.tables.routing import Absence, Assignment, AssignmentState, RoutingMethod, RoutingPolicy
from models.tables.rules import Rule, RuleDestination, Template
from models.tables.stalled import OpenListCheck, StalledSettings, TrackedObject
from models.tables.upkeep import DayUsage, JobLease, Measurement, RetentionDays, WorkerProcess
from models.tables.waits import DayOff, DurableWait, WaitCondition, WaitState

__all__ = [
    "Absence",
    "ApiSession",
    "ApiToken",
    "ApiUsage",
    "Assignment",
    "AssignmentState",
    "Attempt",
    "AttemptOutcome",
    "AuditAnchor",
    "AuditEntry",
    "Backfill",
    "BackfillState",
    "Base",
    "BrowserSession",
    "CardAction",
    "CardActionState",
    "CardCopy",
    "ConnectLink",
    "Connection",
    "ConnectionState",
    "DayOff",
    "DayUsage",
    "Delivery",
    "DeliveryCount",
    "DeliveryState",
    "Destination",
    "DestinationHealth",
    "Digest",
    "DurableWait",
    "EndedGrant",
    "Event",
    "EventState",
    "Every",
    "Figure",
    "FigureName",
    "Heartbeat",
    "IdempotentAnswer",
    "InstallationValue",
    "IntakeForm",
    "IntakeSubmission",
    "JobLease",
    "KnownName",
    "Lane",
    "Lead",
    "LeadEvent",
    "LeadHistory",
    "LeadScore",
    "LeadSettings",
    "LeadStatus",
    "Measurement",
    "Mute",
    "MuteScope",
    "Notification",
    "NotificationDefault",
    "NotificationPlace",
    "NotificationPreference",
    "NudgeCard",
    "NudgeLine",
    "NudgeSettings",
    "NudgeSnooze",
    "OAuthFlow",
    "OpenListCheck",
    "PersonalConnection",
    "PipedriveUser",
    "PlanFeature",
    "PlanRetention",
    "ProjectQuota",
    "QuietHours",
    "RefreshToken",
    "ReportSchedule",
    "ReportingLine",
    "RetentionDays",
    "Role",
    "RollUp",
    "RoutingMethod",
    "RoutingPolicy",
    "Rule",
    "RuleDestination",
    "SeenInteraction",
    "Space",
    "StaleHour",
    "StalledSettings",
    "SubmissionState",
    "Template",
    "Tenant",
    "TenantStatus",
    "TrackedObject",
    "UnknownCommand",
    "User",
    "WaitCondition",
    "WaitState",
    "WebhookCredential",
    "WebhookSubscription",
    "WorkerProcess",
]
