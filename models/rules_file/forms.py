"""The form of each part of a tenant in a document: every key with its value, for dumping and comparing."""

from __future__ import annotations

from typing import Any, Final

from models.destinations.quiet_hours import DAYS
from models.rules.drafts import RuleDraft
from models.rules_file.schema import (
    WantedConnection,
    WantedDestination,
    WantedPipedrive,
    WantedPlan,
    WantedQuietHours,
    WantedSpace,
    WantedTemplate,
    WantedUser,
    WantedWebhook,
)

Form = dict[str, Any]
SECRETS: Final = frozenset({"incoming_webhook", "webhook.password", "connection.refresh_token"})
_UNSAID: Final[Form] = {
    "name": "",
    "title": "",
    "description": "",
    "when": None,
    "urgent": False,
    "enabled": True,
    "show_restricted": False,
    "days": list(DAYS),
    "let_urgent_through": False,
    "api_domain": None,
    "domain": None,
    "company_id": None,
}


def user_form(user: WantedUser) -> Form:
    return {"email": user.email, "role": user.role, "name": user.name}


def space_form(space: WantedSpace) -> Form:
    return {"name": space.name, "title": space.title}


def destination_form(destination: WantedDestination) -> Form:
    return {
        "name": destination.name,
        "incoming_webhook": destination.incoming_webhook,
        "description": destination.description,
        "enabled": destination.enabled,
    }


def template_form(template: WantedTemplate) -> Form:
    return {"name": template.name, "liquid": template.liquid}


def rule_form(rule: RuleDraft) -> Form:
    return {
        "name": rule.name,
        "on": rule.on[0] if len(rule.on) == 1 else rule.on,
        "when": rule.when,
        "to": rule.to,
        "template": rule.template,
        "urgent": rule.urgent,
        "enabled": rule.enabled,
        "show_restricted": rule.show_restricted,
    }


def quiet_hours_form(window: WantedQuietHours) -> Form:
    whom = {window.scope: window.whom} if window.whom else {}
    return {
        "scope": window.scope,
        **whom,
        "from": window.starts,
        "until": window.ends,
        "days": list(window.days),
        "timezone": window.timezone,
        "let_urgent_through": window.lets_urgent_through,
    }


def plan_form(plan: WantedPlan) -> Form:
    return {"name": plan.name, "monthly_limit": plan.monthly_limit}


def pipedrive_form(pipedrive: WantedPipedrive) -> Form:
    form: Form = {"company_id": pipedrive.company_id, "domain": pipedrive.domain}
    if pipedrive.webhook:
        form["webhook"] = _webhook_form(pipedrive.webhook)
    if pipedrive.connection:
        form["connection"] = _connection_form(pipedrive.connection)
    return form


def _webhook_form(webhook: WantedWebhook) -> Form:
    return {"key": webhook.key, "user": webhook.user, "password": webhook.password}


def _connection_form(connection: WantedConnection) -> Form:
    return {"refresh_token": connection.refresh_token, "api_domain": connection.api_domain}


def flat(form: Form) -> Form:
    """Return a form with `webhook: {key: ..}` as `webhook.key`, so that each difference names one value."""
    nested = {key: value for key, value in form.items() if key in {"webhook", "connection"}}
    plain = {key: value for key, value in form.items() if key not in nested}
    inner = {f"{key}.{each}": value for key, held in nested.items() for each, value in held.items()}
    return plain | inner


def short(form: Form) -> Form:
    """Return a form without default values; the first key always stays."""
    first = next(iter(form), None)
    kept = {key: value for key, value in form.items() if key == first or value != _UNSAID.get(key, form)}
    return {key: short(value) if key in {"webhook", "connection"} else value for key, value in kept.items()}
