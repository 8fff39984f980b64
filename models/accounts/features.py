"""What a plan switches: features that a tenant has or has not.

Whoever runs the service says which features the tenants of a plan lack (`python -m models plan`), and may
switch single ones for a tenant in its document. A new plan has all. What was set up before a feature was
switched off keeps working; it can no longer be changed.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.accounts.rights import Action
from models.database.upsert import insert_into
from models.errors import NotAllowed
from models.languages.translate import marked, tr
from models.tables.accounts import PlanFeature, Tenant


class Feature(StrEnum):
    """The features that can be switched; the values are the words of the document and of REST."""

    ANALYTICS = "analytics"
    API = "api"
    AUDIT = "audit"
    DIGESTS = "digests"
    QUIET_HOURS = "quiet_hours"
    RULES_FILE = "rules_file"
    STALLED = "stalled"
    TEMPLATES = "templates"
    WEBHOOKS = "webhooks"


FEATURE_TEXTS: Final[dict[Feature, str]] = {
    Feature.ANALYTICS: marked("Figures and reports"),
    Feature.API: marked("REST, for programs"),
    Feature.AUDIT: marked("The audit trail"),
    Feature.DIGESTS: marked("Digests"),
    Feature.QUIET_HOURS: marked("Quiet hours"),
    Feature.RULES_FILE: marked("Export and import of rules"),
    Feature.STALLED: marked("Summaries of stalled deals"),
    Feature.TEMPLATES: marked("Templates of your own"),
    Feature.WEBHOOKS: marked("Webhooks, incoming and outgoing, and e-mail addresses"),
}
# Where a right is the whole of a feature: whoever is asked for the right is asked for the feature, too.
OF_ACTION: Final = {
    Action.API_ACCESS: Feature.API,
    Action.AUDIT_READ: Feature.AUDIT,
    Action.RULE_IMPORT: Feature.RULES_FILE,
    Action.TEMPLATE_CHANGE: Feature.TEMPLATES,
    Action.WEBHOOK_ADD: Feature.WEBHOOKS,
}


class FeatureDisabled(NotAllowed):
    """Raised when a feature is not in the tenant's plan."""

    code = "FEATURE_DISABLED"


def features_of(session: Session, tenant_id: int) -> dict[Feature, bool]:
    """Return which features a tenant has."""
    plan, own = session.execute(select(Tenant.plan, Tenant.features).where(Tenant.id == tenant_id)).one()
    lacking = lacking_in(session, plan)
    return {each: bool((own or {}).get(each, each not in lacking)) for each in Feature}


def lacking_in(session: Session, plan: str) -> set[str]:
    """Return the features that tenants of a plan lack."""
    return set(session.scalars(select(PlanFeature.feature).where(PlanFeature.plan == plan)))


def has_feature(session: Session, tenant_id: int, feature: Feature | None) -> bool:
    """Return whether a tenant has a feature; None, for what belongs to no feature, everybody has."""
    return feature is None or features_of(session, tenant_id)[feature]


def require_feature(session: Session, tenant_id: int, feature: Feature | None) -> None:
    """Raise FeatureDisabled unless the tenant has a feature."""
    if feature is not None and not has_feature(session, tenant_id, feature):
        raise FeatureDisabled(f"no {feature}", user_message=absence_text(feature))


def absence_text(feature: Feature) -> str:
    """Return what people read where a feature is not in their team's plan."""
    return tr(
        "{feature}: that is not in your team's plan. Ask whoever runs Pipenotify for your team.",
        feature=tr(FEATURE_TEXTS[feature]),
    )


def switch_features(session: Session, plan: str, off: Collection[Feature], on: Collection[Feature]) -> None:
    """Say which features the tenants of a plan lack, and which they have. The session is a writing one."""
    gone = delete(PlanFeature).where(PlanFeature.plan == plan, PlanFeature.feature.in_(sorted(on)))
    session.execute(gone.execution_options(synchronize_session=False))
    for each in sorted(off):
        row = insert_into(session, PlanFeature).values(plan=plan, feature=each)
        session.execute(row.on_conflict_do_nothing())
